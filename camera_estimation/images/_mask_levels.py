"""What the values of a mask file are: two of anything, labels, or levels of coverage."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Integer, UInt8

FLAT_SIZE = 3  # pixels: of a square that is flat if it has one value
FEWEST_FLAT = 16  # flat squares of a value that is a region's; those at soft edges of a mask have none
MOST_LABELS = 20  # values; a mask with more of them is soft
# Levels beyond which coverage is none, or whole, but for noise.
NEARLY_BLACK, NEARLY_WHITE = 8, 247
LEAST_CLUSTERED = 0.95  # of the pixels: if two colors have so many, the others are their mixtures
LOSSLESS_SPREAD, LOSSY_SPREAD = 3, 16  # levels about either
LEAST_CONTRAST = 60  # levels between the two
CELL = 16  # levels, of the grid in which the commonest color is looked for


def distinct_values(codes: Integer[np.ndarray, "H W"], most: int) -> Integer[np.ndarray, " N"] | None:
    """The values of an image in order; None if there are more than ``most``."""
    sample = np.unique(codes[::7, ::7])
    if len(sample) > most:
        return None
    values = np.unique(codes)
    return values if len(values) <= most else None


def region_values(codes: Integer[np.ndarray, "H W"]) -> list[int]:
    """The values that have areas of their own, commonest first."""
    from scipy import ndimage

    flat = ndimage.maximum_filter(codes, FLAT_SIZE) == ndimage.minimum_filter(codes, FLAT_SIZE)
    values, counts = np.unique(codes[flat], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [int(values[index]) for index in order if counts[index] >= FEWEST_FLAT]


def border_value(codes: Integer[np.ndarray, "H W"]) -> int:
    """The commonest value along the border."""
    values, counts = np.unique(np.concatenate([codes[0], codes[-1], codes[:, 0], codes[:, -1]]), return_counts=True)
    return int(values[counts.argmax()])


def coverage_between_clusters(rgb: UInt8[np.ndarray, "H W 3"], lossy: bool) -> UInt8[np.ndarray, "H W"] | None:
    """Coverage by the brighter of two colors that nearly all pixels have; None where there are no two such colors.

    Args:
        rgb: The mask.
        lossy: Whether it was compressed with losses.
    """
    spread = LOSSY_SPREAD if lossy else LOSSLESS_SPREAD
    pixels = rgb.reshape(-1, 3)[:: max(1, rgb.shape[0] * rgb.shape[1] // 200_000)].astype(np.float64)
    first = _mode_color(pixels)
    others = pixels[np.abs(pixels - first).max(axis=-1) > LEAST_CONTRAST]
    if not len(others):
        return None
    dark, bright = sorted((first, _mode_color(others)), key=lambda color: float(color.sum()))
    near = [np.abs(pixels - color).max(axis=-1) <= spread for color in (dark, bright)]
    if np.mean(near[0] | near[1]) < LEAST_CLUSTERED:
        return None
    if dark.max() <= NEARLY_BLACK and bright.min() >= NEARLY_WHITE:  # black and white
        return rgb.max(axis=-1)
    along = bright - dark
    direction = along / (along @ along)
    rows = [np.round(255 * np.clip((row - dark) @ direction, 0.0, 1.0)).astype(np.uint8) for row in rgb]
    return np.stack(rows)


def _mode_color(colors: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "3"]:
    """Median of the colors in the fullest cell of a coarse grid."""
    _, cell, sizes = np.unique(colors // CELL, axis=0, return_inverse=True, return_counts=True)
    return np.median(colors[cell.reshape(-1) == sizes.argmax()], axis=0)
