"""Whether files are the same. Nothing heavy is imported here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from camera_estimation.errors import InputError


def file_sha256(path: Path) -> str:
    """Raises InputError if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
