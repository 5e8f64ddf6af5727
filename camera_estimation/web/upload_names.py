"""Names of uploads, and the error of those that are too large."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

from camera_estimation.errors import InputError

LONGEST_NAME = 80  # characters


class TooLargeError(InputError):
    """A file is larger than is taken."""


def safe_name(name: str) -> str:
    """The last part of a path of any system, without what file systems or shells take for something else."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    path = PurePosixPath(re.sub(r"[^\w.-]+", "_", last).lstrip(".-") or "file")
    return f"{path.stem[:LONGEST_NAME]}{path.suffix.lower()}"
