"""Reading files of the user's."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.errors import InputError


def read_table(path: Path, content: str) -> str:
    """The text of a JSON or CSV file of ``content``, such as "boxes". Raises InputError, in one line."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a JSON or CSV file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a text file; give a JSON or CSV file of {content}") from error
