"""Which directions of light a mesh keeps from points: a ray for each, through Warp's tree of its triangles."""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering._ray_casting import FARTHEST, STEP_IN_RADII, build_tree, first_drawn
from camera_estimation.rendering._surface import Surface, build_texture_buffer, is_tinted, make_surface
from camera_estimation.rendering._warp_runtime import for_each_chunk, items_per_thread, launch_kernel, start_warp

BEYOND = wp.constant(FARTHEST)
OFFSET = 2e-3  # radii off its surface at which a point's rays start, so that it does not hide from itself

start_warp()
wp.set_module_options({"enable_backward": False})


@wp.kernel
def cast_to_lights(
    tree: wp.uint64,
    surface: Surface,
    points: wp.array(dtype=wp.vec3),
    normals: wp.array(dtype=wp.vec3),
    directions: wp.array2d(dtype=wp.vec3),
    group: wp.array(dtype=wp.int32),
    first_block: int,
    points_per_thread: int,
    hidden: wp.array2d(dtype=wp.uint8),
):
    block = first_block + wp.tid()
    for index in range(block * points_per_thread, wp.min((block + 1) * points_per_thread, points.shape[0])):
        point = points[index]
        normal = normals[index]
        reach = wp.length(point) + BEYOND
        for light in range(directions.shape[1]):
            if hidden[index, light] == wp.uint8(0):
                direction = directions[group[index], light]
                if (
                    wp.dot(normal, direction) <= 0.0
                    or first_drawn(tree, surface, point, direction, reach, STEP_IN_RADII, -1) >= 0
                ):
                    hidden[index, light] = wp.uint8(1)


class LightOccluder:
    """A mesh that keeps light from points, of its own surface and of others.

    Args:
        mesh: Both sides of its triangles keep light off, where they are drawn.
    """

    def __init__(self, mesh: TexturedMesh) -> None:
        self.mesh = mesh
        self._textures = build_texture_buffer(mesh)
        self._surface = make_surface(mesh, self._textures, is_tinted(mesh))
        self._tree = build_tree(mesh)

    @torch.no_grad()
    def find_unlit(
        self,
        points: Float[Tensor, "N 3"],
        normals: Float[Tensor, "N 3"],
        directions: Float[Tensor, "G K 3"],
        group: Int[Tensor, " N"] | None = None,
        known: Bool[Tensor, "N K"] | None = None,
    ) -> Bool[Tensor, "N K"]:
        """Which light does not reach points: that from behind their surface, and that which the mesh is before.

        Args:
            points: In world coordinates.
            normals: Unit vectors of the surface that they are on, in world axes.
            directions: Unit vectors to the light in world axes, in groups.
            group: Whose directions are asked for at each point; None: the first group's.
            known: What is known not to reach them already, and is not asked again.

        Returns:
            On the CPU, a column for each direction of the point's group.
        """
        device, center = self.mesh.device, self.mesh.center.to(points)
        places = (points - center) / self.mesh.radius + OFFSET * normals
        vectors = [values.to(device, torch.float32).contiguous() for values in (places, normals)]
        rays = directions.to(device, torch.float32).contiguous()
        if group is None:
            group = torch.zeros(len(points), dtype=torch.int32)
        group = group.to(device, torch.int32).contiguous()
        shape = (len(points), directions.shape[1])
        hidden = torch.zeros(shape, dtype=torch.uint8) if known is None else known.to(torch.uint8)
        hidden = hidden.to(device).contiguous()
        each = min(items_per_thread(max(1, len(points)), device), 64)

        def launch(_: slice, blocks: slice) -> None:
            inputs = [
                self._tree.id,
                self._surface,
                *(wp.from_torch(values, dtype=wp.vec3) for values in vectors),
                wp.from_torch(rays, dtype=wp.vec3),
                wp.from_torch(group),
                blocks.start,
                each,
                wp.from_torch(hidden),
            ]
            launch_kernel(cast_to_lights, (blocks.stop - blocks.start,), inputs, device)

        for_each_chunk(launch, 1, -(-len(points) // each), device)
        return hidden.bool().cpu()
