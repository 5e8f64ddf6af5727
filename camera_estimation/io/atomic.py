"""Files that are written whole or not at all: first under another name in the same folder, then renamed."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt8
    from PIL import Image

FULL_DISK = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
TEMPORARY_SUFFIX = ".tmp"  # of NAME in its folder: .NAME.PROCESS.tmp, until it is whole
PNG_COMPRESSION = 3  # of Pillow: a third of the time of its default (6) for files a few percent larger
MODES = ("L", "RGB", "RGBA")  # of Pillow's pictures, that OpenCV writes


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, and its folder where there is none.

    Args:
        path: The file.
        content: All of it.

    Raises:
        InputError: It cannot be written; then what was there before is unharmed.
    """
    write_through(path, lambda place: place.write_bytes(content))


def write_through(path: Path, save: Callable[[Path], object]) -> None:
    """Write a file by what writes files by their path, as some libraries do, and its folder where there is none.

    Args:
        path: The file.
        save: Writes it to the path that it is given.

    Raises:
        InputError: It cannot be written; then what was there before is unharmed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save(temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error


def write_error(path: Path, error: OSError) -> InputError:
    """What is told where a file cannot be written, with what to do about it."""
    full = error.errno in FULL_DISK
    remedy = "free some space, then the same command goes on" if full else "choose another output folder"
    return InputError(f"{path}: cannot be written ({error.strerror or error}); {remedy}")


def is_disk_full(error: BaseException) -> bool:
    """Whether an error of this module's, or of the system's, is for want of space, or of what a quota leaves."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return isinstance(cause, OSError) and cause.errno in FULL_DISK


def write_text(path: Path, text: str) -> None:
    """UTF-8 with the line ends of ``text``."""
    write_bytes(path, text.encode("utf-8"))


def write_image(path: Path, picture: Image.Image) -> None:
    """A PNG file; the picture's color profile and the like stay."""
    if picture.mode in MODES and not picture.info:
        import numpy as np

        write_pixels(path, np.asarray(picture))
        return
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=PNG_COMPRESSION)
    write_bytes(path, stream.getvalue())


def write_pixels(path: Path, pixels: UInt8[np.ndarray, "H W *channels"]) -> None:
    """A PNG file, compressed quickly: of photographs and renders in a quarter of the time that Pillow takes, for files
    of the same size, or of half of it where much is of one color.

    Args:
        path: The file.
        pixels: Gray, RGB or RGBA by their shape.

    Raises:
        InputError: It cannot be written.
    """
    import cv2

    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    # Differences from the pixels above, of which runs are coded.
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    if hasattr(cv2, "IMWRITE_PNG_FILTER"):  # since OpenCV 4.12
        settings += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    write_bytes(path, cv2.imencode(".png", pixels, settings)[1].tobytes())
