"""Reading text files of the user's: what is wrong with one is told in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError

MEND = "mend or write it again"


def read_table(path: Path, content: str) -> str:
    """The text of a JSON or CSV file.

    Args:
        path: The file.
        content: What it is a table of, such as "boxes".

    Raises:
        InputError: It cannot be read; one line.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a JSON or CSV file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a text file; give a JSON or CSV file of {content}") from error


def read_json(path: Path) -> Any:
    """The value of a JSON file that others may have written.

    Raises:
        InputError: There is no such file, or it is not JSON; one line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a JSON file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not valid JSON ({error}); {MEND}") from error
    return parse_json(text, path, MEND)


def parse_json(text: str, path: Path, remedy: str = "mend it, or name a CSV file .csv") -> Any:
    """The value that a file's text holds.

    Args:
        text: Of the file.
        path: Which messages name.
        remedy: What to do about text that is no JSON, at the end of the message.

    Raises:
        InputError: It is not valid JSON; one line.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: is not valid JSON ({reason}); {remedy}") from error
