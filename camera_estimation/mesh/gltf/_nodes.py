"""The node hierarchy of a glTF document: which nodes its scene shows, and where they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float

# Of a matrix's entries from the identity's: such a matrix does nothing.
NEARLY_IDENTITY = 1e-8


def world_transforms(tree: dict[str, Any]) -> dict[int, Float[np.ndarray, "4 4"]]:
    """World coordinates from those of each node that the scene reaches, by the nodes' numbers, in their order.

    Of the parents of a node that has several, which glTF forbids, one counts. Raises ValueError if nodes are their own
    ancestors.
    """
    nodes = tree.get("nodes", [])
    parents: dict[int, int | None] = {}
    edges: list[tuple[int | None, int]] = [(None, root) for root in _roots(tree)]
    visited = set()
    while edges:
        edge = edges.pop()
        if edge not in visited:
            visited.add(edge)
            parent, node = edge
            parents[node] = parent
            edges.extend((node, child) for child in nodes[node].get("children", []))
    return {node: _chain([nodes[item] for item in _ancestry(node, parents)]) for node in sorted(parents)}


def _roots(tree: dict[str, Any]) -> list[int]:
    """Root nodes of the scene to show; of the whole document where it has no scenes."""
    if tree.get("scenes"):
        return tree["scenes"][tree.get("scene", 0)].get("nodes", [])
    children = {child for node in tree.get("nodes", []) for child in node.get("children", [])}
    return [index for index in range(len(tree.get("nodes", []))) if index not in children]


def _ancestry(node: int, parents: dict[int, int | None]) -> list[int]:
    """From the root down to the node itself."""
    path = [node]
    while (parent := parents[path[-1]]) is not None:
        if parent in path:
            raise ValueError("nodes are their own ancestors")
        path.append(parent)
    return path[::-1]


def _chain(path: list[dict[str, Any]]) -> Float[np.ndarray, "4 4"]:
    """The product of the nodes' transforms; what rounding took from a rotation is restored."""
    from trimesh.transformations import fix_rigid

    matrices = [_local_transform(node) for node in path]
    matrices = [matrix for matrix in matrices if np.abs(matrix - np.eye(4)).max() > NEARLY_IDENTITY]
    if not matrices:
        return np.eye(4)
    return fix_rigid(np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0])


def _local_transform(node: dict[str, Any]) -> Float[np.ndarray, "4 4"]:
    """The parent's coordinates from the node's: its matrix, or translation times rotation times scale."""
    from trimesh.transformations import quaternion_matrix, translation_matrix

    matrix = np.eye(4)
    if "matrix" in node:
        matrix = np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    if "translation" in node:
        matrix = matrix @ translation_matrix(node["translation"])
    if "rotation" in node:
        x, y, z, w = node["rotation"]
        matrix = matrix @ quaternion_matrix([w, x, y, z])
    if "scale" in node:
        matrix = matrix @ np.diag([*node["scale"], 1.0])
    return matrix
