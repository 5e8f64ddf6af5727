"""Whether an uploaded file is what it says and no more than can be handled, before it is decoded."""

from __future__ import annotations

import io
import json
import mmap
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import count_values, json_structure, open_picture, open_picture_format
from camera_estimation.web.upload_limits import MOST_ELEMENTS, MOST_PIXELS
from camera_estimation.web.upload_names import TooLargeError

# Files that hold all that they show. Others name further files, which are not uploaded with them and must not be looked
# for on this machine.
MESH_SUFFIXES = (".glb", ".ply", ".stl", ".off", ".obj")
SELF_CONTAINED = "save the mesh as one .glb with its textures in it"
GLB_MAGIC, JSON_CHUNK = 0x46546C67, 0x4E4F534A
MOST_DOCUMENT_BYTES = 50_000_000  # of the JSON in a GLB
MOST_VALUES = 2_000_000  # that it has: each takes a hundred bytes of memory
HEADER_BYTES = 65536  # of a PLY file, in which its header is looked for


def check_picture(path: Path, name: str, most_pixels: int = MOST_PIXELS) -> tuple[int, int]:
    """Width and height as the file says them.

    Args:
        path: Of the file.
        name: What messages call it.
        most_pixels: That are taken.

    Raises:
        InputError: It is no picture.
        TooLargeError: It has too many pixels.
    """
    from PIL import Image

    try:
        with open_picture(path) as opened:
            width, height = opened.size
    except InputError as error:
        raise InputError(str(error).replace(str(path), name)) from error
    except Image.DecompressionBombError as error:
        raise TooLargeError(f"{name}: has too many pixels; make it smaller") from error
    except Exception as error:  # whatever Pillow raises on what is no picture
        raise InputError(f"{name}: is not an image that can be read; save it again as PNG, JPEG or WebP") from error
    if width * height > most_pixels:
        raise TooLargeError(
            f"{name}: has {width} x {height} pixels, more than the {most_pixels / 1e6:g} million that are taken here; "
            "make it smaller, or give its folder to camera-estimate"
        )
    return width, height


def check_mesh(path: Path, name: str) -> None:
    """What a mesh file says of itself; the mesh's reader says whether that is true.

    Args:
        path: Of the file.
        name: What messages call it.

    Raises:
        InputError: It is no mesh, or names other files.
        TooLargeError: It says that it holds too much.
    """
    suffix = path.suffix.lower()
    if suffix == ".glb":
        _check_glb(path, name)
    elif suffix == ".obj":
        _refuse_lines(path, name, (b"mtllib",))
    elif suffix == ".ply":
        _check_ply(path, name)


def _check_glb(path: Path, name: str) -> None:
    with _map_file(path, name) as content:
        _check_document(*_read_glb(content, name), name)


def _check_document(tree: dict[str, Any], content: mmap.mmap, start: int, name: str) -> None:
    """``start``: of the binary chunk in ``content``."""
    for what in ("buffers", "images"):
        for part in _tables(tree, what):
            uri = part.get("uri")
            if isinstance(uri, str) and not uri.startswith("data:"):
                raise InputError(f"{name}: names another file ({uri[:60]}); {SELF_CONTAINED}")
    elements = sum(_number(accessor, "count") for accessor in _tables(tree, "accessors"))
    if elements > MOST_ELEMENTS:
        raise TooLargeError(f"{name}: says that it has {elements} values, more than are taken here; simplify the mesh")
    views = _tables(tree, "bufferViews")
    pixels = 0
    for image in _tables(tree, "images"):
        index = image.get("bufferView")
        if isinstance(index, int) and 0 <= index < len(views):
            first, length = start + _number(views[index], "byteOffset"), _number(views[index], "byteLength")
            pixels += _pixels_of(content[first : first + length])
    if pixels > MOST_PIXELS:
        raise TooLargeError(f"{name}: has textures of {pixels} pixels, more than are taken here; make them smaller")


@contextmanager
def _map_file(path: Path, name: str) -> Iterator[mmap.mmap]:
    """The content of a file, of which only what is looked at is in memory."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise InputError(f"{name}: is empty; export the mesh again")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content


def _read_glb(content: mmap.mmap, name: str) -> tuple[dict[str, Any], mmap.mmap, int]:
    try:
        magic, _, _, length, kind = struct.unpack_from("<5I", content)
        if magic != GLB_MAGIC or kind != JSON_CHUNK:
            raise ValueError("no GLB")
        if length > MOST_DOCUMENT_BYTES:
            raise TooLargeError(f"{name}: has a document of {length} bytes; simplify its scene, or join its meshes")
        document = content[20 : 20 + length].decode("utf-8")
        values = count_values(json_structure(document))
        if values > MOST_VALUES:
            raise TooLargeError(f"{name}: has a document of {values} values; simplify its scene, or join its meshes")
        tree = json.loads(document)
        if not isinstance(tree, dict):
            raise ValueError("no document")
    except TooLargeError:
        raise
    except (struct.error, ValueError, RecursionError) as error:
        raise InputError(f"{name}: is not a GLB file; export the mesh again as .glb") from error
    return tree, content, 20 + length + 8


def _tables(tree: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = tree.get(key)
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _number(table: dict[str, Any], key: str) -> int:
    value = table.get(key, 0)
    return value if isinstance(value, int) and value > 0 else 0


def _pixels_of(encoded: bytes) -> int:
    """Of a picture as its header says; 0 for what the mesh's reader has to tell about."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with open_picture_format(io.BytesIO(encoded)) as opened:
                return opened.width * opened.height
    except Image.DecompressionBombError:
        return MOST_PIXELS + 1
    except Exception:  # KTX2, or damaged: the mesh's reader says what is wrong with it
        return 0


def _refuse_lines(path: Path, name: str, words: tuple[bytes, ...]) -> None:
    with _map_file(path, name) as content:
        found = re.search(rb"^[^\S\n]*(?:" + b"|".join(words) + rb")[^\n]{0,60}", content, re.MULTILINE | re.IGNORECASE)
        if found:
            raise InputError(f"{name}: names another file ({found[0].decode('latin-1').strip()}); {SELF_CONTAINED}")


def _check_ply(path: Path, name: str) -> None:
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES).partition(b"end_header")[0]
    if b"texturefile" in header.lower():
        raise InputError(f"{name}: names the file of its texture; {SELF_CONTAINED}")
    for line in header.splitlines():
        words = line.split()
        if words[:1] == [b"element"] and len(words) == 3 and words[2].isdigit() and int(words[2]) > MOST_ELEMENTS:
            raise TooLargeError(f"{name}: says that it has {int(words[2])} elements; simplify the mesh")
