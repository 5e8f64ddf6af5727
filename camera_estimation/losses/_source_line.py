"""Errors of code that a user wrote: the line of it where they come from."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from camera_estimation.errors import InputError

# Classes of objectives from a file given by the user have its path in this attribute.
SOURCE_FILE = "source_file"


def blame_file(cls: type, error: Exception) -> Exception:
    """The error as one line with file and line number if ``cls`` comes from a user's file, else the error itself."""
    path = getattr(cls, SOURCE_FILE, None)
    return error if path is None or isinstance(error, InputError) else InputError(describe_error(error, Path(path)))


def describe_error(error: BaseException, path: Path) -> str:
    """One line: the file, the last line of it that the error passed through or that is no Python, and the error."""
    message = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    kind = type(error).__name__
    return f"{path}:{_line(error, path)} {kind}: {message}" if message else f"{path}:{_line(error, path)} {kind}"


def _line(error: BaseException, path: Path) -> str:
    file = os.path.abspath(path)
    if isinstance(error, SyntaxError) and error.filename == file:
        return f"{error.lineno}:"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f"{lines[-1]}:" if lines else ""
