"""Reading text files of the user's: what is wrong with one is told in one line."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from pathlib import Path
from typing import Any

from camera_estimation.configuration import tomllib
from camera_estimation.errors import InputError, short_reason
from camera_estimation.io.limits import check_limit, read_content

MEND = "mend or write it again"
FEWER_VALUES = {"scene_values": "simplify its scene, or join its meshes", "table_values": "split it"}  # by their limits
# Whole numbers of more digits are no longer those of floating point, which most of them become.
LONG_NUMBER = re.compile(r"\d{300}")
JSON_TEXT = re.compile(r'"[^"]*"')  # without escaped quotes; a pattern with them takes 5 GB for one of 50 MB
BACKSLASH, QUOTE = "\\\\", '\\"'  # as JSON escapes them
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
        return _read_text(path, "JSON or CSV")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a text file; give a JSON or CSV file of {content}") from error


def read_json(path: Path) -> Any:
    """The value of a JSON file that others may have written.

    Raises:
        InputError: There is no such file, it is not JSON, or it is beyond the limits; one line.
    """
    try:
        text = _read_text(path, "JSON")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not valid JSON ({error}); {MEND}") from error
    return parse_json(text, path, MEND)


def _read_text(path: Path, kind: str) -> str:
    """The text of a file of some kind. Raises InputError, and UnicodeDecodeError for what is no text."""
    try:
        return read_content(path, "table_megabytes").decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a {kind} file") from error


def parse_json(
    text: str, path: Path, remedy: str = "mend it, or name a CSV file .csv", limit: str = "table_values"
) -> Any:
    """The value that a file's text holds.

    Args:
        text: Of the file.
        path: Which messages name.
        remedy: What to do about text that is no JSON, at the end of the message.
        limit: Of the number of values.

    Raises:
        InputError: It is not valid JSON, nested deeper than ``limits.nesting``, or has more values than the limit; one
            line.
    """
    structure = json_structure(text)
    check_limit(limit, count_values(structure), path, "values in its JSON", FEWER_VALUES[limit])
    check_limit("nesting", bracket_depth(structure), path, "tables and lists in each other", "write it flatter")
    try:
        tree = json.loads(text, parse_int=float if LONG_NUMBER.search(text) else None)
    except RecursionError as error:
        raise InputError(f"{path}: is not valid JSON (nested too deep); {remedy}") from error
    except ValueError as error:
        raise InputError(f"{path}: is not valid JSON ({short_reason(error)}); {remedy}") from error
    return tree


def json_structure(text: str) -> str:
    """A JSON text without the texts in it; of what is no JSON something."""
    return JSON_TEXT.sub("", text.replace(BACKSLASH, "").replace(QUOTE, ""))


def count_values(structure: str) -> int:
    """How many values a JSON text has, before it is parsed; empty lists and tables with a blank in them count twice.

    Args:
        structure: By ``json_structure``.
    """
    return 1 + sum(structure.count(mark) for mark in ",[{") - sum(structure.count(empty) for empty in ("[]", "{}"))


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


def bracket_depth(structure: str) -> int:
    """How deep brackets are in each other.

    Args:
        structure: The text of a file without strings and comments.
    """
    brackets = structure.encode("utf-8", errors="replace").translate(None, _OTHERS)
    return max(accumulate(_STEPS[bracket] for bracket in brackets), default=0)


def _tree_depth(tree: Any) -> int:
    """How deep tables and lists are in each other."""
    depth, level = 0, [tree]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth
