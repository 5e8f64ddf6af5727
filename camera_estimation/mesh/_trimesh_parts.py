"""Parts of what trimesh reads: vertices, triangles, and colors of vertices or triangles."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.mesh._parts import Part
from camera_estimation.mesh._size_checks import check_mesh_size
from camera_estimation.mesh.textured_mesh import Texture

LEVELS = 255.0
COLOR_NAMES = ("red", "green", "blue")


def read_with_trimesh(path: Path, texture: Texture | None = None, **options: Any) -> list[Part]:
    """Every geometry where the file's scene puts it, in the file's own frame.

    Args:
        path: A file whose suffix trimesh knows.
        texture: For parts with texture coordinates: trimesh passes over textures that it cannot read.
        options: Of trimesh's loader.
    """
    import trimesh

    # Nothing is merged or thrown away: that would tear the texture.
    scene = trimesh.load_scene(os.fspath(path), process=False, **options)
    parts: list[Part] = []
    faces = 0
    for node in scene.graph.nodes_geometry:
        transform, name = scene.graph[node]
        geometry = scene.geometry[name]
        if isinstance(geometry, trimesh.Trimesh):
            faces += len(geometry.faces)
            check_mesh_size(path, len(geometry.vertices), faces)
            parts.append(_geometry_part(geometry, np.asarray(transform), texture))
    return parts


def _geometry_part(mesh: Any, transform: np.ndarray, texture: Texture | None) -> Part:
    vertices = np.asarray(mesh.vertices, dtype=np.float64)
    if not np.array_equal(transform, np.eye(4)):
        vertices = vertices @ transform[:3, :3].T + transform[:3, 3]
    faces = np.asarray(mesh.faces, dtype=np.int64)
    if np.linalg.det(transform[:3, :3]) < 0:  # a mirrored part is turned inside out
        faces = faces[:, ::-1]
    kind = mesh.visual.kind
    if kind == "texture" and texture is not None:
        return Part(vertices, faces, mesh.visual.uv, texture=texture)
    if kind == "texture":
        return Part(vertices, faces, colors=_ply_colors(mesh))
    if kind == "vertex":
        return Part(vertices, faces, colors=np.asarray(mesh.visual.vertex_colors) / LEVELS)
    if kind == "face":  # every triangle gets corners of its own
        colors = np.asarray(mesh.visual.face_colors).repeat(3, axis=0) / LEVELS
        return Part(vertices[faces].reshape(-1, 3), np.arange(3 * len(faces)).reshape(-1, 3), colors=colors)
    return Part(vertices, faces)


def _ply_colors(mesh: Any) -> Float[np.ndarray, "V 3"] | None:
    """Colors of the vertices of a PLY file that has texture coordinates too, for which trimesh drops them."""
    rows = mesh.metadata.get("_ply_raw", {}).get("vertex", {}).get("data")
    names = getattr(getattr(rows, "dtype", None), "names", None) or (rows if isinstance(rows, dict) else ())
    if rows is None or not all(name in names for name in COLOR_NAMES):
        return None
    colors = np.column_stack([np.asarray(rows[name]).reshape(-1) for name in COLOR_NAMES])
    if len(colors) != len(mesh.vertices):
        return None
    return colors / LEVELS if colors.dtype.kind in "iu" else colors
