"""The triangle primitives of a glTF document: vertices, triangles, texture coordinates and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.errors import InputError
from camera_estimation.mesh.gltf._accessors import is_normalized, read_accessor, read_numbers, real_numbers
from camera_estimation.mesh.gltf._default_pose import morph_values
from camera_estimation.mesh.gltf._draco import decode_draco
from camera_estimation.mesh.gltf._materials import MaterialReader
from camera_estimation.mesh.gltf.glb import EXPORT_AGAIN, Glb

TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN = 4, 5, 6
ALPHA = 3  # of the columns of a color


@dataclass(frozen=True)
class Primitive:
    """One triangle primitive in its own coordinates, morphed.

    ``colors`` is linear RGB, ``opacity`` the alpha of the vertices' colors, ``joints`` and ``weights`` those of a skin;
    they and ``uv`` may be missing.
    """

    vertices: Float[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]
    uv: Float[np.ndarray, "V 2"] | None
    colors: Float[np.ndarray, "V 3"] | None
    opacity: Float[np.ndarray, " V"] | None
    material: int | None
    joints: Float[np.ndarray, "V K"] | None = None
    weights: Float[np.ndarray, "V K"] | None = None


def reason_to_skip(described: dict[str, Any]) -> str | None:
    """Why a primitive shows no surface, in words; None: it does."""
    if described.get("mode", TRIANGLES) not in (TRIANGLES, TRIANGLE_STRIP, TRIANGLE_FAN):
        return "of points or lines"
    if "POSITION" not in described["attributes"]:
        return "without positions"
    return None


def read_primitive(
    glb: Glb, described: dict[str, Any], materials: MaterialReader, morph: tuple[float, ...]
) -> Primitive:
    """A primitive that shows a surface.

    Args:
        glb: The document.
        described: Its entry in there.
        materials: Tell which texture coordinates count.
        morph: Weights of its morph targets, or none.

    Raises:
        InputError: Its parts do not belong together, or are packed in a way that cannot be read here.
    """
    reader = _VertexReader(glb, described, morph)
    vertices = reader.read("POSITION", 3)
    assert vertices is not None
    faces = _faces(glb, described, len(vertices)) if reader.draco is None else reader.draco.faces
    if len(faces) and faces.max() >= len(vertices):
        raise InputError(
            f"{glb.path}: a triangle has vertex {faces.max()} of {len(vertices)}; repair the mesh or {EXPORT_AGAIN}"
        )
    material = described.get("material")
    colors = reader.read("COLOR_0", 3)
    return Primitive(
        vertices,
        faces,
        uv=reader.read(f"TEXCOORD_{materials.uv_set(material)}", 2),
        colors=colors,
        opacity=reader.read_opacity(),
        material=material,
        joints=reader.read_sets("JOINTS"),
        weights=reader.read_sets("WEIGHTS"),
    )


class _VertexReader:
    """What every vertex of one primitive has."""

    def __init__(self, glb: Glb, described: dict[str, Any], morph: tuple[float, ...]) -> None:
        self._glb, self._described, self._morph = glb, described, morph
        self._attributes = described["attributes"]
        self._count: int | None = None
        self.draco = decode_draco(glb, described)

    def read(self, name: str, columns: int) -> Float[np.ndarray, "V C"] | None:
        """The first ``columns`` of an attribute, morphed; None where there is none. The first one tells the number of
        vertices."""
        values = self._numbers(name, columns)
        if values is None:
            return None
        values = morph_values(self._glb, self._described, name, values[:, :columns], self._morph)
        # Vertices that are not finite are told once it is known which of them are used.
        return values if name == "POSITION" else np.nan_to_num(values, posinf=0.0, neginf=0.0)

    def read_opacity(self) -> Float[np.ndarray, " V"] | None:
        """Alpha of the vertices' colors; None where they have none, or all are opaque."""
        if "COLOR_0" not in self._attributes:
            return None
        values = self._numbers("COLOR_0", 3)
        if values is None or values.shape[1] <= ALPHA or (values[:, ALPHA] >= 1).all():
            return None
        return np.clip(np.nan_to_num(values[:, ALPHA]), 0.0, 1.0)

    def read_sets(self, name: str) -> Float[np.ndarray, "V K"] | None:
        """The columns of all sets of an attribute, such as those of JOINTS_0 and JOINTS_1; None: there is none."""
        sets: list[np.ndarray] = []
        while f"{name}_{len(sets)}" in self._attributes:
            values = self._numbers(f"{name}_{len(sets)}", 4)
            assert values is not None
            sets.append(values)
        return np.concatenate(sets, axis=1) if sets else None

    def _numbers(self, name: str, columns: int) -> Float[np.ndarray, "V C"] | None:
        accessor = self._attributes.get(name)
        if accessor is None:
            return None
        if self.draco is not None and name in self.draco.attributes:
            values = real_numbers(self.draco.attributes[name], is_normalized(self._glb, accessor))
        else:
            values = read_numbers(self._glb, accessor)
        if self._count is None:
            self._count = len(values)
        if values.shape[0] != self._count or values.shape[1] < columns:
            what = name.partition("_")[0].replace("TEXCOORD", "UV")
            raise InputError(f"{self._glb.path}: not every vertex has its {what} values; {EXPORT_AGAIN}")
        return values


def _faces(glb: Glb, described: dict[str, Any], vertex_count: int) -> Int[np.ndarray, "F 3"]:
    """Triangles of the indices, or of the vertices in their order where there are none."""
    if "indices" in described:
        indices = read_accessor(glb, described["indices"]).astype(np.int64).reshape(-1)
    else:
        indices = np.arange(vertex_count)
    mode = described.get("mode", TRIANGLES)
    if mode == TRIANGLES:
        return indices.reshape(-1, 3)
    if mode == TRIANGLE_FAN:
        first = np.broadcast_to(indices[:1], indices[1:-1].shape)
        return np.stack([first, indices[1:-1], indices[2:]], axis=-1)
    faces = np.stack([indices[:-2], indices[1:-1], indices[2:]], axis=-1)
    faces[1::2] = faces[1::2, ::-1]  # every other triangle of a strip is turned over
    return faces
