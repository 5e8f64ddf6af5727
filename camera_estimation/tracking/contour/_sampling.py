"""Values between the pixels of a picture."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float, UInt8


def sample_at(
    values: Float[np.ndarray, "H W *C"] | UInt8[np.ndarray, "H W *C"], points: Float[np.ndarray, "N S 2"]
) -> Float[np.ndarray, "N S *C"]:
    """At points in pixels, the first pixel's center at (0.5, 0.5); beyond the border what is at the border."""
    values = values.astype(np.float32, copy=False)
    if not points.size:
        return np.zeros((*points.shape[:2], *values.shape[2:]), np.float32)
    places = (points - 0.5).astype(np.float32)
    x, y = np.ascontiguousarray(places[..., 0]), np.ascontiguousarray(places[..., 1])
    return cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def sample_points(values: Float[np.ndarray, "H W"], points: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, " N"]:
    """``sample_at`` for a list of points."""
    return sample_at(values, points[:, None])[:, 0]
