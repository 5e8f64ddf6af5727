"""Where a surface with transparent parts is drawn: its opacity is looked up for every sample, as its color is not.

The finest level of the texture is asked, whatever the distance: means of opacity would make thin parts vanish and gaps
close, where single samples keep the share that is covered.
"""

from __future__ import annotations

import warp as wp

from camera_estimation.rendering._surface import Surface
from camera_estimation.rendering._texture_sampling import TEXEL_UNIT, wrap_texel

wp.set_module_options({"enable_backward": False})


@wp.func
def texel_opacity(surface: Surface, texel: int) -> float:
    return float((surface.texels[texel] >> 24) & 255)


@wp.func
def texture_opacity(surface: Surface, texture: int, uv: wp.vec2) -> float:
    """Bilinear lookup in the finest level."""
    row = surface.table[texture, 0]
    wrap_u = surface.table[texture, 2]
    wrap_v = surface.table[texture, 3]
    offset = surface.levels[row, 0]
    width = surface.levels[row, 1]
    height = surface.levels[row, 2]
    x = uv[0] * float(width) - 0.5
    y = uv[1] * float(height) - 0.5
    left = wp.int32(wp.floor(x))
    top = wp.int32(wp.floor(y))
    fx = x - float(left)
    fy = y - float(top)
    x0 = wrap_texel(left, width, wrap_u)
    x1 = wrap_texel(left + 1, width, wrap_u)
    row0 = offset + wrap_texel(top, height, wrap_v) * width
    row1 = offset + wrap_texel(top + 1, height, wrap_v) * width
    upper = texel_opacity(surface, row0 + x0) * (1.0 - fx) + texel_opacity(surface, row0 + x1) * fx
    lower = texel_opacity(surface, row1 + x0) * (1.0 - fx) + texel_opacity(surface, row1 + x1) * fx
    return (upper * (1.0 - fy) + lower * fy) * TEXEL_UNIT


@wp.func
def may_be_cut_out(surface: Surface, face: int) -> bool:
    """Whether the opacity of a face has to be looked up."""
    if not surface.has_cutouts:
        return False
    return surface.cutoffs[surface.face_texture[face]] > 0.0


@wp.func
def is_drawn(surface: Surface, face: int, weights: wp.vec3) -> bool:
    """Whether a face is opaque enough at a place that is given by weights of its corners, in any unit."""
    total = weights[0] + weights[1] + weights[2]
    if total == 0.0:
        return False
    b0 = weights[0] / total
    b1 = weights[1] / total
    b2 = weights[2] / total
    i0 = surface.faces[face, 0]
    i1 = surface.faces[face, 1]
    i2 = surface.faces[face, 2]
    texture = surface.face_texture[face]
    opacity = texture_opacity(surface, texture, b0 * surface.uv[i0] + b1 * surface.uv[i1] + b2 * surface.uv[i2])
    if surface.has_vertex_opacity:
        corners = surface.vertex_opacity
        opacity *= b0 * corners[i0] + b1 * corners[i1] + b2 * corners[i2]
    return opacity >= surface.cutoffs[texture]
