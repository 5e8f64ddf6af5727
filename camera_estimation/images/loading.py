"""Image files as tensors with the object's mask (mask.py says where that is from), or without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.images._exif import read_focal_prior
from camera_estimation.images.mask import find_mask_file, find_object_mask
from camera_estimation.images.source_image import HALF_COVERED, UNMASKED, SourceImage
from camera_estimation.images.upright import read_upright
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS, Box, Segmenter

LEAST_BOX = 8  # pixels a side


def load_source_image(
    path: str | Path,
    mask_path: str | Path | None = None,
    masks_dir: str | Path | None = None,
    segmenter: Segmenter | None = None,
    box: Box | None = None,
) -> SourceImage:
    """An image file with the object's mask.

    The mask is the image's alpha channel; where that hides nothing, a mask file, white where the object is; else what a
    segmenter finds; without a segmenter, what stands out from a background of one colour.

    Args:
        path: The image.
        mask_path: Its mask file; by default NAME.png in ``masks_dir``, else NAME_mask.png beside the image, if there.
        masks_dir: Folder of mask files.
        segmenter: What finds the object in an image without alpha and mask file.
        box: Where the segmenter looks: left, top, right, bottom in pixels.

    Raises:
        InputError: The image cannot be read, or no mask can be had; one line.
    """
    path = Path(path)
    rgba = read_upright(path)
    mask, source, origin = find_object_mask(path, rgba, find_mask_file(path, mask_path, masks_dir), segmenter, box)
    if np.count_nonzero(mask >= HALF_COVERED) < FEWEST_OBJECT_PIXELS:
        raise InputError(
            f"{origin}: shows no object (fewer than {FEWEST_OBJECT_PIXELS} pixels, mask from {source}); "
            "give an image in which the object is visible and marked"
        )
    height, width = mask.shape
    prior = read_focal_prior(path, width, height)
    return SourceImage(path, _color_channels(rgba), torch.from_numpy(mask[None]), source, focal_prior=prior)


def load_unmasked_image(path: str | Path, box: Box | None = None) -> SourceImage:
    """An image file whose mask, if it has one, is not to be used.

    Args:
        path: The image.
        box: Where the object is: left, top, right, bottom in pixels, not exact; None for anywhere.

    Raises:
        InputError: The image cannot be read, or ``box`` has next to nothing of it; one line.
    """
    path = Path(path)
    rgba = read_upright(path)
    height, width = rgba.shape[:2]
    if box is not None:
        across = min(box[2], width) - max(box[0], 0)
        down = min(box[3], height) - max(box[1], 0)
        if min(across, down) < LEAST_BOX:
            raise InputError(
                f"{path}: its box has fewer than {LEAST_BOX} pixels of the image's {width}x{height} on a side; "
                "give left, top, right, bottom in pixels of the image"
            )
    rgb = _color_channels(rgba)
    prior = read_focal_prior(path, width, height)
    return SourceImage(path, rgb, torch.full_like(rgb[:1], 255), UNMASKED, box, focal_prior=prior)


def _color_channels(rgba: UInt8[np.ndarray, "H W 4"]) -> UInt8[Tensor, "3 H W"]:
    return torch.from_numpy(np.ascontiguousarray(rgba[..., :3].transpose(2, 0, 1)))
