"""Filtered colors of textures, in the kernels."""

from __future__ import annotations

import warp as wp

from camera_estimation.mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT
from camera_estimation.rendering._surface import Surface

TEXEL_UNIT = wp.constant(1.0 / 255.0)
WRAP_MIRRORED = wp.constant(MIRRORED_REPEAT)
WRAP_CLAMP = wp.constant(CLAMP_TO_EDGE)
# Of a level coarser than which there is none: no number of its texels in a sample is too many.
NO_LIMIT = wp.constant(1.0e38)
# A mip level: offset of its texels, width, height, wrap in u, wrap in v.
TextureLevel = wp.types.vector(length=5, dtype=wp.int32)

wp.set_module_options({"enable_backward": False})


@wp.func
def wrap_texel(index: int, size: int, mode: int) -> int:
    """Index of a texel inside of the texture for one outside of it."""
    if index >= 0 and index < size:
        return index
    if mode == WRAP_CLAMP:
        return wp.clamp(index, 0, size - 1)
    period = size
    if mode == WRAP_MIRRORED:
        period = 2 * size
    folded = index % period
    if folded < 0:
        folded += period
    if folded >= size:
        folded = period - 1 - folded
    return folded


@wp.func
def unpack_texel(texel: wp.int32) -> wp.vec4:
    """Bytes of a texel, also the opacity, which is not wanted: of four numbers the compiler makes one instruction."""
    return wp.vec4(
        float(wp.uint8(texel)), float(wp.uint8(texel >> 8)), float(wp.uint8(texel >> 16)), float(wp.uint8(texel >> 24))
    )


@wp.func
def level_of(surface: Surface, texture: int, row: int) -> TextureLevel:
    """The mip level in row ``row`` of the level table."""
    return TextureLevel(
        surface.levels[row, 0],
        surface.levels[row, 1],
        surface.levels[row, 2],
        surface.table[texture, 2],
        surface.table[texture, 3],
    )


@wp.func
def look_up(surface: Surface, level: TextureLevel, x: float, y: float) -> wp.vec4:
    """RGB by bilinear interpolation at (x, y) in texels of a level, whose centers are whole numbers; and 1."""
    width = level[1]  # type: ignore[index]
    height = level[2]  # type: ignore[index]
    floor_x = wp.floor(x)
    floor_y = wp.floor(y)
    fx = x - floor_x
    fy = y - floor_y
    x0 = wp.int32(floor_x)
    y0 = wp.int32(floor_y)
    x1 = x0 + 1
    y1 = y0 + 1
    if width * height == 1:
        x0 = 0
        x1 = 0
        y0 = 0
        y1 = 0
    elif x0 < 0 or x1 >= width or y0 < 0 or y1 >= height:
        wrap_u = level[3]  # type: ignore[index]
        wrap_v = level[4]  # type: ignore[index]
        x0 = wrap_texel(x0, width, wrap_u)
        x1 = wrap_texel(x1, width, wrap_u)
        y0 = wrap_texel(y0, height, wrap_v)
        y1 = wrap_texel(y1, height, wrap_v)
    row0 = level[0] + y0 * width  # type: ignore[index]
    row1 = level[0] + y1 * width  # type: ignore[index]
    upper_left = unpack_texel(surface.texels[row0 + x0])
    lower_left = unpack_texel(surface.texels[row1 + x0])
    upper = upper_left + fx * (unpack_texel(surface.texels[row0 + x1]) - upper_left)
    lower = lower_left + fx * (unpack_texel(surface.texels[row1 + x1]) - lower_left)
    color = upper + fy * (lower - upper)
    return wp.cw_mul(color, wp.vec4(TEXEL_UNIT, TEXEL_UNIT, TEXEL_UNIT, 0.0)) + wp.vec4(0.0, 0.0, 0.0, 1.0)


@wp.func
def choose_level(texel_area: float, coarsest: int) -> wp.vec3:
    """(index, least, bound): which mip level suits samples that cover ``texel_area`` of the finest one's texels, and
    from which area on to below which it does. The coarsest is that of index ``coarsest``."""
    index = int(0)
    least = float(0.0)
    bound = float(2.0)
    while texel_area >= bound and index < coarsest:
        least = bound
        bound *= 4.0
        index += 1
    if index == coarsest:
        bound = NO_LIMIT
    return wp.vec3(float(index), least, bound)


@wp.func
def half_log2(value: float) -> float:
    """0.5 * log2(value) within 0.0005 for values from 1 to 4, and 0 below: C's log2 costs as much as a lookup."""
    whole = float(0.0)
    if value >= 2.0:
        value *= 0.5
        whole = 0.5
    t = wp.max(value - 1.0, 0.0)
    return whole + 0.5 * t * (1.0 + (1.0 - t) * (0.42287 - 0.15922 * t))


@wp.func
def sample_level(surface: Surface, texture: int, uv: wp.vec2, texel_area: float) -> wp.vec4:
    """RGB in the one mip level that suits ``texel_area`` of the finest level's texels; and 1."""
    row = surface.table[texture, 0]
    row += wp.int32(choose_level(texel_area, surface.table[texture, 1] - 1)[0])
    level = level_of(surface, texture, row)
    return look_up(surface, level, uv[0] * float(level[1]) - 0.5, uv[1] * float(level[2]) - 0.5)


@wp.func
def blend_levels(surface: Surface, texture: int, uv: wp.vec2, texel_area: float) -> wp.vec4:
    """RGB averaged over ``texel_area`` of the finest level's texels, between two mip levels; and 1."""
    row = surface.table[texture, 0]
    last = row + surface.table[texture, 1] - 1
    while texel_area >= 4.0 and row < last:
        texel_area *= 0.25
        row += 1
    level = level_of(surface, texture, row)
    color = look_up(surface, level, uv[0] * float(level[1]) - 0.5, uv[1] * float(level[2]) - 0.5)
    if row < last:
        blend = half_log2(texel_area)
        if blend > 0.0:
            level = level_of(surface, texture, row + 1)
            coarser = look_up(surface, level, uv[0] * float(level[1]) - 0.5, uv[1] * float(level[2]) - 0.5)
            color = color * (1.0 - blend) + coarser * blend
    return color
