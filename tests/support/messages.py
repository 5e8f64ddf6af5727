"""What users are told of a file that cannot be used."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.errors import InputError


def assert_is_one_line_about(path: Path, error: InputError, reason: str) -> None:
    """That names the file, says why, and what to do."""
    message = str(error)
    assert message.startswith(f"{path}: ")
    assert reason in message
    assert "; " in message
    assert "\n" not in message
