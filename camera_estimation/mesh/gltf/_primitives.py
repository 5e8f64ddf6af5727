"""The triangle primitives of a glTF document: vertices, triangles, texture coordinates and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.errors import InputError
from camera_estimation.mesh.gltf._accessors import read_accessor, read_numbers
from camera_estimation.mesh.gltf._materials import MaterialReader
from camera_estimation.mesh.gltf._nodes import world_transforms
from camera_estimation.mesh.gltf.glb import EXPORT_AGAIN, Glb

TRIANGLES, TRIANGLE_STRIP = 4, 5
READABLE_EXTENSIONS = ("KHR_texture_transform", "KHR_mesh_quantization", "EXT_texture_webp", "KHR_lights_punctual")


@dataclass(frozen=True)
class Primitive:
    """One triangle primitive in its own coordinates. ``colors`` is linear; it and ``uv`` may be missing."""

    vertices: Float[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]
    uv: Float[np.ndarray, "V 2"] | None
    colors: Float[np.ndarray, "V 3"] | None
    material: int | None


@dataclass(frozen=True)
class Instance:
    """A primitive where a node of the scene puts it."""

    primitive: Primitive
    world_from_local: Float[np.ndarray, "4 4"]


def read_instances(glb: Glb, materials: MaterialReader) -> list[Instance]:
    """Every triangle primitive of the scene, once for each node that shows it, in the order of the nodes.

    Broken content raises InputError, or whatever look-ups in a malformed document and numpy raise on it.
    """
    _require_readable(glb)
    primitives: dict[int, list[Primitive]] = {}
    instances = []
    for node, world_from_local in world_transforms(glb.tree).items():
        mesh = glb.tree["nodes"][node].get("mesh")
        if mesh is None:
            continue
        if mesh not in primitives:
            described = glb.tree["meshes"][mesh]["primitives"]
            primitives[mesh] = [_primitive(glb, item, materials) for item in described if _has_triangles(item)]
        instances += [Instance(primitive, world_from_local) for primitive in primitives[mesh]]
    return instances


def _require_readable(glb: Glb) -> None:
    for name in glb.tree.get("extensionsRequired", []):
        if name not in READABLE_EXTENSIONS and not str(name).startswith("KHR_materials_"):
            raise InputError(
                f"{glb.path}: needs the glTF extension {name}, which cannot be read; export it without compression"
            )


def _has_triangles(described: dict[str, Any]) -> bool:
    return described.get("mode", TRIANGLES) in (TRIANGLES, TRIANGLE_STRIP)


def _primitive(glb: Glb, described: dict[str, Any], materials: MaterialReader) -> Primitive:
    attributes, material = described["attributes"], described.get("material")
    if "sparse" in glb.tree["accessors"][attributes["POSITION"]]:
        raise InputError(f"{glb.path}: has sparse vertices, which cannot be read; {EXPORT_AGAIN}")
    vertices = read_numbers(glb, attributes["POSITION"])
    faces = _faces(glb, described, len(vertices))
    if len(faces) and faces.max() >= len(vertices):
        raise InputError(
            f"{glb.path}: a triangle has vertex {faces.max()} of {len(vertices)}; repair the mesh or {EXPORT_AGAIN}"
        )
    uv = attributes.get(f"TEXCOORD_{materials.uv_set(material)}")
    return Primitive(
        vertices,
        faces,
        uv=_vertex_values(glb, uv, "UV", len(vertices), 2),
        colors=_vertex_values(glb, attributes.get("COLOR_0"), "COLOR", len(vertices), 3),
        material=material,
    )


def _faces(glb: Glb, described: dict[str, Any], vertex_count: int) -> Int[np.ndarray, "F 3"]:
    """Triangles of the indices, or of the vertices in their order where there are none."""
    if "indices" in described:
        indices = read_accessor(glb, described["indices"]).astype(np.int64).reshape(-1)
    else:
        indices = np.arange(vertex_count)
    if described.get("mode", TRIANGLES) == TRIANGLES:
        return indices.reshape(-1, 3)
    faces = np.stack([indices[:-2], indices[1:-1], indices[2:]], axis=-1)
    faces[1::2] = faces[1::2, ::-1]  # every other triangle of a strip is turned over
    return faces


def _vertex_values(
    glb: Glb, accessor: int | None, name: str, vertex_count: int, columns: int
) -> Float[np.ndarray, "V C"] | None:
    """The first ``columns`` of what every vertex has; None without an accessor."""
    if accessor is None:
        return None
    values = read_numbers(glb, accessor)
    if values.shape[0] != vertex_count or values.shape[1] < columns:
        raise InputError(f"{glb.path}: not every vertex has its {name} values; {EXPORT_AGAIN}")
    return np.nan_to_num(values[:, :columns], posinf=0.0, neginf=0.0)
