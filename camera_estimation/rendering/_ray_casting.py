"""What of a mesh rays meet, through Warp's tree of its triangles."""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering._cutouts import is_drawn, may_be_cut_out
from camera_estimation.rendering._surface import Surface
from camera_estimation.rendering._warp_runtime import launch_kernel, start_warp

# Of the distance from the camera to a point: what is as near to the point does not hide it.
CLOSE = wp.constant(1e-4)
STEP = wp.constant(1e-6)  # likewise, by which a ray goes on behind what is cut out
STEP_IN_RADII = wp.constant(1e-5)  # the same for rays whose lengths are in radii of the mesh
MOST_STEPS = wp.constant(64)  # through cut-out triangles, one behind the other

FARTHEST = 1.5  # from the middle of the normalized frame: more than any vertex is

start_warp()
wp.set_module_options({"enable_backward": False})


@wp.func
def first_drawn(
    tree: wp.uint64, surface: Surface, origin: wp.vec3, direction: wp.vec3, length: float, step: float, own: int
) -> int:
    """The first triangle but for ``own`` that is drawn where the ray meets it, -1 for none; ``direction`` is a unit
    vector, and the ray goes on ``step`` behind what is cut out."""
    gone = float(0.0)
    for _ in range(MOST_STEPS):
        left = length - gone
        if left <= 0.0:
            break
        hit = wp.mesh_query_ray(tree, origin + gone * direction, direction, left)
        if not hit.result:
            break
        if hit.face != own:
            if not may_be_cut_out(surface, hit.face):
                return hit.face
            if is_drawn(surface, hit.face, wp.vec3(hit.u, hit.v, 1.0 - hit.u - hit.v)):
                return hit.face
        gone += hit.t + step
    return -1


@wp.kernel
def cast_to_points(
    tree: wp.uint64,
    surface: Surface,
    origin: wp.vec3,
    points: wp.array(dtype=wp.vec3),
    own: wp.array(dtype=wp.int32),
    hidden: wp.array(dtype=wp.bool),
):
    index = wp.tid()
    way = points[index] - origin
    length = wp.length(way)
    reach = length * (1.0 - CLOSE)
    hidden[index] = first_drawn(tree, surface, origin, way / length, reach, STEP * length, own[index]) >= 0


@wp.kernel
def cast_onward(
    tree: wp.uint64,
    surface: Surface,
    origin: wp.vec3,
    reach: float,
    directions: wp.array(dtype=wp.vec3),
    faces: wp.array(dtype=wp.int32),
):
    index = wp.tid()
    direction = wp.normalize(directions[index])
    faces[index] = first_drawn(tree, surface, origin, direction, reach, STEP * reach, -1)


def build_tree(mesh: TexturedMesh) -> wp.Mesh:
    """The triangles of a mesh, which must outlive it, in its normalized frame."""
    return wp.Mesh(points=wp.from_torch(mesh.vertices, dtype=wp.vec3), indices=wp.from_torch(mesh.faces.reshape(-1)))


def find_hidden(
    tree: wp.Mesh, surface: Surface, origin: Float[Tensor, "3"], points: Float[Tensor, "N 3"], own: Int[Tensor, " N"]
) -> Bool[Tensor, " N"]:
    """True for points before which a camera sees something else of the mesh.

    Args:
        tree: Of the mesh.
        surface: Which tells where triangles are cut out.
        origin: The camera's center, in the normalized frame.
        points: On the mesh, likewise.
        own: The triangle of each, which does not hide it.
    """
    hidden = torch.zeros(len(points), dtype=torch.bool, device=points.device)
    if len(points):
        inputs = [
            tree.id,
            surface,
            wp.vec3(*origin.tolist()),
            wp.from_torch(points.contiguous(), dtype=wp.vec3),
            wp.from_torch(own.contiguous()),
            wp.from_torch(hidden),
        ]
        launch_kernel(cast_to_points, (len(points),), inputs, points.device)
    return hidden


def find_met(
    tree: wp.Mesh, surface: Surface, origin: Float[Tensor, "3"], directions: Float[Tensor, "N 3"]
) -> Int[Tensor, " N"]:
    """The first triangle on each ray, -1 where there is none.

    Args:
        tree: Of the mesh.
        surface: Which tells where triangles are cut out.
        origin: Of all rays, in the normalized frame.
        directions: Of any length, likewise.
    """
    faces = torch.full((len(directions),), -1, dtype=torch.int32, device=directions.device)
    if len(directions):
        inputs = [
            tree.id,
            surface,
            wp.vec3(*origin.tolist()),
            float(origin.norm()) + FARTHEST,
            wp.from_torch(directions.contiguous(), dtype=wp.vec3),
            wp.from_torch(faces),
        ]
        launch_kernel(cast_onward, (len(directions),), inputs, directions.device)
    return faces
