"""Focal lengths in pixels from fields of view in radians."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor


def focal_from_fov(fov: float, size: float) -> float:
    """Focal length in pixels from a field of view in radians across ``size`` pixels."""
    return size / (2 * math.tan(fov / 2))


def intrinsics_from_fov(fov: float, width: int, height: int) -> Float[Tensor, "4"]:
    """(fx, fy, cx, cy) in pixels with square pixels and a central principal point.

    Args:
        fov: Vertical field of view in radians.
        width: Of the image, in pixels.
        height: Likewise.
    """
    focal = focal_from_fov(fov, height)
    return torch.tensor([focal, focal, width / 2, height / 2], dtype=torch.float64)
