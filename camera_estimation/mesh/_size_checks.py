"""Numbers of vertices, triangles and nodes against the limits, as soon as they are known."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.io import check_limit

SIMPLIFY = "simplify the mesh"


def check_mesh_size(path: Path, vertices: int = 0, faces: int = 0) -> None:
    """Whether a mesh is of a size that is read.

    Args:
        path: The file, which the message begins with.
        vertices: How many it has, or says it has.
        faces: Likewise.

    Raises:
        InputError: They are beyond ``limits.vertices`` or ``limits.faces``; one line.
    """
    check_limit("vertices", vertices, path, "vertices", SIMPLIFY)
    check_limit("faces", faces, path, "triangles", SIMPLIFY)


def check_nodes(path: Path, nodes: int, depth: int = 0) -> None:
    """Whether the scene of a mesh file is of a size that is read.

    Args:
        path: The file, which the message begins with.
        nodes: How many it shows, instances among them.
        depth: Of nodes below nodes.

    Raises:
        InputError: They are beyond ``limits.nodes`` or ``limits.nesting``; one line.
    """
    check_limit("nodes", nodes, path, "nodes and instances", SIMPLIFY)
    check_limit("nesting", depth, path, "nodes below each other", SIMPLIFY)
