"""GLB files written by hand, so that what the loader reads is known by the glTF specification and not by a library."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

COMPONENTS = {"int8": 5120, "uint8": 5121, "int16": 5122, "uint16": 5123, "uint32": 5125, "float32": 5126}
ELEMENTS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
# A unit quad in the xy plane; corner k has texture coordinates QUAD_UV[k], v pointing down.
QUAD = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float32)
QUAD_UV = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], dtype=np.float32)
QUAD_FACES = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.uint16)


class GlbBuilder:
    """Collects accessors and pictures in one binary chunk; the caller completes ``tree`` and calls ``write``."""

    def __init__(self) -> None:
        self.binary = bytearray()
        self.tree: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0}],
            "meshes": [],
            "accessors": [],
            "bufferViews": [],
        }

    def view(self, content: bytes) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        self.tree["bufferViews"].append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(content)})
        self.binary += content
        return len(self.tree["bufferViews"]) - 1

    def accessor(self, values: np.ndarray, normalized: bool = False) -> int:
        columns = values.shape[1] if values.ndim == 2 else 1
        entry = {
            "bufferView": self.view(values.tobytes()),
            "componentType": COMPONENTS[values.dtype.name],
            "count": len(values),
            "type": ELEMENTS[columns],
        }
        self.tree["accessors"].append({**entry, "normalized": True} if normalized else entry)
        return len(self.tree["accessors"]) - 1

    def picture(self, texels: np.ndarray) -> int:
        stream = io.BytesIO()
        Image.fromarray(texels).save(stream, "PNG")
        self.tree.setdefault("images", []).append({"bufferView": self.view(stream.getvalue()), "mimeType": "image/png"})
        return len(self.tree["images"]) - 1

    def textured_material(self, texels: np.ndarray, sampler: dict | None = None, **texture_info: Any) -> dict[str, Any]:
        """Adds a material with the picture and returns its pbrMetallicRoughness for more keys."""
        texture = {"source": self.picture(texels)}
        if sampler is not None:
            self.tree.setdefault("samplers", []).append(sampler)
            texture["sampler"] = len(self.tree["samplers"]) - 1
        self.tree.setdefault("textures", []).append(texture)
        index = len(self.tree["textures"]) - 1
        return self.material({"baseColorTexture": {"index": index, **texture_info}})

    def material(self, roughness: dict[str, Any]) -> dict[str, Any]:
        self.tree.setdefault("materials", []).append({"pbrMetallicRoughness": roughness})
        return roughness

    def primitive(
        self,
        vertices: np.ndarray = QUAD,
        faces: np.ndarray | None = QUAD_FACES,
        material: int | None = None,
        mode: int | None = None,
        **attributes: int,
    ) -> dict[str, Any]:
        entry: dict[str, Any] = {"attributes": {"POSITION": self.accessor(vertices), **attributes}}
        if faces is not None:
            entry["indices"] = self.accessor(faces.reshape(-1))
        if material is not None:
            entry["material"] = material
        if mode is not None:
            entry["mode"] = mode
        return entry

    def mesh(self, *primitives: dict[str, Any]) -> int:
        self.tree["meshes"].append({"name": "same name", "primitives": list(primitives)})
        return len(self.tree["meshes"]) - 1

    def content(self) -> bytes:
        tree = {**self.tree, "buffers": [{"byteLength": len(self.binary)}]}
        document = json.dumps(tree).encode()
        document += b" " * (-len(document) % 4)
        binary = bytes(self.binary) + b"\0" * (-len(self.binary) % 4)
        return (
            struct.pack("<4sIII4s", b"glTF", 2, 28 + len(document) + len(binary), len(document), b"JSON")
            + document
            + struct.pack("<I4s", len(binary), b"BIN\0")
            + binary
        )

    def write(self, path: Path) -> Path:
        path.write_bytes(self.content())
        return path


def quad_tree(**changes) -> GlbBuilder:
    """A square, with changes of the document."""
    builder = GlbBuilder()
    builder.mesh(builder.primitive())
    builder.tree.update(changes)
    return builder
