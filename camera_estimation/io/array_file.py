"""Files of arrays of the user's: what is wrong with one is told in one line."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from camera_estimation.errors import InputError, short_reason
from camera_estimation.io.archive import check_archive
from camera_estimation.io.limits import check_file_size

SUFFIX = ".npy"

Result = TypeVar("Result")


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an NPZ file by name; pickles in it are not opened.

    Raises:
        InputError: There is no such file, it holds other things than plain arrays, or is beyond the limits; one line.
    """
    return _guard(path, "is no NPZ file of plain arrays", lambda: dict(_iterate_arrays(path)))


def read_array(path: Path) -> np.ndarray:
    """The array of an NPY file; pickles in it are not opened.

    Raises:
        InputError: There is no such file, or it is no plain array; one line.
    """

    def read() -> np.ndarray:
        check_file_size(path)
        with path.open("rb") as stream:
            return _read_plain(stream, path.stat().st_size)

    return _guard(path, "is no NPY file of a plain array", read)


def array_names(path: Path) -> set[str]:
    """The names of the arrays of an NPZ file, which are not read; none of a file that is no such."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.removesuffix(SUFFIX) for name in archive.namelist()}
    except Exception:  # zipfile has many errors for what is none
        return set()


def _guard(path: Path, told: str, read: Callable[[], Result]) -> Result:
    """What ``read`` returns, its errors as one line."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    try:
        return read()
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path}: does not fit into memory; make it smaller") from error
    except Exception as error:  # what zipfile and NumPy raise for other content
        raise InputError(f"{path}: {told} ({short_reason(error)}); write it again") from error


def _iterate_arrays(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    check_archive(path)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                yield member.filename.removesuffix(SUFFIX), _read_plain(stream, member.file_size)


def _read_plain(stream: Any, size: int) -> np.ndarray:
    """An array of as many bytes as its header says, which NumPy would take memory for before it looks. Raises
    ValueError for one that is none."""
    head = (np.lib.format.read_array_header_1_0, np.lib.format.read_array_header_2_0)
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"version {version} is not known")
    shape, fortran, dtype = head[version[0] - 1](stream)
    if dtype.hasobject:
        raise ValueError("it holds objects of Python, not numbers")
    length = math.prod(shape) * dtype.itemsize
    if length > size:
        raise ValueError(f"it ends after {size} bytes and says that it has {length}")
    values = np.frombuffer(bytearray(stream.read(length)), dtype=dtype)  # which can be written to
    return values.reshape(shape[::-1]).T if fortran else values.reshape(shape)
