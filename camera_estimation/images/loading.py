"""Image files as tensors with the object's mask: from alpha, a mask file, a segmenter, or a plain background."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.images.source_image import HALF_COVERED, UNMASKED, SourceImage
from camera_estimation.segmentation import (
    FEWEST_OBJECT_PIXELS,
    FOREGROUND,
    Box,
    Picture,
    Prompt,
    Segmenter,
    has_lossy_format,
    object_mask,
    plain_background_mask,
)

LEAST_BOX = 8  # pixels a side
SAVE_AGAIN = "save it again as PNG, JPEG or WebP"


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
    mask, source, origin = _foreground(path, rgba, _mask_file(path, mask_path, masks_dir), segmenter, box)
    if np.count_nonzero(mask >= HALF_COVERED) < FEWEST_OBJECT_PIXELS:
        raise InputError(
            f"{origin}: shows no object (fewer than {FEWEST_OBJECT_PIXELS} pixels, mask from {source}); "
            "give an image in which the object is visible and marked"
        )
    return SourceImage(path, _color_channels(rgba), torch.from_numpy(mask[None]), source)


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
    return SourceImage(path, rgb, torch.full_like(rgb[:1], 255), UNMASKED, box)


def _color_channels(rgba: UInt8[np.ndarray, "H W 4"]) -> UInt8[Tensor, "3 H W"]:
    return torch.from_numpy(np.ascontiguousarray(rgba[..., :3].transpose(2, 0, 1)))


def _foreground(
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
    return mask, "background", path


def _segment(
    path: Path, rgba: UInt8[np.ndarray, "H W 4"], segmenter: Segmenter, box: Box | None
) -> UInt8[np.ndarray, "H W"]:
    prompts = {} if box is None else {FOREGROUND: (Prompt(box),)}
    picture = Picture(path, np.ascontiguousarray(rgba[..., :3]), has_lossy_format(path), prompts)
    return np.round(255 * object_mask(picture, segmenter)).astype(np.uint8)


def _mask_file(path: Path, mask_path: str | Path | None, masks_dir: str | Path | None) -> Path | None:
    if mask_path is not None:
        return Path(mask_path)
    places = [path.with_name(f"{path.stem}_mask.png")]
    if masks_dir is not None:
        if not Path(masks_dir).is_dir():
            raise InputError(f"{masks_dir}: no such folder of masks; check the path")
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


def read_upright(path: Path) -> UInt8[np.ndarray, "H W 4"]:
    """RGBA of an image file with the EXIF orientation applied; straight, 255 in alpha where the file has none.

    Raises:
        InputError: It cannot be read; one line.
    """
    from PIL import Image, UnidentifiedImageError

    from camera_estimation.io import read_rgba

    if path.is_dir():
        raise InputError(f"{path}: is a folder, not an image; give the path of an image file")
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path")
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path}: is empty; {SAVE_AGAIN}")
        return read_rgba(path, upright=True)
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: is not an image that can be read; {SAVE_AGAIN}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: has too many pixels; make it smaller") from error
    except Exception as error:  # Pillow raises OSError, ValueError, SyntaxError, struct.error... on broken content
        reason = " ".join(f"{error}".split())[:100]
        raise InputError(f"{path}: is damaged ({reason}); {SAVE_AGAIN}") from error
