"""Large pictures at fewer pixels, for all that needs no more of them; what is averaged is whole blocks of pixels."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import UInt8


def reduction_to_area(height: int, width: int, pixels: int) -> int:
    """The whole number by which both sides are divided so that at least ``pixels`` and less than four times as many are
    left; 1 for pictures that have no more."""
    return max(1, math.isqrt(height * width // pixels))


def reduction_to_side(height: int, width: int, side: int) -> int:
    """The whole number by which both sides are divided so that at least ``side`` pixels and less than twice as many are
    left of the longer one; 1 for pictures that have no more."""
    return max(1, max(height, width) // side)


def reduce_levels(levels: UInt8[np.ndarray, "H W *C"], factor: int) -> UInt8[np.ndarray, "h w *C"]:
    """Means over ``factor`` x ``factor`` pixels; over a little less where sides are no multiples, so that the frame
    stays the same. The array itself where ``factor`` is 1."""
    if factor == 1:
        return levels
    import cv2

    height, width = (max(1, round(side / factor)) for side in levels.shape[:2])
    return cv2.resize(np.ascontiguousarray(levels), (width, height), interpolation=cv2.INTER_AREA)


def enlarge_levels(levels: UInt8[np.ndarray, "h w"], height: int, width: int) -> UInt8[np.ndarray, "H W"]:
    """What ``reduce_levels`` made smaller at its old size, interpolated."""
    import cv2

    return cv2.resize(levels, (width, height), interpolation=cv2.INTER_LINEAR)
