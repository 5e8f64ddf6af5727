"""The primitives of a glTF document where the nodes of its scene put them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.errors import InputError
from camera_estimation.mesh._size_checks import check_mesh_size, check_nodes
from camera_estimation.mesh.gltf._census import note_left_out, note_primitives
from camera_estimation.mesh.gltf._default_pose import (
    instance_count,
    instance_transforms,
    morph_weights,
    skin_matrices,
    skin_vertices,
)
from camera_estimation.mesh.gltf._materials import MaterialReader
from camera_estimation.mesh.gltf._nodes import NodeTree
from camera_estimation.mesh.gltf._primitives import Primitive, read_primitive, reason_to_skip
from camera_estimation.mesh.gltf.glb import EXPORT_AGAIN, Glb


@dataclass(frozen=True)
class Instance:
    """A primitive where a node of the scene puts it."""

    primitive: Primitive
    world_from_local: Float[np.ndarray, "4 4"]


def read_instances(glb: Glb, materials: MaterialReader) -> list[Instance]:
    """Every triangle primitive of the scene, once for each node that shows it, in the order of the nodes.

    Broken content raises InputError, or whatever look-ups in a malformed document and numpy raise on it.
    """
    check_nodes(glb.path, len(glb.tree.get("nodes", [])))
    nodes = NodeTree(glb.tree)
    note_left_out(glb, nodes.shown)
    meshes = _MeshReader(glb, materials)
    instances: list[Instance] = []
    faces = 0
    for number in nodes.shown:
        node = glb.tree["nodes"][number]
        if node.get("mesh") is None:
            continue
        primitives = meshes.read(node["mesh"], node)
        count = instance_count(glb, number) * len(primitives)
        faces += instance_count(glb, number) * sum(len(primitive.faces) for primitive in primitives)
        check_nodes(glb.path, len(instances) + count)
        check_mesh_size(glb.path, faces=faces)
        if "skin" in node:
            matrices = skin_matrices(glb, node["skin"], nodes)
            instances += [_pose_skin(glb, primitive, matrices) for primitive in primitives]
        else:
            transforms = instance_transforms(glb, number, nodes)
            instances += [Instance(primitive, transform) for transform in transforms for primitive in primitives]
    note_primitives(glb, meshes.skipped)
    if not instances and glb.tree.get("meshes") and not any("mesh" in glb.tree["nodes"][item] for item in nodes.shown):
        raise InputError(f"{glb.path}: no node of its scene shows its meshes; put them there and {EXPORT_AGAIN}")
    return instances


class _MeshReader:
    """Primitives of meshes, read once for each set of morph weights that nodes give them."""

    def __init__(self, glb: Glb, materials: MaterialReader) -> None:
        self._glb, self._materials = glb, materials
        self._primitives: dict[tuple[int, tuple[float, ...]], list[Primitive]] = {}
        self.skipped: list[str] = []  # why primitives show no surface

    def read(self, mesh: int, node: dict[str, Any]) -> list[Primitive]:
        described = self._glb.tree["meshes"][mesh]
        weights = morph_weights(described, node)
        if (mesh, weights) not in self._primitives:
            self._primitives[mesh, weights] = list(self._read_surfaces(described["primitives"], weights))
        return self._primitives[mesh, weights]

    def _read_surfaces(self, described: list[dict[str, Any]], weights: tuple[float, ...]) -> Iterator[Primitive]:
        for item in described:
            reason = reason_to_skip(item)
            if reason is not None:
                self.skipped.append(reason)
            else:
                yield read_primitive(self._glb, item, self._materials, weights)


def _pose_skin(glb: Glb, primitive: Primitive, matrices: Float[np.ndarray, "J 4 4"]) -> Instance:
    """A skinned primitive where its joints are."""
    joints, weights = primitive.joints, primitive.weights
    if joints is None or weights is None or joints.shape != weights.shape:
        raise InputError(f"{glb.path}: not every vertex of its skin has joints and weights; {EXPORT_AGAIN}")
    vertices = skin_vertices(primitive.vertices, joints, weights, matrices)
    faces = primitive.faces
    if np.linalg.det(matrices[0, :3, :3]) < 0:  # a mirrored skin is turned inside out
        faces = faces[:, ::-1]
    return Instance(replace(primitive, vertices=vertices, faces=faces), np.eye(4))
