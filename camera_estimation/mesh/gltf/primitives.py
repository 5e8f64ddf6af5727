"""The triangle primitives of a GLB's scene, read by trimesh from a simplified copy of the document.

What trimesh gets wrong or drops is taken out of its way first: primitives lose their link to the document's materials
(each becomes a mesh of its own, named by its number), texture coordinates come flipped and only the first set of them,
vertex colours come as 8 bit, the children of a camera's node are lost, and names may clash.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.errors import InputError
from camera_estimation.mesh.gltf.glb import COMPONENT_DTYPES, EXPORT_AGAIN, Glb, glb_bytes
from camera_estimation.mesh.gltf.materials import MaterialReader

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


@dataclass(frozen=True)
class _Source:
    """Accessor numbers of what is drawn of a primitive, and its material's number."""

    position: int
    uv: int | None
    color: int | None
    material: int | None


def read_instances(glb: Glb, materials: MaterialReader) -> list[Instance]:
    """Every triangle primitive of the scene, once for each node that shows it.

    Broken content raises InputError, or whatever trimesh and numpy raise on it.
    """
    _require_readable(glb)
    tree, sources = _simplified(glb.tree, materials)
    if not sources:
        return []
    scene = _load_scene(glb_bytes(tree, glb.binary))
    primitives: dict[str, Primitive] = {}
    instances = []
    for node in sorted(scene.graph.nodes_geometry, key=int):
        transform, name = scene.graph[node]
        if name not in primitives:
            primitives[name] = _decoded(scene.geometry[name], sources[int(name)], glb)
        instances.append(Instance(primitives[name], np.asarray(transform, dtype=np.float64)))
    return instances


def _require_readable(glb: Glb) -> None:
    for name in glb.tree.get("extensionsRequired", []):
        if name not in READABLE_EXTENSIONS and not str(name).startswith("KHR_materials_"):
            raise InputError(
                f"{glb.path}: needs the glTF extension {name}, which cannot be read; export it without compression"
            )


def _simplified(tree: dict[str, Any], materials: MaterialReader) -> tuple[dict[str, Any], list[_Source]]:
    """A document in which every triangle primitive is a mesh of its own, named by its place in the list of sources."""
    meshes: list[dict[str, Any]] = []
    sources: list[_Source] = []
    meshes_of: list[list[int]] = []
    for mesh in tree.get("meshes", []):
        triangles = [item for item in mesh["primitives"] if item.get("mode", TRIANGLES) in (TRIANGLES, TRIANGLE_STRIP)]
        meshes_of.append(list(range(len(meshes), len(meshes) + len(triangles))))
        for primitive in triangles:
            source = _source(primitive, materials)
            meshes.append({"name": str(len(meshes)), "primitives": [_bare(primitive, source)]})
            sources.append(source)
    nodes = [
        {key: node[key] for key in ("children", "matrix", "translation", "rotation", "scale") if key in node}
        for node in tree.get("nodes", [])
    ]
    for node, source in zip(tuple(nodes), tree.get("nodes", []), strict=True):
        if "mesh" in source:
            shown = meshes_of[source["mesh"]]
            node["children"] = [*node.get("children", []), *range(len(nodes), len(nodes) + len(shown))]
            nodes.extend({"mesh": index} for index in shown)
    roots = _roots(tree)
    kept: dict[str, Any] = {key: tree[key] for key in ("asset", "buffers", "bufferViews", "accessors") if key in tree}
    return {**kept, "meshes": meshes, "nodes": nodes, "scene": 0, "scenes": [{"nodes": roots}]}, sources


def _roots(tree: dict[str, Any]) -> list[int]:
    """Root nodes of the scene to show; of the whole document where it has no scenes."""
    if tree.get("scenes"):
        return tree["scenes"][tree.get("scene", 0)].get("nodes", [])
    children = {child for node in tree.get("nodes", []) for child in node.get("children", [])}
    return [index for index in range(len(tree.get("nodes", []))) if index not in children]


def _source(primitive: dict[str, Any], materials: MaterialReader) -> _Source:
    attributes, material = primitive["attributes"], primitive.get("material")
    uv = attributes.get(f"TEXCOORD_{materials.uv_set(material)}")
    return _Source(attributes["POSITION"], uv, attributes.get("COLOR_0"), material)


def _bare(primitive: dict[str, Any], source: _Source) -> dict[str, Any]:
    """The primitive with only what is drawn. trimesh hands attributes through untouched if they start with ``_``."""
    attributes = {"POSITION": source.position, "_UV": source.uv, "_COLOR": source.color}
    present = {name: index for name, index in attributes.items() if index is not None}
    return {"attributes": present, **{key: primitive[key] for key in ("indices", "mode") if key in primitive}}


def _load_scene(content: bytes) -> Any:
    import trimesh

    with _silenced("trimesh"):
        return trimesh.load(io.BytesIO(content), file_type="glb", force="scene", process=False)


@contextmanager
def _silenced(logger_name: str) -> Iterator[None]:
    logger = logging.getLogger(logger_name)
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _decoded(geometry: Any, source: _Source, glb: Glb) -> Primitive:
    accessors = glb.tree["accessors"]
    if "sparse" in accessors[source.position]:
        raise InputError(f"{glb.path}: has sparse vertices, which cannot be read; {EXPORT_AGAIN}")
    vertices = _real(geometry.vertices, accessors[source.position])
    faces = np.asarray(geometry.faces, dtype=np.int64).reshape(-1, 3)
    if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
        raise InputError(
            f"{glb.path}: a triangle has vertex {faces.max()} of {len(vertices)}; repair the mesh or {EXPORT_AGAIN}"
        )
    attributes: dict[str, Any] = {}
    for name, index, columns in (("_UV", source.uv, 2), ("_COLOR", source.color, 3)):
        attributes[name] = None
        if index is not None:
            values = _real(geometry.vertex_attributes[name], accessors[index])
            if values.ndim != 2 or values.shape[0] != len(vertices) or values.shape[1] < columns:
                raise InputError(f"{glb.path}: not every vertex has its {name[1:]} values; {EXPORT_AGAIN}")
            attributes[name] = np.nan_to_num(values[:, :columns], posinf=0.0, neginf=0.0)
    return Primitive(vertices, faces, attributes["_UV"], attributes["_COLOR"], source.material)


def _real(values: np.ndarray, accessor: dict[str, Any]) -> Float[np.ndarray, "N C"]:
    """Stored integers as the real numbers that they stand for."""
    real = np.asarray(values, dtype=np.float64)
    if accessor.get("normalized"):
        greatest = np.iinfo(COMPONENT_DTYPES[accessor["componentType"]]).max
        return np.maximum(real / greatest, -1.0)
    return real
