"""Drawing with the project's own kernels in Warp: the default on CPU and CUDA."""

from __future__ import annotations

from dataclasses import replace

import torch
import warp as wp
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera, make_camera
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering._ray_casting import build_tree, find_hidden, find_met
from camera_estimation.rendering._shading import shade_visible
from camera_estimation.rendering._surface import TextureBuffer, build_texture_buffer, is_tinted, make_surface
from camera_estimation.rendering._visibility import MAX_FACES, homogeneous_pixels, visible_faces
from camera_estimation.rendering.backend import Backend, ShadedPixels, renderer_registry
from camera_estimation.rendering.sharing import shared_property


@renderer_registry.register("warp")
class WarpBackend(Backend):
    """Visibility and shading kernels on one mesh."""

    description = "the project's own kernels, on CPU and CUDA"

    def __init__(self, mesh: TexturedMesh, textures: TextureBuffer | None = None, tinted: bool | None = None) -> None:
        self._mesh = mesh
        self._textures = textures or build_texture_buffer(mesh)
        self._tinted = is_tinted(mesh) if tinted is None else tinted
        self._surface = make_surface(mesh, self._textures, self._tinted)

    def shade(self, camera: Camera, samples: int, every_sample: bool) -> ShadedPixels:
        homogeneous = homogeneous_pixels(self._mesh.vertices, camera, samples)
        visible = visible_faces(homogeneous, self._mesh.faces, self._surface, camera, samples)
        return shade_visible(visible, homogeneous, self._surface, camera.center.contiguous(), samples, every_sample)

    def find_faces(self, camera: Camera) -> Int[Tensor, "B H W"]:
        """The triangle at each pixel's center, -1 where there is none; ``camera`` is as for ``shade``."""
        homogeneous = homogeneous_pixels(self._mesh.vertices, camera, 1)
        return _face_numbers(visible_faces(homogeneous, self._mesh.faces, self._surface, camera, 1))

    def find_texel_faces(self, texture: int, width: int, height: int) -> Int[Tensor, "H W"]:
        """The triangle that each texel's center is of, -1 where there is none; of several one.

        Args:
            texture: Index of the texture.
            width: At which it is looked at, in texels.
            height: Likewise.
        """
        corners = self._mesh.uv[self._mesh.faces.long()]  # each triangle has its own: it may be moved to the first tile
        corners = corners - corners.mean(1, keepdim=True).floor()
        corners = torch.where((self._mesh.face_texture == texture)[:, None, None], corners, 0.0)  # others show nothing
        flat = torch.cat([corners * corners.new_tensor([width, height]), torch.ones_like(corners[..., :1])], dim=-1)
        faces = torch.arange(3 * len(flat), dtype=torch.int32, device=flat.device).reshape(-1, 3)
        above = make_camera(torch.eye(4, device=flat.device)[None], flat.new_ones(4), width, height)
        above = replace(above, translation=flat.new_tensor([[0.0, 0.0, 1.0]]))
        return _face_numbers(visible_faces(flat.reshape(1, -1, 3), faces, self._surface, above, 1))[0]

    def find_hidden(
        self, origin: Float[Tensor, "3"], points: Float[Tensor, "N 3"], faces: Int[Tensor, " N"]
    ) -> Bool[Tensor, " N"]:
        """True for points before which a camera sees something else of the mesh.

        Args:
            origin: The camera's center, in the normalized frame.
            points: On the mesh, likewise.
            faces: The triangle of each.
        """
        return find_hidden(self._tree, self._surface, origin, points, faces)

    def find_met(self, origin: Float[Tensor, "3"], directions: Float[Tensor, "N 3"]) -> Int[Tensor, " N"]:
        """The first triangle on each ray from ``origin``, -1 where there is none; both as in ``find_hidden``."""
        return find_met(self._tree, self._surface, origin, directions)

    @shared_property
    def _tree(self) -> wp.Mesh:
        return build_tree(self._mesh)

    def reshape(self, mesh: TexturedMesh) -> WarpBackend:
        return WarpBackend(mesh, self._textures, self._tinted)

    def replace_mesh(self, mesh: TexturedMesh) -> WarpBackend:
        return WarpBackend(mesh, self._textures)


def _face_numbers(packed: Int[Tensor, "B H W"]) -> Int[Tensor, "B H W"]:
    return torch.where(packed > 0, packed & MAX_FACES, -1)
