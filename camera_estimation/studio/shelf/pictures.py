"""Pictures and masks between files and the page."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.images import HALF_COVERED, read_upright
from camera_estimation.io import write_image
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS

if TYPE_CHECKING:
    from PIL import Image

MOST_SHOWN = 6_000_000  # pixels of a picture on the page; a larger one is shown smaller


def picture_bytes(path: Path) -> tuple[bytes, tuple[int, int]]:
    """The picture, upright, as a PNG with its alpha, of very many pixels with fewer; and its real width and height.

    Args:
        path: The file, or a frame of a video.

    Raises:
        InputError: It cannot be read.
    """
    from PIL import Image

    picture = Image.fromarray(read_upright(path))
    size = picture.size
    if picture.width * picture.height > MOST_SHOWN:
        share = math.sqrt(MOST_SHOWN / (picture.width * picture.height))
        picture = picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.BOX)
    return _png(picture), size


def mask_png(mask: UInt8[np.ndarray, "H W"]) -> bytes:
    """A mask as a gray PNG, 255 where the object is."""
    from PIL import Image

    return _png(Image.fromarray(mask))


def write_painted_mask(encoded: bytes, picture: Path, mask_path: Path, flat_path: Path) -> None:
    """Keep a mask that was painted on the page, and the picture without its alpha, which would be taken before it.

    Args:
        encoded: A PNG of the picture's size.
        picture: The file it is of.
        mask_path: Where the mask goes.
        flat_path: Where the picture goes, if it has alpha.

    Raises:
        InputError: It is no PNG of that size, or shows no object.
    """
    from PIL import Image

    rgba = read_upright(picture)
    height, width = rgba.shape[:2]
    wrong_size = f"the painted mask is not of the picture's {width} x {height} pixels; paint again"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(encoded), formats=("PNG",)) as opened:
                if opened.size != (width, height):
                    raise InputError(wrong_size)
                levels = np.asarray(opened.convert("L"))
    except (InputError, Image.DecompressionBombError) as error:
        raise InputError(wrong_size) from error
    except Exception as error:  # whatever Pillow raises
        raise InputError("the painted mask is no PNG; paint again") from error
    if np.count_nonzero(levels >= HALF_COVERED) < FEWEST_OBJECT_PIXELS:
        raise InputError("the painted mask shows no object; paint over the object first")
    for path in (mask_path, flat_path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_image(mask_path, Image.fromarray(levels))
    if rgba[..., 3].min() < 255:
        write_image(flat_path, Image.fromarray(np.ascontiguousarray(rgba[..., :3])))


def _png(picture: Image.Image) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=1)
    return encoded.getvalue()
