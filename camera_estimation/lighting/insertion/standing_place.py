"""Places for an object to stand: beside the known mesh on the ground, on top of it, or where a pixel is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from camera_estimation.errors import InputError
from camera_estimation.geometry import Camera
from camera_estimation.lighting._smooth_normals import SurfaceNormals
from camera_estimation.lighting.insertion._ground_look import GroundLook
from camera_estimation.lighting.insertion.beside_place import (
    MOST_CLUTTER,
    box_in_picture,
    find_place_beside,
    share_covered,
)
from camera_estimation.lighting.insertion.placement import (
    GROUND,
    OBJECT,
    Ground,
    Placement,
    axes_of,
    extent,
    foot_point,
    ground_axes,
    ground_under,
    heading_axes,
    world_vertices,
)
from camera_estimation.lighting.insertion.up_axis import AUTO, find_up, parse_axis
from camera_estimation.lighting.lit_surface import surface_places
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import Renderer, SeenSurface, meet_faces

RELATIVE_SIZE = 0.5  # of an object beside the known mesh, longest side by longest side
SMALLER, MOST_TRIES = 0.8, 5  # an object of no given size that does not fit into the picture is tried smaller
MOST_SHARED = 0.5  # of the object's place in the picture, with the known mesh's: else it is tried smaller
LOOKED_DOWN, FAR = 64, 60.0  # pixels a side of a view from above, and radii from which it is seen
FLAT = 0.85  # cosine between up and normal of what one can stand on
MIDDLE = 0.4  # radii that a place beside the middle is to be higher to be better
REACH = 50.0  # radii of the known mesh from its center: what is farther on the ground is none of the scene


@dataclass(frozen=True)
class PlacementRequest:
    """Where an object is to stand. Without pixel and point: beside the mesh, or on its top.

    Args:
        on: "ground" or "object".
        pixel: (u, v) in the picture; what it shows of the mesh, else of the ground, is where the object stands.
        point: In world coordinates, where the object stands.
        scale: World units of one unit of the object's file; None: half as large as the known mesh, or as fits.
        turn_deg: About the up axis, counter-clockwise as seen from above; 0: its front looks at the camera.
        shift: To the right, up and away as seen in the picture, along the ground, in longest sides of the known mesh.
        up: See ``find_up``.
        own_axis: The known mesh's own up axis.
        object_up: The up axis of the object's file.
    """

    on: str = GROUND
    pixel: tuple[float, float] | None = None
    point: tuple[float, float, float] | None = None
    scale: float | None = None
    turn_deg: float = 0.0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    up: str = AUTO
    own_axis: str = "+y"
    object_up: str = "+y"

    @property
    def is_beside(self) -> bool:
        """Whether the place on the ground is to be found."""
        return self.on == GROUND and self.pixel is None and self.point is None


def place_object(
    request: PlacementRequest, photograph: Photograph, renderer: Renderer, inserted: TexturedMesh
) -> tuple[Placement, str]:
    """Where and how an object stands in the world of a known mesh.

    Args:
        request: What is asked for.
        photograph: Of the known mesh, with its camera.
        renderer: Of the known mesh.
        inserted: The object as its file has it.

    Returns:
        The placement, and where its up direction is from, as ``UpDirection.source``.

    Raises:
        InputError: There is no place where it is asked for.
    """
    mesh, camera = renderer.mesh, photograph.camera
    up = find_up(request.up, mesh, camera, request.own_axis)
    ground, own_axes = ground_under(mesh, up.vector), axes_of(parse_axis(request.object_up))
    size = extent(mesh)
    scale = request.scale or RELATIVE_SIZE * size / max(extent(inserted), 1e-12)
    look = GroundLook(photograph, renderer, ground) if request.is_beside else None
    tried: list[tuple[float, Placement]] = []
    for _ in range(MOST_TRIES):
        base, on, clutter = _find_base(request, photograph, renderer, ground, inserted, scale, own_axes, look)
        base = base + ground_axes(up.vector, camera) @ (size * np.asarray(request.shift))
        axes = heading_axes(up.vector, camera, base, math.radians(request.turn_deg))
        placement = Placement(base, axes, scale, ground, on)
        seen = _is_well_seen(placement.place(inserted, own_axes), mesh, camera, on)
        tried.append((clutter if seen else math.inf, placement))
        if request.scale is not None or (seen and clutter <= MOST_CLUTTER):
            break
        scale *= SMALLER
    least = min(clutter for clutter, _ in tried)
    return next(placement for clutter, placement in reversed(tried) if clutter == least), up.source


def share_in_picture(mesh: TexturedMesh, camera: Camera) -> float:
    """How many of a mesh's vertices a camera has in its picture, from 0 to 1."""
    uv, depth = camera.project(torch.from_numpy(world_vertices(mesh))[None])
    size = uv.new_tensor([camera.width, camera.height])
    return float(((uv >= 0) & (uv <= size)).all(-1)[depth > 0].sum() / depth.numel())


def _is_well_seen(placed: TexturedMesh, mesh: TexturedMesh, camera: Camera, on: str) -> bool:
    """Whether an object is all in the picture and, on the ground, mostly beside the known mesh."""
    if share_in_picture(placed, camera) < 1:
        return False
    own, known = (box_in_picture(world_vertices(shown), camera) for shown in (placed, mesh))
    return on == OBJECT or own is None or known is None or share_covered(own, known) <= MOST_SHARED


def _find_base(
    request: PlacementRequest,
    photograph: Photograph,
    renderer: Renderer,
    ground: Ground,
    inserted: TexturedMesh,
    scale: float,
    own_axes: Float[np.ndarray, "3 3"],
    look: GroundLook | None,
) -> tuple[Float[np.ndarray, "3"], str, float]:
    """The place, what it is on, and how much of it other things take."""
    if request.point is not None:
        return np.asarray(request.point, dtype=np.float64), request.on, 0.0
    if request.pixel is not None:
        return *_base_at_pixel(request.pixel, photograph, renderer, ground), 0.0
    if look is None:
        return top_of(renderer, ground.up), OBJECT, 0.0
    foot = scale * (world_vertices(inserted) - foot_point(inserted, own_axes))
    width = float(np.linalg.norm(foot - np.outer(foot @ own_axes[:, 1], own_axes[:, 1]), axis=1).max())
    height = float((foot @ own_axes[:, 1]).max())
    place = find_place_beside(renderer.mesh, photograph.camera, ground, look, width, height)
    return place.base, GROUND, place.clutter


def _base_at_pixel(
    pixel: tuple[float, float], photograph: Photograph, renderer: Renderer, ground: Ground
) -> tuple[Float[np.ndarray, "3"], str]:
    camera, mesh, told = photograph.camera, renderer.mesh, f"pixel {pixel[0]:g}, {pixel[1]:g}"
    place = torch.tensor([pixel], dtype=torch.float64)
    if photograph.window is not None:
        place = photograph.window.window_pixels(place)
    if not place.isfinite().all():
        raise InputError(f"{photograph.path}: the lens shows nothing at {told}; give another --at")
    ahead = (place - camera.principal_point) / camera.focal
    ray = torch.cat([ahead, torch.ones_like(ahead[:, :1])], dim=1)
    direction = ray @ camera.rotation[0]
    origin = (camera.center[0] - mesh.center.cpu()) / mesh.radius
    face = renderer.find_met(origin, direction)
    center = camera.center[0].numpy()
    if face[0] >= 0:
        corners = mesh.vertices.double().cpu()[mesh.faces[face.long().to(mesh.device)].long().cpu()]
        _, length = meet_faces(corners - origin, direction)
        return center + mesh.radius * float(length[0]) * direction[0].numpy(), OBJECT
    far = float(ground.meet(center, direction.numpy())[0])
    farthest = mesh.radius * (float(origin.norm()) + REACH)
    if not 0 < far * float(direction.norm()) < farthest:
        raise InputError(f"{photograph.path}: {told} shows neither the mesh nor the ground; give another --at")
    return center + far * direction[0].numpy(), GROUND


def top_of(renderer: Renderer, up: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    """A place on a mesh to stand on: flat if there is any such, high, and near the middle.

    Args:
        renderer: Of the mesh.
        up: A unit vector in world axes.
    """
    mesh = renderer.mesh
    right, _, front = axes_of(up).T
    rotation = np.stack([right, front, -up])  # of a camera that looks down
    center = mesh.center.double().cpu().numpy()
    eye = center + FAR * mesh.radius * up
    above = Camera(
        rotation=torch.from_numpy(rotation)[None],
        translation=torch.from_numpy(-rotation @ eye)[None],
        focal=torch.full((1, 2), FAR * LOOKED_DOWN / 2, dtype=torch.float64),
        principal_point=torch.full((1, 2), LOOKED_DOWN / 2, dtype=torch.float64),
        width=LOOKED_DOWN,
        height=LOOKED_DOWN,
    )
    places = surface_places(SeenSurface(renderer, above), SurfaceNormals(mesh))
    points, normals = places.points[places.seen], places.normals[places.seen]
    if not len(points):
        raise InputError(f"{mesh.path}: has no top to stand on; give --at or --point")
    flat = normals @ up > FLAT
    points = points[flat] if flat.any() else points
    aside = points - center
    height = aside @ up
    aside = np.linalg.norm(aside - np.outer(height, up), axis=1)
    return points[(height - MIDDLE * aside).argmax()]
