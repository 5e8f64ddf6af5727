"""Symmetries of a mesh found by rendering: a candidate is one if the turned mesh looks the same from all around.

Compared are silhouettes, depths and colours, so a can is symmetric and a can with a label is not.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.evaluation.symmetries._axis_candidates import (
    AxisCandidate,
    SurfaceDistribution,
    axis_candidates,
    scan_candidates,
)
from camera_estimation.evaluation.symmetries.group import NONE, Axis, Symmetries, group_of
from camera_estimation.geometry import Camera, look_at_rotation
from camera_estimation.rendering import Renderer
from camera_estimation.search import fibonacci_sphere

VIEWS = 10
RESOLUTION = 128  # pixels a side
DISTANCE = 4.0  # object radii
# Turns that no symmetry of a low order has in common: what survives them survives any.
ANY_TURNS_DEG = (37.0, 101.0, 157.0)
# In every view: overlap of the silhouettes, mean difference of depth (object radii), root mean square difference of
# colour (0 to 1) over the silhouette. They tell a prism of twelve sides from a cylinder of 32, and a dark mark of two
# percent of a side from none.
LEAST_OVERLAP = 0.975
GREATEST_DEPTH_DIFFERENCE = 0.015
GREATEST_COLOR_DIFFERENCE = 0.06


def find_symmetries(renderer: Renderer) -> Symmetries:
    """Symmetries of a mesh found by rendering it turned and as it is.

    Args:
        renderer: Of the mesh.

    Returns:
        In world coordinates; of colors and shape together, so a can with a label has none.
    """
    mesh = renderer.mesh
    surface = SurfaceDistribution(mesh)
    centroid = torch.from_numpy(surface.centroid)
    comparison = TurnComparison(renderer)
    found = NONE
    for candidate in axis_candidates(surface):
        if not found.is_round:
            found = _extend(found, candidate, comparison, centroid)
    if not found.axes:  # about a continuous axis, the principal axes across it are as good as any
        for candidate in scan_candidates(surface):
            found = _extend(found, candidate, comparison, centroid)
    center = mesh.center.double()
    return Symmetries(
        torch.stack([_transform_in_world(transform, center, mesh.radius) for transform in found.transforms]),
        tuple(Axis(axis.direction, center + mesh.radius * axis.point) for axis in found.axes),
    )


def _extend(
    found: Symmetries, candidate: AxisCandidate, comparison: TurnComparison, centroid: Float[Tensor, "3"]
) -> Symmetries:
    """``found`` and, if the mesh has it, the symmetry about the candidate's axis.

    Of finite symmetries that is the turn of the greatest order, as the others about that axis are its multiples.
    """
    axis = Axis(torch.from_numpy(np.ascontiguousarray(candidate.direction)), centroid)
    if candidate.may_be_continuous and all(comparison.looks_same(axis, turn) for turn in ANY_TURNS_DEG):
        known = found.includes(axis.turn(ANY_TURNS_DEG[0])[:3, :3])
        return found if known else replace(found, axes=(*found.axes, axis))
    for order in candidate.orders:
        turn = axis.turn(360 / order)
        if not found.includes(turn[:3, :3]) and comparison.looks_same(axis, 360 / order):
            try:
                return replace(found, transforms=group_of([*found.transforms[1:], turn]))
            except ValueError:  # it only seems to be one: its products with the others are no group
                return found
    return found


class TurnComparison:
    """Compares a mesh with itself turned (in its normalised frame)."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.cameras = _cameras_around(VIEWS)
        self._image, self._depth = self._draw(self.cameras)

    def looks_same(self, axis: Axis, turn_deg: float) -> bool:
        poses = self.cameras.world_to_camera @ axis.turn(turn_deg)
        image, depth = self._draw(replace(self.cameras, rotation=poses[:, :3, :3], translation=poses[:, :3, 3]))
        common = torch.minimum(image[:, 3], self._image[:, 3])
        union = torch.maximum(image[:, 3], self._image[:, 3]).sum((1, 2))
        overlap = common.sum((1, 2)) / union
        inside = common == 1
        depths = ((depth - self._depth).abs() * inside).sum((1, 2)) / inside.sum((1, 2)).clamp(min=1)
        colors = (image[:, :3] - self._image[:, :3]).square().mean(1).sum((1, 2)) / union
        return bool(
            overlap.min() >= LEAST_OVERLAP
            and depths.max() <= GREATEST_DEPTH_DIFFERENCE
            and colors.max().sqrt() <= GREATEST_COLOR_DIFFERENCE
        )

    def _draw(self, camera: Camera) -> tuple[Float[Tensor, "B 4 H W"], Float[Tensor, "B H W"]]:
        rgba, points = self.renderer.draw(camera.to(self.renderer.mesh.device, torch.float32))
        return rgba, points[:, 3]


def _cameras_around(count: int) -> Camera:
    """Cameras of the normalised frame that see all of the unit ball, from directions that no mesh is aligned with."""
    forward = -fibonacci_sphere(count).double()
    translation = torch.zeros(count, 3, dtype=torch.float64)
    translation[:, 2] = DISTANCE
    focal = RESOLUTION / 2 * math.sqrt(DISTANCE**2 - 1)
    return Camera(
        rotation=look_at_rotation(forward, torch.tensor([0.2, 1.0, 0.1], dtype=torch.float64)),
        translation=translation,
        focal=torch.full((count, 2), focal, dtype=torch.float64),
        principal_point=torch.full((count, 2), RESOLUTION / 2, dtype=torch.float64),
        width=RESOLUTION,
        height=RESOLUTION,
    )


def _transform_in_world(
    transform: Float[Tensor, "4 4"], center: Float[Tensor, "3"], radius: float
) -> Float[Tensor, "4 4"]:
    """A transform of the normalised frame (world = centre + radius * normalised) as one of the world."""
    world = transform.clone()
    world[:3, 3] = center - transform[:3, :3] @ center + radius * transform[:3, 3]
    return world
