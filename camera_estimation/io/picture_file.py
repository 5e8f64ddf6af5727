"""Pictures of every kind that people take and save, as 8-bit sRGB with alpha, the right way up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import ExifTags, Image, ImageFile

from camera_estimation.io._color_profile import ProfileConversion
from camera_estimation.io._heif_file import register_heif
from camera_estimation.io.image_file import reduce_depth
from camera_estimation.io.limits import check_file_size
from camera_estimation.io.pillow_limits import open_limited

STRIP_PIXELS = 1 << 22  # that are converted at once, so that large pictures are in memory twice and not four times
SIXTEEN_BITS = 257  # 16-bit levels in one of 8 bits
UPRIGHT = 1  # of EXIF's orientations


@contextmanager
def open_picture(path: Path) -> Iterator[ImageFile.ImageFile]:
    """An opened picture, whose pixels are not decoded yet; of a file of several the first.

    Args:
        path: The file; its content says of which format it is.

    Raises:
        InputError: It needs a library that is not installed, or is beyond the limits; one line.
        Exception: Whatever Pillow raises on a broken file.
    """
    check_file_size(path)
    register_heif(path)
    with open_limited(path, path) as opened:
        yield opened


def read_picture(path: Path) -> UInt8[np.ndarray, "H W 4"]:
    """Straight (not premultiplied) sRGB and alpha, 255 where the picture has none.

    The EXIF orientation is applied. Colors of another profile that the file brings become sRGB; those of sRGB, and
    those without a profile or with one that cannot be used, stay as they are stored.

    Args:
        path: The file; of an animation, and of a file of several pictures, the first is read.

    Raises:
        InputError: It needs a library that is not installed; one line.
        Exception: Whatever Pillow raises on a broken file.
    """
    with open_picture(path) as opened:
        wide = _sixteen_bit_png(path, opened)
        opened.load()
        picture = opened if wide is None else wide
        conversion = ProfileConversion(opened.info.get("icc_profile"), path)
        orientation = int(opened.getexif().get(ExifTags.Base.Orientation, UPRIGHT))
        return _fill_upright(reduce_depth(picture), conversion, orientation)


def orient(stored: np.ndarray, orientation: int) -> np.ndarray:
    """Rows and columns as they are to be seen, by one of EXIF's orientations, 1 to 8; a view of the same memory."""
    turned = stored.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else stored
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned


def _fill_upright(picture: Image.Image, conversion: ProfileConversion, orientation: int) -> UInt8[np.ndarray, "H W 4"]:
    width, height = picture.size
    rgba = np.empty((height, width, 4), dtype=np.uint8)
    rows = max(1, STRIP_PIXELS // width)
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(height, top + rows)))
        rgba[top : top + rows] = np.asarray(conversion.apply(strip).convert("RGBA"))
    return np.ascontiguousarray(orient(rgba, orientation))


def _sixteen_bit_png(path: Path, opened: ImageFile.ImageFile) -> Image.Image | None:
    """A PNG file of 16 bits a channel in 8, rounded, where Pillow would cut the lower ones off. None for others."""
    stored = opened.tile[0].args if opened.format == "PNG" and opened.tile else ""
    if stored not in ("RGB;16B", "RGBA;16B", "LA;16B") or "transparency" in opened.info:
        return None
    import cv2

    levels = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16 or levels.ndim != 3:
        return None
    rounded = ((levels + np.uint32(SIXTEEN_BITS // 2)) // SIXTEEN_BITS).astype(np.uint8)
    order = [2, 1, 0, 3][: rounded.shape[-1]]
    return Image.fromarray(np.ascontiguousarray(rounded[..., order]))
