"""A GLB file to which things are added; what it has stays as it is."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.mesh.gltf import BINARY_CHUNK, pack_chunk, pack_glb, split_glb

FLOAT, UNSIGNED_SHORT = 5126, 5123
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
CHUNK_HEAD = 8  # bytes


class GlbEditor:
    """Adds to the document and the binary chunk of a GLB file that has one buffer.

    Args:
        content: Of the file.
    """

    def __init__(self, content: bytes) -> None:
        self.tree, chunks = split_glb(content)
        (length,) = struct.unpack_from("<I", chunks)
        self._binary = bytearray(chunks[CHUNK_HEAD : CHUNK_HEAD + length])

    def add(self, kind: str, entry: dict[str, Any]) -> int:
        """Append to a list of the document, such as "nodes"; returns the place."""
        entries = self.tree.setdefault(kind, [])
        entries.append(entry)
        return len(entries) - 1

    def add_view(self, content: bytes) -> int:
        """Append bytes; returns the place of their buffer view."""
        self._binary += b"\0" * (-len(self._binary) % 4)
        view = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(content)}
        self._binary += content
        return self.add("bufferViews", view)

    def add_numbers(self, values: Float[np.ndarray, "N C"], *, bounds: bool = False) -> int:
        """Append numbers in single precision; returns the place of their accessor."""
        stored = np.ascontiguousarray(values, dtype="<f4")
        entry: dict[str, Any] = {"bufferView": self.add_view(stored.tobytes()), "componentType": FLOAT}
        entry |= {"count": len(stored), "type": TYPES[stored.shape[1]]}
        if bounds:
            entry |= {"min": stored.min(axis=0).tolist(), "max": stored.max(axis=0).tolist()}
        return self.add("accessors", entry)

    def add_indices(self, values: Int[np.ndarray, " N"]) -> int:
        """Append indices of few vertices; returns the place of their accessor."""
        view = self.add_view(values.astype("<u2").tobytes())
        return self.add(
            "accessors", {"bufferView": view, "componentType": UNSIGNED_SHORT, "count": len(values), "type": "SCALAR"}
        )

    def use_extension(self, name: str) -> None:
        """Tell that the document has it."""
        used = self.tree.setdefault("extensionsUsed", [])
        if name not in used:
            used.append(name)

    def content(self) -> bytes:
        """Of the file with what was added."""
        self.tree["buffers"][0]["byteLength"] = len(self._binary)
        return pack_glb(self.tree, pack_chunk(BINARY_CHUNK, bytes(self._binary)))
