"""The part of an image without a mask in which the object is looked for."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F

from camera_estimation.images._crop import view_size
from camera_estimation.images.source_image import SourceImage
from camera_estimation.images.target import TargetView
from camera_estimation.segmentation import BOX_MARGIN, inner_frame


def frame_box(image: SourceImage) -> tuple[int, int, int, int]:
    """The pixels in which the object of an image without a mask is looked for: the rough box and some more, or all.

    Returns:
        Left, top, right, bottom.
    """
    if image.box is None:
        return 0, 0, image.width, image.height
    left, top, right, bottom = image.box
    across, down = BOX_MARGIN * (right - left), BOX_MARGIN * (bottom - top)
    return (
        max(0, math.floor(left - across)),
        max(0, math.floor(top - down)),
        min(image.width, math.ceil(right + across)),
        min(image.height, math.ceil(bottom + down)),
    )


def first_box(image: SourceImage) -> tuple[float, float, float, float]:
    """The box of the first cut: the rough one, or the image less a margin.

    Returns:
        Left, top, right, bottom in pixels.
    """
    if image.box is not None:
        return image.box
    return inner_frame(image.width, image.height)


def frame_view(image: SourceImage, longer_side: int, device: torch.device) -> TargetView:
    """All that is in ``frame_box``, as if it were object.

    Args:
        image: Without a mask.
        longer_side: Pixels of the view's longer side.
        device: Where the view's tensors are to be.
    """
    left, top, right, bottom = frame_box(image)
    rgb = image.rgb[None, :, top:bottom, left:right].to(device).float() / 255
    height, width = rgb.shape[-2:]
    size = view_size(height, width, longer_side)
    rgb = F.interpolate(rgb, size, mode="bilinear", antialias=True, align_corners=False)
    known = torch.ones_like(rgb[:, :1])
    window = (float(left), float(top), float(width), float(height))
    return TargetView(torch.cat([rgb, known], dim=1), known, window)
