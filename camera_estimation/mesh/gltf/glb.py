"""The containers of glTF: a GLB file with a JSON chunk and a binary chunk, or a document with its files beside it.

They are read here, not by trimesh, which loses samplers, texture transforms, the other texture coordinate sets, vertex
colours of more than 8 bits, and the children of cameras.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import check_file_size, check_limit, parse_json, read_content
from camera_estimation.mesh.gltf._meshopt import decode_view
from camera_estimation.mesh.gltf._uris import read_uri

MAGIC, JSON_CHUNK, BINARY_CHUNK = b"glTF", b"JSON", b"BIN\0"
HEADER_BYTES, CHUNK_HEADER_BYTES = 12, 8  # magic, version, length; length, kind
EXPORT_AGAIN = "export the mesh as a binary glTF 2.0 file again"
MEGA = 1_000_000
COMPRESSION_EXTENSIONS = ("EXT_meshopt_compression", "KHR_meshopt_compression")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Glb:
    """``tree`` is the glTF document; ``binary`` the bytes of the buffer that has no URI (maybe none)."""

    path: Path
    tree: dict[str, Any]
    binary: bytes
    _buffers: dict[int, bytes] = field(default_factory=dict, repr=False)
    _views: dict[int, bytes] = field(default_factory=dict, repr=False)  # those that are compressed
    _remarks: dict[str, None] = field(default_factory=dict, repr=False)

    def remark(self, line: str) -> None:
        """Notes, once, what is left out or assumed."""
        self._remarks[line] = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """The lines so far."""
        return tuple(self._remarks)

    def view_bytes(self, view_index: int) -> memoryview:
        """The bytes of a buffer view, decompressed, once however many accessors share it. Raises ValueError if the
        buffer is shorter."""
        view = self.tree["bufferViews"][view_index]
        for name in COMPRESSION_EXTENSIONS:
            packed = view.get("extensions", {}).get(name)
            if packed is not None:
                if view_index not in self._views:
                    unpacked = packed["count"] * packed["byteStride"] / MEGA
                    check_limit("unpacked_megabytes", unpacked, self.path, "megabytes in a compressed view")
                    self._views[view_index] = decode_view(bytes(self._slice(packed)), packed)
                return memoryview(self._views[view_index])
        return self._slice(view)

    def uri_bytes(self, uri: str, what: str) -> bytes:
        """The bytes behind a data URI or the name of a file beside the document; ``what`` names it in messages."""
        return read_uri(uri, self.path, what, self.remark)

    def _slice(self, view: dict[str, Any]) -> memoryview:
        start, length = view.get("byteOffset", 0), view["byteLength"]
        content = memoryview(self._buffer(view["buffer"]))
        if not 0 <= start <= start + length <= len(content):
            raise ValueError("a buffer view lies outside of its buffer")
        return content[start : start + length]

    def _buffer(self, index: int) -> bytes:
        uri = self.tree["buffers"][index].get("uri")
        if uri is None:
            return self.binary
        if index not in self._buffers:
            self._buffers[index] = self.uri_bytes(uri, "buffer")
        return self._buffers[index]


def read_glb(path: Path) -> Glb:
    """Raises InputError if the file is neither a whole GLB of version 2 nor a glTF document of that version."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder, not a GLB file; give the path of a .glb file")
    try:
        check_file_size(path)
        content = read_content(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file") from error
    if not content:
        raise InputError(f"{path}: is empty; {EXPORT_AGAIN}")
    if content.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"{"):
        return _read_document(path, content)
    if not is_glb(content):
        raise InputError(f"{path}: is not a GLB file; export the mesh as binary glTF 2.0 (.glb)")
    if len(content) < HEADER_BYTES + CHUNK_HEADER_BYTES:
        raise InputError(f"{path}: is cut short; copy it or {EXPORT_AGAIN}")
    version, length = struct.unpack_from("<II", content, 4)
    if version != 2:
        raise InputError(f"{path}: is glTF version {version}, only version 2 can be read; {EXPORT_AGAIN}")
    if length > len(content):
        raise InputError(f"{path}: is cut short ({len(content)} of {length} bytes); copy it or {EXPORT_AGAIN}")
    chunks = _chunks(content)
    try:
        text = chunks[JSON_CHUNK].decode("utf-8")
    except (KeyError, ValueError) as error:
        raise InputError(f"{path}: its JSON chunk is broken; {EXPORT_AGAIN}") from error
    tree = parse_json(text, path, EXPORT_AGAIN, "scene_values")
    if not isinstance(tree, dict):
        raise InputError(f"{path}: its JSON chunk is not a glTF document; {EXPORT_AGAIN}")
    return Glb(path, tree, chunks.get(BINARY_CHUNK, b""))


def _read_document(path: Path, content: bytes) -> Glb:
    """A ``.gltf`` file: the document alone."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a whole glTF document; copy it or {EXPORT_AGAIN}") from error
    tree = parse_json(text, path, f"copy it or {EXPORT_AGAIN}", "scene_values")
    version = tree.get("asset", {}).get("version") if isinstance(tree.get("asset"), dict) else None
    if version is None:
        raise InputError(f"{path}: is not a glTF document; {EXPORT_AGAIN}")
    if not str(version).startswith("2"):
        raise InputError(f"{path}: is glTF version {version}, only version 2 can be read; {EXPORT_AGAIN}")
    return Glb(path, tree, b"")


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """The first chunk of each kind."""
    chunks: dict[bytes, bytes] = {}
    offset = HEADER_BYTES
    while offset + CHUNK_HEADER_BYTES <= len(content):
        (length,) = struct.unpack_from("<I", content, offset)
        start = offset + CHUNK_HEADER_BYTES
        chunks.setdefault(content[offset + 4 : start], content[start : start + length])
        offset = start + length
    return chunks


def is_glb(content: bytes) -> bool:
    """Whether a file's content is that of a GLB file, whole or not."""
    return content.startswith(MAGIC)


def split_glb(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The document of a GLB file that ``read_glb`` accepts, and the chunks behind it as they are."""
    (length,) = struct.unpack_from("<I", content, HEADER_BYTES)
    start = HEADER_BYTES + CHUNK_HEADER_BYTES
    return json.loads(content[start : start + length]), content[start + length :]


def pack_glb(tree: dict[str, Any], other_chunks: bytes) -> bytes:
    """A GLB file's content: the document, and chunks behind it that are packed already."""
    document = json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()
    chunks = pack_chunk(JSON_CHUNK, document, b" ") + other_chunks
    return struct.pack("<4sII", MAGIC, 2, HEADER_BYTES + len(chunks)) + chunks


def pack_chunk(kind: bytes, content: bytes, padding: bytes = b"\0") -> bytes:
    """A chunk with its head, padded to whole words as the format wants it."""
    content += padding * (-len(content) % 4)
    return struct.pack("<I4s", len(content), kind) + content
