"""Which files a mesh file names beside itself: what it looks like depends on them too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from camera_estimation.errors import InputError
from camera_estimation.io import parse_json, read_content
from camera_estimation.mesh._named_files import find_named_file

LIBRARY_LINE = re.compile(rb"^[ \t]*mtllib[ \t]+(.+?)[ \t\r]*$", re.MULTILINE)  # of OBJ
PICTURE_LINE = re.compile(rb"^[ \t]*map_\w+[ \t]+(.+?)[ \t\r]*$", re.MULTILINE | re.IGNORECASE)  # of MTL
URI_TABLES = ("buffers", "images")  # of glTF


def list_companions(path: Path) -> tuple[Path, ...]:
    """The files that an OBJ or glTF file names and that are there; of other formats, and of damaged files, none.

    Args:
        path: The mesh file.
    """
    names = {".obj": _names_in_wavefront, ".gltf": _names_in_gltf}.get(path.suffix.lower())
    found: dict[Path, None] = {}
    if names is not None:
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
            for companion in names(path):
                found[companion] = None
    return tuple(found)


def _names_in_wavefront(path: Path) -> Iterator[Path]:
    for name in LIBRARY_LINE.findall(path.read_bytes()):
        for library in _look_up(name.decode(errors="replace"), path):
            yield library
            for picture in PICTURE_LINE.findall(library.read_bytes()):
                text = picture.decode(errors="replace")
                yield from _look_up(text, library) or _look_up(text.split()[-1], library)  # behind options


def _names_in_gltf(path: Path) -> Iterator[Path]:
    tree = parse_json(read_content(path).decode("utf-8-sig"), path, limit="scene_values")
    for table in URI_TABLES:
        for item in tree.get(table, ()):
            uri = item.get("uri")
            if isinstance(uri, str) and not uri.startswith("data:"):
                yield from _look_up(uri, path)


def _look_up(name: str, owner: Path) -> list[Path]:
    try:
        return [find_named_file(name, owner, "file", lambda line: None)]
    except InputError:
        return []
