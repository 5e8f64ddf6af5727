"""The node hierarchy of a glTF document: which nodes its scene shows, and where they are."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.io import current_limits

VISIBILITY = "KHR_node_visibility"
# Of a matrix's entries from the identity's: such a matrix does nothing.
NEARLY_IDENTITY = 1e-8
# Of the entries of a matrix times its transpose from the identity's: what rounding does to a product of rotations.
ROUNDING, NO_ROUNDING = 1e-5, 1e-13
LONGEST_PRODUCT = 32  # matrices that are multiplied for one node; of deeper ones those of the nodes above are kept


class NodeTree:
    """The nodes of a document.

    Of the parents of a node that has several, which glTF forbids, one counts. Raises ValueError if nodes that are asked
    for are their own ancestors, or deeper below the root than ``limits.nesting``.
    """

    def __init__(self, tree: dict[str, Any]) -> None:
        self._nodes = tree.get("nodes", [])
        self._parents: dict[int, int | None] = {}
        self._hidden: set[int] = set()
        self._places: dict[int, Float[np.ndarray, "4 4"]] = {}  # of nodes far below the root, and of those above them
        self._shown = self._find_shown(_roots(tree))

    @property
    def shown(self) -> list[int]:
        """Numbers of the nodes that the scene reaches, in their order, without the hidden ones and what is below."""
        return self._shown

    def world_transform(self, node: int) -> Float[np.ndarray, "4 4"]:
        """World coordinates from those of a node, shown or not: joints move a skin wherever they are."""
        if node not in self._parents:
            self._add_strangers()
        path = self._ancestry(node)
        if len(path) <= LONGEST_PRODUCT:
            return _chain([self._nodes[item] for item in path])
        above = np.eye(4)
        for item in path:
            if item not in self._places:
                self._places[item] = above @ local_transform(self._nodes[item])
            above = self._places[item]
        return _restore_rotation(above)

    def _find_shown(self, roots: list[int]) -> list[int]:
        self._add_below([(None, root) for root in roots])
        unseen = {node: node in self._hidden for node in self._parents if self._parents[node] is None}
        for node in self._parents:
            path = self._path_up(node, unseen)
            hidden = unseen[path[-1]]
            for item in reversed(path[:-1]):
                hidden = hidden or item in self._hidden
                unseen[item] = hidden
        return [node for node in sorted(self._parents) if not unseen[node]]

    def _add_below(self, edges: list[tuple[int | None, int]]) -> None:
        """The parents of nodes, from edges downwards."""
        visited = set()
        while edges:
            edge = edges.pop()
            if edge not in visited:
                visited.add(edge)
                parent, node = edge
                self._parents[node] = parent
                described = self._nodes[node]
                if described.get("extensions", {}).get(VISIBILITY, {}).get("visible", True) is False:
                    self._hidden.add(node)
                edges.extend((node, child) for child in described.get("children", []))

    def _add_strangers(self) -> None:
        """The parents of nodes that the scene does not reach."""
        for parent, described in enumerate(self._nodes):
            for child in described.get("children", []):
                self._parents.setdefault(child, parent)
        for node in range(len(self._nodes)):
            self._parents.setdefault(node, None)

    def _ancestry(self, node: int) -> list[int]:
        """From the root down to the node itself."""
        return self._path_up(node, ())[::-1]

    def _path_up(self, node: int, known: Container[int]) -> list[int]:
        """From a node up to the root, or to the first one that is known."""
        path, passed, deepest = [node], {node}, current_limits().nesting
        while path[-1] not in known and (parent := self._parents[path[-1]]) is not None:
            if parent in passed:
                raise ValueError("nodes are their own ancestors")
            path.append(parent)
            passed.add(parent)
            if len(path) > deepest:
                raise ValueError(f"nodes lie deeper below each other than limits.nesting = {deepest}")
        return path


def _roots(tree: dict[str, Any]) -> list[int]:
    """Root nodes of the scene to show; of the whole document where it has no scenes."""
    if tree.get("scenes"):
        return tree["scenes"][tree.get("scene", 0)].get("nodes", [])
    children = {child for node in tree.get("nodes", []) for child in node.get("children", [])}
    return [index for index in range(len(tree.get("nodes", []))) if index not in children]


def _chain(path: list[dict[str, Any]]) -> Float[np.ndarray, "4 4"]:
    """The product of the nodes' transforms; what rounding took from a rotation is restored."""
    matrices = [local_transform(node) for node in path]
    matrices = [matrix for matrix in matrices if np.abs(matrix - np.eye(4)).max() > NEARLY_IDENTITY]
    if not matrices:
        return np.eye(4)
    return _restore_rotation(np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0])


def local_transform(node: dict[str, Any]) -> Float[np.ndarray, "4 4"]:
    """The parent's coordinates from the node's: its matrix, or translation times rotation times scale."""
    matrix = np.eye(4)
    if "matrix" in node:
        matrix = np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    if "translation" in node:
        translation = np.eye(4)
        translation[:3, 3] = node["translation"]
        matrix = matrix @ translation
    if "rotation" in node:
        rotation = np.eye(4)
        rotation[:3, :3] = _rotation_of_quaternion(node["rotation"])
        matrix = matrix @ rotation
    if "scale" in node:
        matrix = matrix @ np.diag([*node["scale"], 1.0])
    return matrix


# trimesh and scipy have these too, but take longer to import than the mesh to read.


def _rotation_of_quaternion(quaternion: Sequence[float] | Float[np.ndarray, "4"]) -> Float[np.ndarray, "3 3"]:
    """Of x, y, z, w, whose length does not matter; no rotation where that is zero."""
    length = np.linalg.norm(quaternion)
    if length < np.finfo(np.float64).eps:
        return np.eye(3)
    x, y, z, w = np.asarray(quaternion, dtype=np.float64) / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _restore_rotation(matrix: Float[np.ndarray, "4 4"]) -> Float[np.ndarray, "4 4"]:
    """The matrix with the nearest rotation or reflection, if it is one up to rounding; else as it is."""
    linear = matrix[:3, :3]
    error = np.abs(linear @ linear.T - np.eye(3)).max()
    if not NO_ROUNDING < error < ROUNDING:
        return matrix
    left, _, right = np.linalg.svd(linear)
    restored = matrix.copy()
    restored[:3, :3] = left @ right
    return restored
