"""What the shading kernels draw: a mesh with all its textures and their mipmaps, as Warp sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import warp as wp
from jaxtyping import Float, Int, Real, UInt8
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.mesh import Texture, TexturedMesh

CHANNELS = 4  # bytes of a packed texel
OPACITY_SHIFT = 24
OPAQUE = 255


@dataclass(frozen=True)
class TextureBuffer:
    """All textures of a mesh with their mipmaps in one buffer of packed 8-bit texels (R + 256 G + 65536 B).

    ``levels`` has a row (offset, width, height) for every mip level of every texture; ``table`` a row
    (first row in ``levels``, number of levels, wrap in u, wrap in v) for every texture. ``cutoffs`` are those of the
    textures' opacity, which is the fourth byte of the texels in the finest level of textures that have one.
    """

    texels: Int[Tensor, " N"]
    levels: Int[Tensor, "L 3"]
    table: Int[Tensor, "T 4"]
    cutoffs: Float[Tensor, " T"]


def build_texture_buffer(mesh: TexturedMesh) -> TextureBuffer:
    """Mipmaps by area averaging of the stored sRGB values, on the device of the mesh."""
    levels: list[tuple[int, int, int]] = []
    table: list[tuple[int, int, int, int]] = []
    offset = 0
    for texture in mesh.textures:
        sizes = _level_sizes(*texture.texels.shape[:2])
        table.append((len(levels), len(sizes), texture.wrap_u, texture.wrap_v))
        for height, width in sizes:
            levels.append((offset, width, height))
            offset += width * height
    texels = np.zeros((offset, CHANNELS), np.uint8)  # in their places at once: of large textures a copy is much memory
    for texture, (first, count, _, _) in zip(mesh.textures, table, strict=True):
        _pack_levels(texture, texels, levels[first : first + count])
    return TextureBuffer(
        torch.from_numpy(texels.view("<i4")[:, 0]).to(mesh.device),
        torch.tensor(levels, dtype=torch.int32, device=mesh.device),
        torch.tensor(table, dtype=torch.int32, device=mesh.device),
        torch.tensor([texture.cutoff for texture in mesh.textures], dtype=torch.float32, device=mesh.device),
    )


def _level_sizes(height: int, width: int) -> list[tuple[int, int]]:
    """(height, width) of all mip levels down to one texel."""
    sizes = [(height, width)]
    while sizes[-1] != (1, 1):
        height, width = max(1, height // 2), max(1, width // 2)
        sizes.append((height, width))
    return sizes


def _pack_levels(texture: Texture, texels: UInt8[np.ndarray, "N 4"], levels: Sequence[tuple[int, int, int]]) -> None:
    """Write the mip levels of a texture to their rows (offset, width, height) of ``texels``."""
    image = texture.texels.numpy()
    for index, (offset, width, height) in enumerate(levels):
        if index:
            image = _halve(image, height, width)
        rounded = np.rint(image) if index else image
        place = texels[offset : offset + width * height].reshape(height, width, CHANNELS)
        for channel in range(3):  # by channels: several times faster than all at once
            place[..., channel] = rounded[..., channel]
        if texture.cutoff > 0 and index == 0:
            place[..., 3] = OPAQUE if texture.opacity is None else texture.opacity.numpy()


def _halve(image: Real[np.ndarray, "H W 3"], height: int, width: int) -> Float[np.ndarray, "h w 3"]:
    """The next mip level, of that size, not rounded."""
    if image.shape[:2] != (2 * height, 2 * width):
        planar = torch.from_numpy(image).permute(2, 0, 1)[None].float()
        return F.adaptive_avg_pool2d(planar, (height, width))[0].permute(1, 2, 0).numpy()
    rows = np.add(image[0::2], image[1::2], dtype=np.uint16 if image.dtype == np.uint8 else np.float32)
    pairs = rows.reshape(height, width, 2, 3)
    half = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        np.add(pairs[:, :, 0, channel], pairs[:, :, 1, channel], out=half[..., channel])
    half *= 0.25
    return half


wp.set_module_options({"enable_backward": False})


@wp.struct
class Surface:
    """Constant inputs of the shading kernel: a mesh and its textures."""

    faces: wp.array2d(dtype=wp.int32)
    vertices: wp.array(dtype=wp.vec3)
    uv: wp.array(dtype=wp.vec2)
    vertex_colors: wp.array(dtype=wp.vec3)
    has_vertex_colors: wp.bool
    face_texture: wp.array(dtype=wp.int32)
    texels: wp.array(dtype=wp.int32)
    levels: wp.array2d(dtype=wp.int32)
    table: wp.array2d(dtype=wp.int32)
    has_cutouts: wp.bool
    cutoffs: wp.array(dtype=float)
    has_vertex_opacity: wp.bool
    vertex_opacity: wp.array(dtype=float)


def is_tinted(mesh: TexturedMesh) -> bool:
    """Whether vertices have colors other than white."""
    return bool((mesh.vertex_colors != 1).any())


def make_surface(mesh: TexturedMesh, textures: TextureBuffer, tinted: bool) -> Surface:
    """Kernel inputs that share the memory of ``mesh`` and ``textures``, which must outlive them; whether it is
    ``tinted`` says ``is_tinted``."""
    surface = Surface()
    surface.faces = wp.from_torch(mesh.faces)
    surface.vertices = wp.from_torch(mesh.vertices, dtype=wp.vec3)
    surface.uv = wp.from_torch(mesh.uv, dtype=wp.vec2)
    surface.vertex_colors = wp.from_torch(mesh.vertex_colors, dtype=wp.vec3)
    surface.has_vertex_colors = tinted
    surface.face_texture = wp.from_torch(mesh.face_texture)
    surface.texels = wp.from_torch(textures.texels)
    surface.levels = wp.from_torch(textures.levels)
    surface.table = wp.from_torch(textures.table)
    surface.has_cutouts = mesh.has_cutouts
    surface.cutoffs = wp.from_torch(textures.cutoffs)
    surface.has_vertex_opacity = mesh.vertex_opacity is not None
    if mesh.vertex_opacity is not None:
        surface.vertex_opacity = wp.from_torch(mesh.vertex_opacity)
    return surface
