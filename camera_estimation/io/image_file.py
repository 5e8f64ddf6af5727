"""Images of every mode that Pillow opens as 8-bit RGBA."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from camera_estimation.io.pillow_limits import open_limited

ROWS_AT_ONCE = 128  # that are converted: of large pictures each copy of the whole is much memory


def read_rgba(source: Path | io.BytesIO) -> UInt8[np.ndarray, "H W 4"]:
    """Levels as stored, straight (not premultiplied), and alpha, 255 where the image has none: how textures are meant.
    ``read_picture`` is for what cameras took.

    Args:
        source: A file, or its content; of an animation the first frame is read.

    Raises:
        Exception: Whatever Pillow raises on a broken file.
    """
    with open_limited(source, "a texture", "texture_megapixels") as opened:
        opened.load()
        picture = reduce_depth(opened)
        rgba = np.empty((picture.height, picture.width, 4), np.uint8)
        for top in range(0, picture.height, ROWS_AT_ONCE):
            strip = picture.crop((0, top, picture.width, min(top + ROWS_AT_ONCE, picture.height)))
            rgba[top : top + ROWS_AT_ONCE] = np.asarray(strip.convert("RGBA"))
        return rgba


def reduce_depth(picture: Image.Image) -> Image.Image:
    """Wide grey as 8 bits: Pillow's own conversion clips at 255. Floats are taken to be in [0, 1]."""
    if picture.mode != "F" and not picture.mode.startswith("I"):
        return picture
    values = np.asarray(picture).astype(np.float64)
    if picture.mode == "F":
        values = 255.0 * np.nan_to_num(values)
    elif picture.mode != "I" or values.max(initial=0) > 255:
        values = values / 257.0
    return Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))
