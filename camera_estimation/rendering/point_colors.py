"""Colors of points of a mesh, without drawing it."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering._surface import build_texture_buffer
from camera_estimation.rendering._texture_lookup import sample_textures


def surface_colors(mesh: TexturedMesh, face: Int[Tensor, " N"], weights: Float[Tensor, "N 3"]) -> Float[Tensor, "N 3"]:
    """sRGB in [0, 1] of points of the surface: texels of the finest level times the vertices' colors.

    Args:
        mesh: On the CPU.
        face: The triangle of each point.
        weights: Its barycentric coordinates in it.
    """
    corners = mesh.faces[face].long()
    uv = (mesh.uv[corners] * weights[..., None]).sum(1)
    vertex_colors = (mesh.vertex_colors[corners] * weights[..., None]).sum(1)
    texels = sample_textures(build_texture_buffer(mesh), mesh.face_texture[face], uv, torch.zeros(len(uv)))
    return (texels * vertex_colors).clamp(0, 1)
