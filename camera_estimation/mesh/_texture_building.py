"""Textures from pictures, whatever file they are of."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image

from camera_estimation.mesh.textured_mesh import REPEAT, Texture

MID_GRAY = 128  # of surfaces without any color
OPAQUE = 255


def plain_texture(levels: tuple[int, ...], cutoff: float = 0.0) -> Texture:
    """One texel of 8-bit sRGB."""
    return Texture(torch.tensor(levels, dtype=torch.uint8).reshape(1, 1, 3), cutoff=cutoff)


def build_texture(
    texels: UInt8[np.ndarray, "H W 3"],
    opacity: UInt8[np.ndarray, "H2 W2"] | None = None,
    cutoff: float = 0.0,
    wrap: tuple[int, int] = (REPEAT, REPEAT),
) -> Texture:
    """A texture of pictures.

    Args:
        texels: sRGB; may be one texel where the opacity has many.
        opacity: Alpha, of any size; None: opaque.
        cutoff: Of the opacity times the vertices', from which the surface is drawn; 0: everywhere.
        wrap: Modes in u and v.
    """
    if opacity is None or cutoff <= 0 or opacity.min() == OPAQUE:
        return Texture(torch.from_numpy(np.ascontiguousarray(texels)), *wrap, cutoff=cutoff)
    if texels.shape[:2] == (1, 1):
        texels = np.broadcast_to(texels, (*opacity.shape, 3))
    elif texels.shape[:2] != opacity.shape:
        height, width = texels.shape[:2]
        opacity = np.asarray(Image.fromarray(opacity).resize((width, height), Image.Resampling.BOX))
    texels = _spread_colors(np.ascontiguousarray(texels), opacity >= cutoff * OPAQUE)
    return Texture(torch.from_numpy(texels), *wrap, torch.from_numpy(np.array(opacity)), cutoff)


def _spread_colors(texels: UInt8[np.ndarray, "H W 3"], drawn: np.ndarray) -> UInt8[np.ndarray, "H W 3"]:
    """Texels that are not drawn get the color of the nearest one that is: where the picture is transparent its colors
    are whatever the program had there, and filters would mix them into the rim."""
    if drawn.all() or not drawn.any():
        return texels
    from scipy.ndimage import distance_transform_edt

    rows, columns = distance_transform_edt(~drawn, return_distances=False, return_indices=True)
    return texels[rows, columns]
