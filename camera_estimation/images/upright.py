"""Pixels of image files, the right way up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError, short_reason

SAVE_AGAIN = "save it again as PNG, JPEG or WebP"


def read_upright(path: Path) -> UInt8[np.ndarray, "H W 4"]:
    """RGBA of an image file or of a frame of a video, in sRGB and the right way up; straight, 255 in alpha where it has
    none.

    Raises:
        InputError: It cannot be read; one line.
    """
    from PIL import UnidentifiedImageError

    from camera_estimation.io import (
        VIDEO_EXTENSIONS,
        check_plain_file,
        frame_path,
        index_video,
        read_frame,
        read_picture,
        split_frame_path,
    )

    if split_frame_path(path) is not None:
        return read_frame(path)
    check_plain_file(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not an image; give the path of an image file")
    if not path.exists():
        raise InputError(f"{path}: no such file; check the path")
    if path.suffix.lower() in VIDEO_EXTENSIONS:
        index_video(path)
        raise InputError(f"{path}: is a video; name one of its frames, such as {frame_path(path, 0)}")
    try:
        if path.stat().st_size == 0:
            raise InputError(f"{path}: is empty; {SAVE_AGAIN}")
        return read_picture(path)
    except (InputError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: is not an image that can be read; {SAVE_AGAIN}") from error
    except Exception as error:  # Pillow raises OSError, ValueError, SyntaxError, struct.error... on broken content
        if isinstance(error, OSError) and error.errno is not None:  # the system's, which is not the picture's fault
            raise InputError(f"{path}: cannot be read ({error.strerror}); check the file") from error
        raise InputError(f"{path}: is damaged ({short_reason(error)}); {SAVE_AGAIN}") from error
