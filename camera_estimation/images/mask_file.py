"""Mask files: black and white in any two values, soft coverage, cut-outs with alpha, and labels of several objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Integer, UInt8

from camera_estimation.errors import InputError
from camera_estimation.images._mask_levels import (
    MOST_LABELS,
    NEARLY_BLACK,
    NEARLY_WHITE,
    border_value,
    coverage_between_clusters,
    distinct_values,
    region_values,
)
from camera_estimation.images.plausibility import hides_something
from camera_estimation.images.source_image import HALF_COVERED
from camera_estimation.images.upright import read_upright
from camera_estimation.io import open_picture
from camera_estimation.segmentation import has_lossy_format

# Modes of Pillow in which the stored value of a pixel may be the number of an object.
NUMBERED_MODES = ("1", "L", "P", "I", "I;16", "I;16L", "I;16B", "I;16N")
GRAY_SPREAD = 16  # levels by which channels of gray may differ after lossy compression
LEAST_SHARE = 0.01  # of the visible pixels that are black, and white, in a black and white mask that has alpha too
MOST_NAMED = 12  # labels in a message


@dataclass(frozen=True)
class _MaskPixels:
    """A mask file's pixels.

    Args:
        path: The file.
        rgba: As a picture.
        codes: Numbers as stored, or colors as 0xRRGGBB.
        numbered: Whether ``codes`` are numbers.
    """

    path: Path
    rgba: UInt8[np.ndarray, "H W 4"]
    codes: Integer[np.ndarray, "H W"]
    numbered: bool

    @property
    def gray(self) -> bool:
        """Whether no pixel has a color."""
        rgb = self.rgba[..., :3]
        most = GRAY_SPREAD if has_lossy_format(self.path) else 0
        return bool((rgb.max(axis=-1) - rgb.min(axis=-1)).max() <= most)

    def name(self, code: int) -> str:
        """Of a label, as ``--mask_label`` takes it."""
        return str(code) if self.numbered else f"#{code:06x}"


def read_mask_file(mask_file: Path, label: str = "") -> UInt8[np.ndarray, "H W"]:
    """Coverage by the object, 255 where it is whole.

    Of two values of any kind (numbers, colors, palettes, 16 bits) the brighter is the object; gray levels between black
    and white are soft coverage; a cut-out's alpha is its mask.

    Args:
        mask_file: The file.
        label: Which of several labels is the object: the number that is stored, or the color as #rrggbb; "": there are
            not several.

    Raises:
        InputError: It cannot be read, or says nothing of the object: it has several labels, or none that is called
            ``label``, or is a picture; one line.
    """
    pixels = _read_pixels(mask_file)
    if label:
        return 255 * _pixels_with_label(pixels, label).astype(np.uint8)
    alpha = pixels.rgba[..., 3]
    if alpha.min() == 255:
        return _coverage(pixels)
    white = pixels.rgba[..., :3].max(axis=-1)
    if hides_something(alpha) and not _is_black_and_white(white[alpha >= HALF_COVERED]):
        return alpha.copy()
    return ((_coverage(pixels).astype(np.uint16) * alpha + 127) // 255).astype(np.uint8)


def _read_pixels(path: Path) -> _MaskPixels:
    rgba = read_upright(path)
    numbers = _read_numbers(path)
    if numbers is not None:
        return _MaskPixels(path, rgba, numbers, numbered=True)
    red, green, blue = (rgba[..., channel] for channel in range(3))
    if (red == green).all() and (red == blue).all():
        return _MaskPixels(path, rgba, red, numbered=True)
    codes = red.astype(np.int32)
    for channel in (green, blue):
        codes <<= 8
        codes |= channel
    return _MaskPixels(path, rgba, codes, numbered=False)


def _read_numbers(path: Path) -> Integer[np.ndarray, "H W"] | None:
    """Of a file that can be read; the right way up. None where pixels are colors."""
    from PIL import ImageOps

    with open_picture(path) as opened:
        if opened.mode not in NUMBERED_MODES:
            return None
        numbers = np.array(ImageOps.exif_transpose(opened))
        return numbers if numbers.dtype == np.uint8 else numbers.astype(np.int32)


def _pixels_with_label(pixels: _MaskPixels, label: str) -> Bool[np.ndarray, "H W"]:
    wanted = label.strip().lower().removeprefix("#")
    base = 10 if pixels.numbered else 16
    found = np.zeros(pixels.codes.shape, dtype=bool)
    if wanted.isalnum() and all(digit in "0123456789abcdef"[:base] for digit in wanted):
        found = pixels.codes == int(wanted, base)
    if not found.any():
        held = _name_labels(pixels, region_values(pixels.codes)) or "none"
        raise InputError(f"{pixels.path}: has no label {label}; it has {held}: choose one with --mask_label")
    return found


def _is_black_and_white(levels: UInt8[np.ndarray, " N"]) -> bool:
    black, white = np.mean(levels <= NEARLY_BLACK), np.mean(levels >= NEARLY_WHITE)
    return bool(min(black, white) >= LEAST_SHARE and black + white >= 1 - LEAST_SHARE)


def _coverage(pixels: _MaskPixels) -> UInt8[np.ndarray, "H W"]:
    """Of a mask whose alpha says nothing."""
    values = distinct_values(pixels.codes, MOST_LABELS)
    if values is not None and len(values) == 2:
        return 255 * (pixels.codes == _brighter(pixels, values)).astype(np.uint8)
    if values is not None:
        _refuse_labels(pixels)
    rgb = pixels.rgba[..., :3]
    if pixels.numbered and pixels.codes.max() <= 255 and rgb.max() <= 1:  # 16 bits of which 8 are used
        rgb = np.repeat(pixels.codes[..., None], 3, axis=-1).astype(np.uint8)
    coverage = coverage_between_clusters(rgb, has_lossy_format(pixels.path))
    if coverage is not None:
        return coverage
    if not pixels.gray:
        raise InputError(
            f"{pixels.path}: is a picture in colors, not a mask; give black and white (white is object) or a cut-out "
            "with alpha in --masks_dir, or --mask none to do without"
        )
    return rgb.max(axis=-1)


def _brighter(pixels: _MaskPixels, values: Integer[np.ndarray, "2"]) -> int:
    """Of two values; the greater number where both look alike."""

    def brightness(value: int) -> tuple[int, int]:
        row, column = np.unravel_index(np.argmax(pixels.codes == value), pixels.codes.shape)
        return int(pixels.rgba[row, column, :3].astype(int).sum()), value

    return max((int(value) for value in values), key=brightness)


def _refuse_labels(pixels: _MaskPixels) -> None:
    """Raises InputError if the mask's areas have several values beside the background's."""
    regions = region_values(pixels.codes)
    background = 0 if 0 in regions else border_value(pixels.codes)
    labels = [code for code in regions if code != background]
    if pixels.gray and pixels.numbered and pixels.rgba[..., :3].max() >= NEARLY_WHITE:
        shade = {code: int(pixels.rgba[pixels.codes == code][0, 0]) for code in labels}
        labels = [code for code in labels if shade[code] > NEARLY_BLACK]
        if all(shade[code] >= NEARLY_WHITE for code in labels):
            return
    if len(labels) > 1:
        raise InputError(
            f"{pixels.path}: has several labels ({_name_labels(pixels, labels)}); choose the object's with "
            f"--mask_label {pixels.name(min(labels))}, or give black and white"
        )


def _name_labels(pixels: _MaskPixels, codes: list[int]) -> str:
    names = [pixels.name(code) for code in sorted(codes)]
    return ", ".join(names[:MOST_NAMED]) + (", ..." if len(names) > MOST_NAMED else "")
