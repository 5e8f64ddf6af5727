"""The object's mask in an image: alpha, else a mask file, else what a segmenter finds, else a plain background."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.images.source_image import HALF_COVERED, PLAIN_BACKGROUND
from camera_estimation.images.upright import read_upright
from camera_estimation.segmentation import (
    FOREGROUND,
    Box,
    Picture,
    Prompt,
    Segmenter,
    has_lossy_format,
    object_mask,
    plain_background_mask,
)


def find_object_mask(
    path: Path, rgba: UInt8[np.ndarray, "H W 4"], mask_file: Path | None, segmenter: Segmenter | None, box: Box | None
) -> tuple[UInt8[np.ndarray, "H W"], str, Path]:
    """The mask, where it came from, and the file that says so."""
    alpha = rgba[..., 3]
    if alpha.min() < HALF_COVERED:
        return alpha.copy(), "alpha", path
    if mask_file is not None:
        return _read_mask(mask_file, path, alpha.shape), "file", mask_file
    if segmenter is not None:
        return _segment(path, rgba, segmenter, box), segmenter.name, path
    mask = plain_background_mask(rgba[..., :3], lossy=has_lossy_format(path))
    if mask is None:
        raise InputError(
            f"{path}: has no transparency, no mask file and no plain background; "
            f"give an image with alpha, a mask {path.stem}_mask.png beside it, or a --segmenter such as rembg"
        )
    return mask, PLAIN_BACKGROUND, path


def _segment(
    path: Path, rgba: UInt8[np.ndarray, "H W 4"], segmenter: Segmenter, box: Box | None
) -> UInt8[np.ndarray, "H W"]:
    prompts = {} if box is None else {FOREGROUND: (Prompt(box),)}
    picture = Picture(path, np.ascontiguousarray(rgba[..., :3]), has_lossy_format(path), prompts)
    return np.round(255 * object_mask(picture, segmenter)).astype(np.uint8)


def check_masks_dir(masks_dir: Path) -> None:
    """Raises InputError if it is no folder."""
    if not masks_dir.is_dir():
        raise InputError(f"{masks_dir}: no such folder of masks; check the path")


def find_mask_file(path: Path, mask_path: str | Path | None, masks_dir: str | Path | None) -> Path | None:
    """The one that is given, or NAME.png in the folder of masks, or NAME_mask.png beside the image, if there."""
    if mask_path is not None:
        return Path(mask_path)
    places = [path.with_name(f"{path.stem}_mask.png")]
    if masks_dir is not None:
        check_masks_dir(Path(masks_dir))
        places.insert(0, Path(masks_dir) / f"{path.stem}.png")
    return next((place for place in places if place.is_file()), None)


def _read_mask(mask_file: Path, image_path: Path, shape: tuple[int, int]) -> UInt8[np.ndarray, "H W"]:
    rgba = read_upright(mask_file)
    if rgba.shape[:2] != shape:
        raise InputError(
            f"{mask_file}: the mask has {rgba.shape[1]}x{rgba.shape[0]} pixels and {image_path.name} "
            f"{shape[1]}x{shape[0]}; give a mask of the image's size"
        )
    white = rgba[..., :3].max(axis=-1)
    if white.max() == 1:  # labels 0 and 1 instead of black and white
        white = white * 255
    return np.round(white * (rgba[..., 3] / 255.0)).astype(np.uint8)
