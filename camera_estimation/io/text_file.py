"""Reading text files of the user's: what is wrong with one is told in one line."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

from camera_estimation.configuration import tomllib
from camera_estimation.errors import InputError
from camera_estimation.io.limits import check_limit, read_content

MEND = "mend or write it again"
# Whole numbers of more digits are no longer those of floating point, which most of them become.
LONG_NUMBER = re.compile(r"\d{300}")
JSON_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')
OPENING, CLOSING = b"[{(", b"]})"
_OTHERS = bytes(set(range(256)) - {*OPENING, *CLOSING})
_STEPS = {**dict.fromkeys(OPENING, 1), **dict.fromkeys(CLOSING, -1)}


def read_table(path: Path, content: str) -> str:
    """The text of a JSON or CSV file.

    Args:
        path: The file.
        content: What it is a table of, such as "boxes".

    Raises:
        InputError: It cannot be read, or is beyond ``limits.table_megabytes``; one line.
    """
    try:
        return read_content(path, "table_megabytes").decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a JSON or CSV file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a text file; give a JSON or CSV file of {content}") from error


def read_json(path: Path) -> Any:
    """The value of a JSON file that others may have written.

    Raises:
        InputError: There is no such file, it is not JSON, or it is beyond the limits; one line.
    """
    try:
        text = read_content(path, "table_megabytes").decode("utf-8-sig")
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
        InputError: It is not valid JSON, or nested deeper than ``limits.nesting``; one line.
    """
    try:
        tree = json.loads(text, parse_int=float if LONG_NUMBER.search(text) else None)
    except RecursionError as error:
        raise InputError(f"{path}: is not valid JSON (nested too deep); {remedy}") from error
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: is not valid JSON ({reason}); {remedy}") from error
    check_limit("nesting", bracket_depth(text, JSON_TEXTS), path, "tables and lists in each other", "write it flatter")
    return tree


def read_toml(path: Path, content: str) -> dict[str, Any]:
    """The tables of a TOML file.

    Args:
        path: The file.
        content: What it is a file of, such as "prompts".

    Raises:
        InputError: It cannot be read, is no TOML, or beyond the limits; one line.
    """
    try:
        text = read_content(path, "table_megabytes").decode("utf-8-sig")
        if LONG_NUMBER.search(text):
            raise InputError(f"{path}: has a number of 300 digits or more; {MEND}")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a TOML file of {content}") from error
    except RecursionError as error:
        raise InputError(f"{path}: not a valid TOML file: nested too deep; {MEND}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a valid TOML file: {error}") from error
    check_limit("nesting", _tree_depth(tree), path, "tables and lists in each other", "write it flatter")
    return tree


def bracket_depth(text: str, texts: re.Pattern[str]) -> int:
    """How deep brackets are in each other.

    Args:
        text: Of a file.
        texts: What in it is no structure: strings, comments.
    """
    brackets = texts.sub("", text).encode("utf-8", errors="replace").translate(None, _OTHERS)
    return max(accumulate(_STEPS[bracket] for bracket in brackets), default=0)


def _tree_depth(tree: Any) -> int:
    """How deep tables and lists are in each other."""
    depth, level = 0, [tree]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth
