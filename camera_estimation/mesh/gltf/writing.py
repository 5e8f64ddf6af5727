"""Meshes as binary glTF, whatever files they were read from."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image

from camera_estimation.mesh._srgb import linear_from_srgb
from camera_estimation.mesh.gltf._accessors import COLUMNS, COMPONENT_DTYPES
from camera_estimation.mesh.gltf._materials import WRAP_MODES
from camera_estimation.mesh.gltf.glb import BINARY_CHUNK, pack_chunk, pack_glb
from camera_estimation.mesh.textured_mesh import Texture, TexturedMesh

FLOAT, UNSIGNED_INT = 5126, 5125
TYPES = {columns: name for name, columns in COLUMNS.items()}
WRAP_CODES = {mode: code for code, mode in WRAP_MODES.items()}


def mesh_glb(mesh: TexturedMesh) -> bytes:
    """A GLB file's content: the mesh in world coordinates, with its textures and vertex colours."""
    writer = _GlbWriter()
    world = mesh.center.cpu().numpy() + mesh.radius * mesh.vertices.double().cpu().numpy()
    attributes = {
        "POSITION": writer.add_accessor(world, FLOAT, min=world.min(axis=0), max=world.max(axis=0)),
        "TEXCOORD_0": writer.add_accessor(mesh.uv.cpu().numpy(), FLOAT),
        "COLOR_0": writer.add_accessor(_linear_colors(mesh), FLOAT),
    }
    faces, textures = mesh.faces.cpu().numpy(), mesh.face_texture.cpu().numpy()
    primitives = [
        {
            "attributes": attributes,
            "indices": writer.add_accessor(faces[textures == index].reshape(-1, 1), UNSIGNED_INT),
            "material": writer.add_material(mesh.textures[index]),
        }
        for index in np.unique(textures)
    ]
    scene = {"meshes": [{"primitives": primitives}], "nodes": [{"mesh": 0}], "scenes": [{"nodes": [0]}], "scene": 0}
    return writer.content(scene)


def _linear_colors(mesh: TexturedMesh) -> Float[np.ndarray, "V C"]:
    """Of the vertices, with their alpha where not all are opaque."""
    colors = linear_from_srgb(mesh.vertex_colors.double().cpu().numpy())
    if mesh.vertex_opacity is None:
        return colors
    return np.column_stack([colors, mesh.vertex_opacity.double().cpu().numpy()])


class _GlbWriter:
    """Collects accessors and materials, and the binary chunk behind them."""

    def __init__(self) -> None:
        self._binary = bytearray()
        names = ("accessors", "bufferViews", "images", "materials", "samplers", "textures")
        self._lists: dict[str, list[dict[str, Any]]] = {name: [] for name in names}

    def add_accessor(self, values: np.ndarray, component: int, **bounds: np.ndarray) -> int:
        stored = values.astype(COMPONENT_DTYPES[component])
        return self._add(
            "accessors",
            {
                "bufferView": self._add_view(stored.tobytes()),
                "componentType": component,
                "count": len(stored),
                "type": TYPES[stored.shape[1]],
                **{name: values.astype(np.float32).tolist() for name, values in bounds.items()},
            },
        )

    def add_material(self, texture: Texture) -> int:
        stream = io.BytesIO()
        texels = texture.texels.cpu().numpy()
        if texture.opacity is not None:
            texels = np.dstack([texels, texture.opacity.cpu().numpy()])
        Image.fromarray(texels).save(stream, "PNG")
        image = self._add("images", {"bufferView": self._add_view(stream.getvalue()), "mimeType": "image/png"})
        wrap = {"wrapS": WRAP_CODES[texture.wrap_u], "wrapT": WRAP_CODES[texture.wrap_v]}
        index = self._add("textures", {"source": image, "sampler": self._add("samplers", wrap)})
        color = {"baseColorTexture": {"index": index}, "metallicFactor": 0.0}
        cutout = {"alphaMode": "MASK", "alphaCutoff": texture.cutoff} if texture.cutoff > 0 else {}
        return self._add("materials", {"pbrMetallicRoughness": color, **cutout})

    def content(self, scene: dict[str, Any]) -> bytes:
        buffers = [{"byteLength": len(self._binary)}]
        tree = {"asset": {"version": "2.0"}, "buffers": buffers, **self._lists, **scene}
        return pack_glb(tree, pack_chunk(BINARY_CHUNK, bytes(self._binary)))

    def _add_view(self, content: bytes) -> int:
        view = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(content)}
        self._binary += content + b"\0" * (-len(content) % 4)
        return self._add("bufferViews", view)

    def _add(self, kind: str, entry: dict[str, Any]) -> int:
        self._lists[kind].append(entry)
        return len(self._lists[kind]) - 1
