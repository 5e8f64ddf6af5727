"""The color of a plain background, or both of the checkerboard that stands for none: what a picture's border shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.segmentation._checkerboard import checkerboard_grays

BORDER_WIDTH = 2  # pixels
# At least this part of the picture's border shows the background, within COLOR_SPREAD levels of its median.
SMALLEST_BORDER_SHARE = 0.5
COLOR_SPREAD = 12.0
GREATEST_NOISE = 6.0  # levels; the table of a photograph varies more than a plain background
# Lossy compression leaves no noise on flat ground but rings beside the object.
LOSSLESS_TOLERANCE, LOSSY_TOLERANCE = 2.0, 10.0


@dataclass(frozen=True)
class PlainGround:
    """Background colors, one or the two of a checkerboard, and how far a pixel's color may be from them and from
    what is between them."""

    colors: Float[np.ndarray, "N 3"]
    tolerance: float

    def contrast(self, rgb: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
        """By how many levels pixels differ from the background."""
        first, along = self.colors[0], self.colors[-1] - self.colors[0]
        offset: list[np.ndarray] = [rgb[..., channel] - np.float32(first[channel]) for channel in range(3)]
        if along.any():
            across = sum(part * np.float32(step) for part, step in zip(offset, along / (along @ along), strict=True))
            share = np.clip(across, 0.0, 1.0)
            offset = [part - share * np.float32(step) for part, step in zip(offset, along, strict=True)]
        return np.maximum.reduce([np.abs(part) for part in offset])


def find_ground(rgb: UInt8[np.ndarray, "H W 3"], lossy: bool) -> PlainGround | None:
    """The background that most of a picture's border shows; None where that is not of one color."""
    interior = np.zeros(rgb.shape[:2], dtype=bool)
    interior[BORDER_WIDTH:-BORDER_WIDTH, BORDER_WIDTH:-BORDER_WIDTH] = True
    border = rgb[~interior].astype(np.float64)
    color = _commonest(border)
    grays = checkerboard_grays(rgb, border, color)
    if grays is not None:
        return PlainGround(grays, LOSSY_TOLERANCE if lossy else LOSSLESS_TOLERANCE)
    distance = np.abs(border - color).max(axis=-1)
    ground = border[distance <= COLOR_SPREAD]
    if len(ground) < SMALLEST_BORDER_SHARE * len(border):
        return None
    color = np.median(ground, axis=0)
    noise = np.percentile(np.abs(ground - color).max(axis=-1), 95)
    if noise > GREATEST_NOISE:
        return None
    return PlainGround(color[None], 1.5 * noise + (LOSSY_TOLERANCE if lossy else LOSSLESS_TOLERANCE))


def _commonest(colors: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "3"]:
    """Median of the colors in the fullest cell of a coarse grid; of two grids, so that no cluster falls on an edge."""
    best, count = colors[:1], 0
    for shift in (0, 8):
        _, cell, sizes = np.unique((colors + shift) // 16, axis=0, return_inverse=True, return_counts=True)
        if sizes.max() > count:
            best, count = colors[cell.reshape(-1) == sizes.argmax()], sizes.max()
    return np.median(best, axis=0)
