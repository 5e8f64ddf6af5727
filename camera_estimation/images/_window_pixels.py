"""The pixels of a window of an image as they are compared with renders: as they are, or reduced where they are many."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from camera_estimation.images._crop import Crop
from camera_estimation.images.source_image import SourceImage
from camera_estimation.segmentation import reduce_levels, reduction_to_side

# Pixels of the longer side. Windows of twice as many and more are reduced to about these, several times what the finest
# view has.
WORKING_SIDE = 2048


@dataclass(frozen=True)
class WindowPixels:
    """Of a window, zero beyond the image's border.

    Args:
        rgba: Premultiplied with the mask.
        rgb: All colors; None where the mask is a matte.
        weight: How much each pixel counts.
    """

    rgba: Float[Tensor, "1 4 H W"]
    rgb: Float[Tensor, "1 3 H W"] | None
    weight: Float[Tensor, "1 1 H W"]


def window_pixels(image: SourceImage, crop: Crop, device: torch.device | str) -> WindowPixels:
    """What an image with a mask shows in a window."""
    evidence = image.evidence
    # Means of depths, and of what is known of them, are no depths.
    whole = evidence.depth is not None or bool(evidence.regions)
    factor = 1 if whole else reduction_to_side(crop.bottom - crop.top, crop.right - crop.left, WORKING_SIDE)
    return _cut_pixels(image, crop, device) if factor == 1 else _reduce_pixels(image, crop, device, factor)


def reduce_planes(planes: UInt8[Tensor, "C H W"], factor: int) -> UInt8[Tensor, "C h w"]:
    """Means over ``factor`` x ``factor`` pixels, channel by channel."""
    return torch.from_numpy(np.stack([reduce_levels(plane, factor) for plane in planes.cpu().numpy()]))


def reduce_image(image: SourceImage, factor: int) -> SourceImage:
    """The picture, its mask and what is known of it in means over ``factor`` x ``factor`` pixels; all else stays."""
    known = None if image.known is None else reduce_planes(image.known, factor)
    return replace(image, rgb=reduce_planes(image.rgb, factor), mask=reduce_planes(image.mask, factor), known=known)


def _cut_pixels(image: SourceImage, crop: Crop, device: torch.device | str) -> WindowPixels:
    alpha = crop.cut(image.mask).to(device).float() / 255
    rgb = crop.cut(image.rgb).to(device).float() / 255
    weight = image.evidence.weight
    counted = torch.ones_like(alpha) if weight is None else crop.cut(weight)[None].to(device).float()
    if image.known is not None:
        counted = counted * crop.cut(image.known).to(device).float() / 255
    return WindowPixels(
        rgba=crop.pad(torch.cat([rgb * alpha, alpha])[None]),
        rgb=None if image.has_matte else crop.pad(rgb[None]),
        weight=crop.pad(counted[None]),
    )


def _reduce_pixels(image: SourceImage, crop: Crop, device: torch.device | str, factor: int) -> WindowPixels:
    """In levels until they are few; colors are multiplied with the mask before they are averaged."""
    import cv2

    alpha, rgb, weight = crop.cut(image.mask), crop.cut(image.rgb), image.evidence.weight
    covered = [cv2.multiply(plane.numpy(), alpha[0].numpy(), scale=1 / 255) for plane in rgb]
    counted = torch.full_like(alpha, 255) if weight is None else (255 * crop.cut(weight)[None]).round().byte()
    if image.known is not None:
        known = cv2.multiply(counted[0].numpy(), crop.cut(image.known)[0].numpy(), scale=1 / 255)
        counted = torch.from_numpy(known)[None]

    def reduce(planes: UInt8[Tensor, "C h w"]) -> Float[Tensor, "1 C H W"]:
        return reduce_planes(crop.pad(planes[None])[0], factor)[None].to(device).float() / 255

    colors = [reduce(torch.from_numpy(plane)[None]) for plane in covered]
    return WindowPixels(
        rgba=torch.cat([*colors, reduce(alpha)], dim=1),
        rgb=None if image.has_matte else reduce(rgb),
        weight=reduce(counted),
    )
