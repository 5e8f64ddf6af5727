"""Texture lookups in torch, for backends that find visible faces and leave shading to us."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT
from camera_estimation.rendering._surface import OPACITY_SHIFT, TextureBuffer


def sample_textures(
    textures: TextureBuffer, texture: Int[Tensor, " N"], uv: Float[Tensor, "N 2"], uv_area: Float[Tensor, " N"]
) -> Float[Tensor, "N 3"]:
    """Bilinear lookup of each point in the mip level whose texels are nearest in size to ``uv_area``."""
    first, count, wrap_u, wrap_v = textures.table[texture.long()].long().unbind(1)
    _, width, height = textures.levels[first].unbind(1)
    finest = 0.5 * torch.log2((uv_area * width * height).clamp(min=1e-12))
    level = torch.minimum(finest.round().clamp(min=0).long(), count - 1)
    offset, width, height = textures.levels[first + level].long().unbind(1)

    x, y = uv[:, 0] * width - 0.5, uv[:, 1] * height - 0.5
    left, top = x.floor(), y.floor()
    color = uv.new_zeros(len(uv), 3)
    for row, weight_y in ((top, top + 1 - y), (top + 1, y - top)):
        for column, weight_x in ((left, left + 1 - x), (left + 1, x - left)):
            index = offset + _wrap_indices(row, height, wrap_v) * width + _wrap_indices(column, width, wrap_u)
            color += (weight_x * weight_y)[:, None] * _texel_colors(textures.texels[index])
    return color / 255.0


def sample_opacity(
    textures: TextureBuffer, texture: Int[Tensor, " N"], uv: Float[Tensor, "N 2"]
) -> Float[Tensor, " N"]:
    """Bilinear lookup of each point's opacity in the finest level of its texture."""
    first, _, wrap_u, wrap_v = textures.table[texture.long()].long().unbind(1)
    offset, width, height = textures.levels[first].long().unbind(1)
    x, y = uv[:, 0] * width - 0.5, uv[:, 1] * height - 0.5
    left, top = x.floor(), y.floor()
    opacity = uv.new_zeros(len(uv))
    for row, weight_y in ((top, top + 1 - y), (top + 1, y - top)):
        for column, weight_x in ((left, left + 1 - x), (left + 1, x - left)):
            index = offset + _wrap_indices(row, height, wrap_v) * width + _wrap_indices(column, width, wrap_u)
            opacity += weight_x * weight_y * ((textures.texels[index] >> OPACITY_SHIFT) & 255)
    return opacity / 255.0


def _wrap_indices(index: Float[Tensor, " N"], size: Int[Tensor, " N"], mode: Int[Tensor, " N"]) -> Int[Tensor, " N"]:
    """Indices of texels inside of textures for ones outside of them."""
    index = index.long()
    repeated = index % size
    folded = index % (2 * size)
    mirrored = torch.minimum(folded, 2 * size - 1 - folded)
    clamped = torch.minimum(index.clamp(min=0), size - 1)
    return torch.where(mode == CLAMP_TO_EDGE, clamped, torch.where(mode == MIRRORED_REPEAT, mirrored, repeated))


def _texel_colors(texel: Int[Tensor, " N"]) -> Float[Tensor, "N 3"]:
    return torch.stack([texel & 255, (texel >> 8) & 255, (texel >> 16) & 255], dim=1).float()
