"""Image files as tensors with the object's mask (mask.py says where that is from), or without."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from camera_estimation.errors import InputError, NoMaskError
from camera_estimation.images._exif import read_focal_prior
from camera_estimation.images.mask import MaskSources, find_object_mask
from camera_estimation.images.mask_places import find_mask_file
from camera_estimation.images.plausibility import hides_something
from camera_estimation.images.source_image import HALF_COVERED, UNMASKED, OtherMask, SourceImage
from camera_estimation.images.upright import read_upright
from camera_estimation.io import input_path
from camera_estimation.segmentation import (
    FEWEST_OBJECT_PIXELS,
    FOREGROUND,
    Box,
    Picture,
    Point,
    Prompt,
    Segmenter,
    find_segmenter,
    has_lossy_format,
    object_mask,
)

LEAST_BOX = 8  # pixels a side


def load_source_image(
    path: str | Path,
    mask_path: str | Path | None = None,
    masks_dir: str | Path | None = None,
    segmenter: Segmenter | None = None,
    box: Box | None = None,
    points: tuple[Point, ...] = (),
    mask_label: str = "",
) -> SourceImage:
    """An image file with the object's mask.

    The mask is the image's alpha channel; where that hides nothing, or only trims the picture, a mask file, white where
    the object is; else what a segmenter finds; without a segmenter, what stands out from a background of one colour.
    Masks that may be meant or read otherwise have ``other_masks`` beside them.

    Args:
        path: The image.
        mask_path: Its mask file; by default one of the names in ``find_mask_file``, if there: NAME.png in
            ``masks_dir``, else NAME_mask.png beside the image.
        masks_dir: Folder of mask files.
        segmenter: What finds the object in an image without alpha and mask file.
        box: Where the segmenter looks: left, top, right, bottom in pixels.
        points: On the object, in pixels, for segmenters that take them.
        mask_label: Which of the labels of a mask file is the object, its number or its color as #rrggbb; "": it has not
            several.

    Raises:
        InputError: The image cannot be read, or no mask can be had; one line.
    """
    path = input_path(path)
    rgba = read_upright(path)
    file = find_mask_file(path, mask_path, masks_dir)
    return _with_mask(path, rgba, MaskSources(file, masks_dir, mask_label, segmenter, Prompt(box, points)))


def _with_mask(path: Path, rgba: UInt8[np.ndarray, "H W 4"], sources: MaskSources) -> SourceImage:
    found = find_object_mask(path, rgba, sources)
    mask = found.coverage
    if np.count_nonzero(mask >= HALF_COVERED) < FEWEST_OBJECT_PIXELS:
        raise InputError(
            f"{found.origin}: shows no object (fewer than {FEWEST_OBJECT_PIXELS} pixels, mask from {found.source}); "
            "give an image in which the object is visible and marked, another mask in --masks_dir, or --mask none"
        )
    height, width = mask.shape
    return SourceImage(
        path,
        _color_channels(rgba),
        torch.from_numpy(mask[None]),
        found.source,
        focal_prior=read_focal_prior(path, width, height),
        other_masks=tuple(OtherMask(torch.from_numpy(other[None]), kind) for kind, other in found.others),
        remarks=found.remarks,
    )


def load_frame(
    path: str | Path, masks_dir: str | Path | None = None, mask_label: str = "", plain_background: bool = False
) -> SourceImage:
    """An image file of which only a mask that is at hand counts, its alpha channel or a mask file: none is made.

    Args:
        path: The image.
        masks_dir: As in ``load_source_image``.
        mask_label: As there.
        plain_background: Whether what stands out from a background of one color is a mask too.

    Returns:
        With that mask, or as one without.

    Raises:
        InputError: A file cannot be read, or the mask is none of an object; one line.
    """
    path = input_path(path)
    rgba = read_upright(path)
    file = find_mask_file(path, None, masks_dir)
    alpha = rgba[..., 3]
    has_alpha = alpha.min() < HALF_COVERED and hides_something(alpha)
    if has_alpha or file is not None or plain_background:
        with suppress(NoMaskError):
            return _with_mask(path, rgba, MaskSources(file, masks_dir, mask_label))
    return _without_mask(path, rgba)


def load_unmasked_image(path: str | Path, box: Box | None = None, points: tuple[Point, ...] = ()) -> SourceImage:
    """An image file whose mask, if it has one, is not to be used.

    Args:
        path: The image.
        box: Where the object is: left, top, right, bottom in pixels, not exact; None for anywhere.
        points: On the object, in pixels.

    Raises:
        InputError: The image cannot be read, or ``box`` has next to nothing of it; one line.
    """
    path = input_path(path)
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
    for x, y in points:
        if not (0 <= x < width and 0 <= y < height):
            raise InputError(
                f"{path}: its point ({x:g}, {y:g}) is outside of the image's {width}x{height} pixels; "
                "give x, y from its top left corner"
            )
    return _without_mask(path, rgba, box, points)


def _without_mask(
    path: Path, rgba: UInt8[np.ndarray, "H W 4"], box: Box | None = None, points: tuple[Point, ...] = ()
) -> SourceImage:
    rgb = _color_channels(rgba)
    prior = read_focal_prior(path, rgba.shape[1], rgba.shape[0])
    return SourceImage(path, rgb, torch.full_like(rgb[:1], 255), UNMASKED, box, points=points, focal_prior=prior)


def look_for_object(image: SourceImage, device: str) -> SourceImage:
    """An image that has no mask, though nobody said so: with a line that tells it, and what the best segmenter that can
    run here makes of it among the masks that are tried."""
    where = "in its box" if image.box else "about its points" if image.points else "in all of it"
    line = f"has no alpha, mask file or plain background: the object is looked for {where}"
    segmenter = find_segmenter(device)
    if segmenter is not None:
        points = image.points if segmenter.uses_points else ()
        prompts = {FOREGROUND: (Prompt(image.box, points),)} if image.box or points else {}
        rgb = np.ascontiguousarray(image.rgb.permute(1, 2, 0).numpy())
        try:
            mask = object_mask(Picture(image.path, rgb, has_lossy_format(image.path), prompts), segmenter)
        except InputError:  # it finds nothing, or not in so small a box
            mask = np.zeros(rgb.shape[:2], dtype=np.float32)
        if np.count_nonzero(mask >= 0.5) >= FEWEST_OBJECT_PIXELS:
            line += f", and in what {segmenter.name} finds"
            image = replace(image, proposed_mask=torch.from_numpy(mask >= 0.5)[None])
    hint = "" if image.box or image.points else "; --boxes, --points or a mask make it faster and surer"
    return replace(image, remarks=(*image.remarks, line + hint))


def _color_channels(rgba: UInt8[np.ndarray, "H W 4"]) -> UInt8[Tensor, "3 H W"]:
    return torch.from_numpy(np.ascontiguousarray(rgba[..., :3].transpose(2, 0, 1)))
