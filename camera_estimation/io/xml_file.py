"""XML of others: no definitions of its own, no endless depth.

Entities that a file defines can be multiplied until the memory is full, or name other files of this machine.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from camera_estimation.errors import InputError
from camera_estimation.io.limits import check_limit

CHUNK = 1 << 20  # bytes
SEPARATOR = " "  # between the namespace of a name and the name


def look_through_xml(stream: Any, path: Path, tell: Callable[[str, Mapping[str, str]], None] | None = None) -> None:
    """Goes through the elements of a file, before a library reads it.

    Args:
        stream: Its content, opened for bytes.
        path: Which messages name.
        tell: Is told each element's name, without its namespace, and its attributes by theirs.

    Raises:
        InputError: It has definitions of its own, or is beyond ``limits.nesting``; one line.
        xml.parsers.expat.ExpatError: It is no XML.
    """
    parser: Any = expat.ParserCreate(namespace_separator=SEPARATOR)
    depth = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        check_limit("nesting", depth, path, "elements in each other", "write it flatter")
        if tell is not None:
            tell(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*described: Any) -> None:
        raise InputError(f"{path}: defines entities or a document type, which is not read; write it without them")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def parse_xml(text: str, path: Path, remedy: str) -> ElementTree.Element:
    """The root of a document.

    Args:
        text: Of the file.
        path: Which messages name.
        remedy: What to do about text that is no XML, at the end of the message.

    Raises:
        InputError: It is no XML, has definitions of its own, or is beyond ``limits.nesting``; one line.
    """
    content = text.encode("utf-8")
    try:
        look_through_xml(io.BytesIO(content), path)
        return ElementTree.fromstring(content)
    except (expat.ExpatError, ElementTree.ParseError, LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: is not valid XML ({error}); {remedy}") from error


def _local(name: str) -> str:
    return name.rpartition(SEPARATOR)[2]
