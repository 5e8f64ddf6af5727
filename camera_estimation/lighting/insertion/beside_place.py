"""Places on the ground beside a mesh: where an object is seen, neither hides nor is hidden, and nothing else stands."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from camera_estimation.geometry import Camera
from camera_estimation.lighting.insertion._ground_look import GroundLook
from camera_estimation.lighting.insertion.placement import Ground, Placement, axes_of, ground_axes, world_vertices
from camera_estimation.lighting.insertion.up_axis import parse_axis
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import Renderer

MOST_CLUTTER = 0.2  # of a place on the ground where the photograph shows something else than the ground
GAPS = (0.15, 0.6, 1.2, 2.0)  # between the two, in half widths of the object
AROUND = 48  # places about the known mesh that are tried, of each gap
_CORNERS = [(x, y, z) for x in (-1, 1) for y in (0, 1) for z in (-1, 1)]  # of a block of half width 1 and height 1
# What a place loses: by how much the two share in the picture, things that stand there, distance, and being behind.
SHARED_COST, CLUTTER_COST, GAP_COST, BEHIND_COST = 2.0, 3.0, 0.15, 0.1
IN_PICTURE = 4.0  # what it gains by being in the picture

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class BesidePlace:
    """A place on the ground.

    Attributes:
        base: In world coordinates.
        clutter: The share of it where the photograph shows something else than the ground, or ends.
    """

    base: Float[np.ndarray, "3"]
    clutter: float


def find_place_beside(
    mesh: TexturedMesh, camera: Camera, ground: Ground, look: GroundLook, width: float, height: float
) -> BesidePlace:
    """The place on the ground beside the mesh where an object is best seen: in the picture, neither hidden nor hiding,
    and not in something else.

    Args:
        mesh: The known one.
        camera: Of the photograph.
        ground: That both stand on.
        look: What the photograph shows of it.
        width: Of the object to all sides from its middle, in world units.
        height: Of the object, likewise.
    """
    right, up, away = ground_axes(ground.up, camera).T
    vertices = world_vertices(mesh)
    middle = (vertices.max(0) + vertices.min(0)) / 2
    foot = middle + (ground.height - middle @ up) * up
    frame = (0.0, 0.0, float(camera.width), float(camera.height))
    known = box_in_picture(vertices, camera)
    best, best_score = BesidePlace(foot, 1.0), -math.inf
    for angle in np.arange(AROUND) * 2 * math.pi / AROUND:
        direction = math.cos(angle) * right + math.sin(angle) * away
        reach = float(((vertices - foot) @ direction).max())
        for gap in GAPS:
            base = foot + (reach + (1 + gap) * width) * direction
            block = np.array([base + width * (x * right + z * away) + y * height * up for x, y, z in _CORNERS])
            box = box_in_picture(block, camera)
            if box is None:
                continue
            clutter = look.clutter_at(base, width)
            score = IN_PICTURE * share_covered(box, frame) - CLUTTER_COST * clutter
            score -= SHARED_COST * share_covered(box, known) if known is not None else 0.0
            score -= GAP_COST * (gap - GAPS[0]) + BEHIND_COST * math.sin(angle)
            if score > best_score + 1e-9:
                best, best_score = BesidePlace(base, clutter), score
    return best


def box_in_picture(points: Float[np.ndarray, "N 3"], camera: Camera) -> Box | None:
    """Left, top, right and bottom of points; None where the camera does not see all."""
    uv, depth = camera.project(torch.from_numpy(points)[None])
    if (depth <= 0).any():
        return None
    return (*uv[0].amin(0).tolist(), *uv[0].amax(0).tolist())


def share_covered(box: Box, other: Box) -> float:
    """The share of a box that another one covers."""
    width = max(0.0, min(box[2], other[2]) - max(box[0], other[0]))
    height = max(0.0, min(box[3], other[3]) - max(box[1], other[1]))
    return width * height / max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)


def measure_clutter(
    placement: Placement, photograph: Photograph, renderer: Renderer, inserted: TexturedMesh, object_up: str = "+y"
) -> float:
    """The share of the ground under an object where the photograph shows something else, or ends; beyond
    ``MOST_CLUTTER`` it looks as if the object stood in that.

    Args:
        placement: On the ground.
        photograph: Of the known mesh.
        renderer: Of the known mesh.
        inserted: The object as its file has it.
        object_up: The up axis of that file.
    """
    up = placement.ground.up
    aside = world_vertices(placement.place(inserted, axes_of(parse_axis(object_up)))) - placement.base
    width = float(np.linalg.norm(aside - np.outer(aside @ up, up), axis=1).max())
    return GroundLook(photograph, renderer, placement.ground).clutter_at(placement.base, width)
