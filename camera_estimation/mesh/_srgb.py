"""The transfer function of sRGB."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8


def linear_from_srgb(srgb: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Values in [0, 1], the sRGB transfer function."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(linear: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """The inverse of ``linear_from_srgb``; clips to [0, 1]."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def srgb_levels(linear: Float[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    """Linear light as 8-bit sRGB."""
    return np.round(255.0 * srgb_from_linear(linear)).astype(np.uint8)
