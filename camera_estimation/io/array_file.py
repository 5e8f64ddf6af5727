"""Files of arrays of the user's: what is wrong with one is told in one line."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from camera_estimation.errors import InputError


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an NPZ file by name; pickles in it are not opened.

    Raises:
        InputError: There is no such file, or it holds other things than plain arrays; one line.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    try:
        with np.load(path, allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except Exception as error:  # what zipfile and NumPy raise for other content
        reason = " ".join(f"{error}".split())[:100]
        raise InputError(f"{path}: is no NPZ file of plain arrays ({reason}); write it again") from error


def array_names(path: Path) -> set[str]:
    """The names of the arrays of an NPZ file, which are not read; none of a file that is no such."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(".npy") for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile):
        return set()
