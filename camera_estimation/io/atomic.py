"""Files that are written whole or not at all: first under another name in the same folder, then renamed."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

# A third of the time of Pillow's default (6) for files a few percent larger.
PNG_COMPRESSION = 3


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
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save(temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another output folder") from error


def write_text(path: Path, text: str) -> None:
    """UTF-8 with the line ends of ``text``."""
    write_bytes(path, text.encode("utf-8"))


def write_image(path: Path, picture: Image.Image) -> None:
    """A PNG file."""
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=PNG_COMPRESSION)
    write_bytes(path, stream.getvalue())
