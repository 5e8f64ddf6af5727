"""The part of an image without a mask in which the object is looked for."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.images._crop import view_size
from camera_estimation.images._window_pixels import WORKING_SIDE, reduce_planes
from camera_estimation.images.source_image import SourceImage
from camera_estimation.images.target import TargetView
from camera_estimation.segmentation import Box, reduction_to_side

SURROUNDINGS = 0.3  # about a box, of its longer side


def frame_box(image: SourceImage, box: Box | None) -> tuple[int, int, int, int]:
    """The pixels of a box and of what is about it, or all.

    Returns:
        Left, top, right, bottom.
    """
    if box is None:
        return 0, 0, image.width, image.height
    left, top, right, bottom = box
    margin = SURROUNDINGS * max(right - left, bottom - top)
    across = _whole_pixels(left - margin, right + margin, image.width)
    down = _whole_pixels(top - margin, bottom + margin, image.height)
    return across[0], down[0], across[1], down[1]


def _whole_pixels(first: float, last: float, size: int) -> tuple[int, int]:
    """Those of a span that are in the image, at least one."""
    start = min(max(0, math.floor(first)), size - 1)
    return start, max(start + 1, min(size, math.ceil(last)))


def frame_view(image: SourceImage, box: Box | None, longer_side: int, device: torch.device) -> TargetView:
    """What is in ``frame_box``, as if all of it that is known were object.

    Args:
        image: Its mask is not looked at.
        box: Where the object is, not exact: left, top, right, bottom in pixels; None for anywhere.
        longer_side: Pixels of the view's longer side.
        device: Where the view's tensors are to be.
    """
    left, top, right, bottom = frame_box(image, box)
    height, width = bottom - top, right - left
    size = view_size(height, width, longer_side)
    factor = reduction_to_side(height, width, WORKING_SIDE)

    def shrink(planes: UInt8[Tensor, "C H W"]) -> Float[Tensor, "1 C h w"]:
        part = reduce_planes(planes[:, top:bottom, left:right], factor)[None].to(device).float() / 255
        return F.interpolate(part, size, mode="bilinear", antialias=True, align_corners=False)

    rgb = shrink(image.rgb)
    known = torch.ones_like(rgb[:, :1]) if image.known is None else shrink(image.known)
    window = (float(left), float(top), float(width), float(height))
    return TargetView(torch.cat([rgb * known, known], dim=1), known, window)
