"""The GLB container: a JSON chunk and a binary chunk.

trimesh reads the geometry, but it loses samplers, texture transforms and the other texture coordinate sets, so the
JSON is read here as well.
"""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from camera_estimation.errors import InputError

MAGIC, JSON_CHUNK, BINARY_CHUNK = b"glTF", b"JSON", b"BIN\0"
COMPONENT_DTYPES = {5120: "int8", 5121: "uint8", 5122: "int16", 5123: "uint16", 5125: "uint32", 5126: "float32"}
EXPORT_AGAIN = "export the mesh as a binary glTF 2.0 file again"


@dataclass(frozen=True)
class Glb:
    """``tree`` is the glTF document; ``binary`` the bytes that its first buffer stands for (maybe none)."""

    path: Path
    tree: dict[str, Any]
    binary: bytes

    def view_bytes(self, view_index: int) -> bytes:
        """The bytes of a buffer view of the binary chunk."""
        view = self.tree["bufferViews"][view_index]
        start, length = view.get("byteOffset", 0), view["byteLength"]
        if view["buffer"] != 0 or start + length > len(self.binary):
            raise ValueError("a buffer view lies outside of the binary chunk")
        return self.binary[start : start + length]

    def uri_bytes(self, uri: str) -> bytes:
        """The bytes behind a data URI or the name of a file beside the GLB."""
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        return (self.path.parent / unquote(uri)).read_bytes()


def read_glb(path: Path) -> Glb:
    """Raises InputError if the file is not a whole GLB of version 2."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a GLB file; give the path of a .glb file")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file") from error
    if not content:
        raise InputError(f"{path}: is empty; {EXPORT_AGAIN}")
    if not content.startswith(MAGIC):
        raise InputError(f"{path}: is not a GLB file; export the mesh as binary glTF 2.0 (.glb)")
    if len(content) < 20:
        raise InputError(f"{path}: is cut short; copy it or {EXPORT_AGAIN}")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise InputError(f"{path}: is glTF version {version}, only version 2 can be read; {EXPORT_AGAIN}")
    if length > len(content):
        raise InputError(f"{path}: is cut short ({len(content)} of {length} bytes); copy it or {EXPORT_AGAIN}")
    chunks = _chunks(content)
    try:
        tree = json.loads(chunks[JSON_CHUNK].decode("utf-8"))
    except (KeyError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: its JSON chunk is broken; {EXPORT_AGAIN}") from error
    if not isinstance(tree, dict):
        raise InputError(f"{path}: its JSON chunk is not a glTF document; {EXPORT_AGAIN}")
    return Glb(path, tree, chunks.get(BINARY_CHUNK, b""))


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """The first chunk of each kind."""
    chunks: dict[bytes, bytes] = {}
    offset = 12
    while offset + 8 <= len(content):
        (length,) = struct.unpack_from("<I", content, offset)
        chunks.setdefault(content[offset + 4 : offset + 8], content[offset + 8 : offset + 8 + length])
        offset += 8 + length
    return chunks


def glb_bytes(tree: dict[str, Any], binary: bytes) -> bytes:
    """A GLB file's content."""
    document = json.dumps(tree).encode()
    document += b" " * (-len(document) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(document), JSON_CHUNK) + document
    if binary:
        chunks += struct.pack("<I4s", len(binary), BINARY_CHUNK) + binary
    return struct.pack("<4sII", MAGIC, 2, 12 + len(chunks)) + chunks
