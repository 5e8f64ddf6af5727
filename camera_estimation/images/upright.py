"""Pixels of image files, the right way up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError

SAVE_AGAIN = "save it again as PNG, JPEG or WebP"


def read_upright(path: Path) -> UInt8[np.ndarray, "H W 4"]:
    """RGBA of an image file, in sRGB, with the EXIF orientation applied; straight, 255 in alpha where it has none.

    Raises:
        InputError: It cannot be read; one line.
    """
    from PIL import Image, UnidentifiedImageError

    from camera_estimation.io import read_picture

    if path.is_dir():
        raise InputError(f"{path}: is a folder, not an image; give the path of an image file")
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path")
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path}: is empty; {SAVE_AGAIN}")
        return read_picture(path)
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: is not an image that can be read; {SAVE_AGAIN}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: has too many pixels; make it smaller") from error
    except Exception as error:  # Pillow raises OSError, ValueError, SyntaxError, struct.error... on broken content
        reason = " ".join(f"{error}".split())[:100]
        raise InputError(f"{path}: is damaged ({reason}); {SAVE_AGAIN}") from error
