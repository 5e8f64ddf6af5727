"""Textures of picture files that mesh files name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.io import read_content
from camera_estimation.mesh._named_files import find_named_file
from camera_estimation.mesh._texture_pictures import PictureFormatError, read_texture


def read_named_picture(name: str, owner: Path, remark: Callable[[str], None]) -> UInt8[np.ndarray, "H W 4"]:
    """Straight sRGB and alpha of a picture beside a mesh file.

    Args:
        name: As the mesh file has it.
        owner: The mesh file, or the file of its materials.
        remark: Is told where the picture is found elsewhere.

    Raises:
        InputError: It is missing, or cannot be read; the line names it.
    """
    path = find_named_file(name, owner, "texture", remark)
    return decode_picture(read_content(path), name, owner)


def decode_picture(content: bytes, name: str, owner: Path) -> UInt8[np.ndarray, "H W 4"]:
    """A picture's content; raises InputError as ``read_named_picture`` does."""
    try:
        return read_texture(content, f"{owner}: its texture {name}")
    except InputError:
        raise
    except PictureFormatError as error:
        raise InputError(f"{owner}: its texture {name} {error}") from error
    except MemoryError as error:
        raise InputError(f"{owner}: its texture {name} does not fit into memory; make it smaller") from error
    except Exception as error:  # whatever Pillow raises on broken content
        raise InputError(f"{owner}: its texture {name} cannot be read; export it as PNG or JPEG") from error
