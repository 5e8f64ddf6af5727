"""Where the vertices of a primitive are before any animation: morph targets, skins and instances."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.mesh.gltf._accessors import read_numbers
from camera_estimation.mesh.gltf._nodes import NodeTree, local_transform
from camera_estimation.mesh.gltf.glb import Glb

INSTANCING = "EXT_mesh_gpu_instancing"


def morph_weights(mesh: dict[str, Any], node: dict[str, Any]) -> tuple[float, ...]:
    """How much of each morph target a node's mesh has: the node's own weights, else the mesh's; none: ()."""
    weights = tuple(float(value) for value in node.get("weights", mesh.get("weights", ())))
    return weights if any(weights) else ()


def morph_values(
    glb: Glb,
    described: dict[str, Any],
    name: str,
    values: Float[np.ndarray, "V C"],
    weights: tuple[float, ...],
) -> Float[np.ndarray, "V C"]:
    """One attribute of a primitive with its morph targets' displacements."""
    for weight, target in zip(weights, described.get("targets", ()), strict=False):
        if weight and name in target:
            moves = read_numbers(glb, target[name])
            values = values + weight * moves[:, : values.shape[1]]
    return values


def instance_count(glb: Glb, node: int) -> int:
    """How many instances of its mesh a node has, by what the document says."""
    instancing = glb.tree["nodes"][node].get("extensions", {}).get(INSTANCING)
    if instancing is None:
        return 1
    counts = (int(glb.tree["accessors"][index]["count"]) for index in instancing["attributes"].values())
    return min(counts, default=0)


def instance_transforms(glb: Glb, node: int, nodes: NodeTree) -> list[Float[np.ndarray, "4 4"]]:
    """World coordinates from a node's mesh, once for each of its instances."""
    world = nodes.world_transform(node)
    instancing = glb.tree["nodes"][node].get("extensions", {}).get(INSTANCING)
    if instancing is None:
        return [world]
    given = {name: read_numbers(glb, index) for name, index in instancing["attributes"].items()}
    columns = {name.lower(): rows for name, rows in given.items() if name in ("TRANSLATION", "ROTATION", "SCALE")}
    count = min((len(rows) for rows in given.values()), default=0)
    return [world @ local_transform({name: rows[number] for name, rows in columns.items()}) for number in range(count)]


def skin_matrices(glb: Glb, skin: int, nodes: NodeTree) -> Float[np.ndarray, "J 4 4"]:
    """World coordinates from those of the bound mesh, for each joint of a skin."""
    described = glb.tree["skins"][skin]
    joints = np.stack([nodes.world_transform(joint) for joint in described["joints"]])
    if "inverseBindMatrices" not in described:
        return joints
    inverse = read_numbers(glb, described["inverseBindMatrices"])[: len(joints)]
    return joints @ inverse.reshape(-1, 4, 4).transpose(0, 2, 1)


def skin_vertices(
    vertices: Float[np.ndarray, "V 3"],
    joints: Float[np.ndarray, "V K"],
    weights: Float[np.ndarray, "V K"],
    matrices: Float[np.ndarray, "J 4 4"],
) -> Float[np.ndarray, "V 3"]:
    """Linear blend skinning, into world coordinates; the node of a skinned mesh does not move it.

    Args:
        vertices: Of the bound mesh.
        joints: Numbers of each vertex's joints.
        weights: Their shares, which need not sum to one; a vertex without any follows its first joint.
        matrices: Of ``skin_matrices``.
    """
    total = weights.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, weights / np.where(total > 0, total, 1.0), np.eye(1, weights.shape[1]))
    result = np.zeros_like(vertices)
    for joint, share in zip(joints.T.astype(np.int64), shares.T, strict=True):
        # By joint, of which there are few, as a matrix for each vertex would take sixteen numbers.
        for number in np.unique(joint[share > 0]):
            chosen = (joint == number) & (share > 0)
            moved = vertices[chosen] @ matrices[number, :3, :3].T + matrices[number, :3, 3]
            result[chosen] += share[chosen, None] * moved
    return result
