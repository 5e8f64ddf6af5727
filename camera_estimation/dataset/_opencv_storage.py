"""Files of ``cv2.FileStorage``, YAML or XML, as tables, lists and texts.

They are not read by OpenCV, whose parser of them writes beyond its memory on damaged files and ends the process.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from camera_estimation.errors import InputError, short_reason
from camera_estimation.io import bracket_depth, check_limit, parse_xml, read_table

WRITE_AGAIN = "write it again"
ROOT = "opencv_storage"
# What OpenCV writes and YAML does not know: "%YAML:1.0", and quotes with a backslash.
VERSION_LINE = re.compile(r"\A\s*%YAML[^\n]*\n")
ESCAPED_QUOTE = re.compile(r"((?<!\\)(?:\\\\)*)\\'")
YAML_TEXTS = re.compile(r"#[^\n]*")
BLOCKS = re.compile(r"^[ \t]*(?:[-?:][ \t]+)+", re.MULTILINE)


def read_storage(path: Path) -> dict[str, Any]:
    """The content of a file: tables, lists, and texts, numbers among them.

    Raises:
        InputError: It cannot be read, or is neither YAML nor XML; one line.
    """
    text = read_table(path, "cameras")
    is_xml = path.suffix.lower() == ".xml" or text.lstrip().startswith("<?xml")
    tree = _xml_tree(text, path) if is_xml else _yaml_tree(text, path)
    if not isinstance(tree, dict):
        raise InputError(f"{path}: is no table of values as OpenCV writes it; {WRITE_AGAIN}")
    return tree


def storage_numbers(value: Any, where: str) -> list[float] | None:
    """Of a number, a matrix, a list, or of the rows, cols and data that ROS writes; None for nothing.

    Raises:
        InputError: It is something else; one line.
    """
    if value is None or value == "":
        return None
    listed = value.get("data") if isinstance(value, dict) else value
    words = listed.split() if isinstance(listed, str) else listed
    if not isinstance(words, list):
        raise InputError(f"{where}: has something else than numbers in a matrix; {WRITE_AGAIN}")
    try:
        return [_parse_scalar(word) for word in words]
    except (TypeError, ValueError):
        raise InputError(f"{where}: has something else than numbers in a matrix; {WRITE_AGAIN}") from None


def _parse_scalar(word: Any) -> float:
    """As C and YAML write it: ``.Nan`` and ``-.Inf`` too."""
    if not isinstance(word, str):
        raise TypeError("no number")
    bare = word.lower().lstrip("+-")
    if bare in (".nan", ".inf"):
        return math.nan if bare == ".nan" else math.copysign(math.inf, -1 if word.startswith("-") else 1)
    return float(word)


def _yaml_tree(text: str, path: Path) -> Any:
    import yaml

    deepest = bracket_depth(YAML_TEXTS.sub("", text))
    deepest += max((len(block.split()) for block in BLOCKS.findall(text)), default=0)
    check_limit("nesting", deepest, path, "lists in each other", WRITE_AGAIN)
    try:
        # Of this loader all values are texts, whatever tags they have: it makes no other objects.
        plain = ESCAPED_QUOTE.sub(r"\1'", VERSION_LINE.sub("", text))
        return yaml.load(plain, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: is no YAML or XML of OpenCV ({short_reason(error)}); {WRITE_AGAIN}") from error


def _xml_tree(text: str, path: Path) -> Any:
    root = parse_xml(text, path, WRITE_AGAIN)
    if root.tag != ROOT:
        raise InputError(f"{path}: is no XML of OpenCV (its root is <{root.tag[:40]}>); {WRITE_AGAIN}")
    return _element_value(root)


def _element_value(element: ElementTree.Element) -> Any:
    """A table of its children by their names, a list of those that are named ``_``, or its text."""
    children = list(element)
    if not children:
        text = (element.text or "").strip()
        quoted = len(text) > 1 and text[0] == text[-1] == '"'
        return text[1:-1] if quoted else text
    values = [_element_value(child) for child in children]
    if all(child.tag == "_" for child in children):
        return values
    return {child.tag: value for child, value in zip(children, values, strict=True)}
