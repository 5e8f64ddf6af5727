"""Mesh files as tensors that the renderer draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from camera_estimation.errors import InputError, kind_and_reason
from camera_estimation.io import input_path
from camera_estimation.mesh._opacity import drop_transparent
from camera_estimation.mesh._size_checks import check_mesh_size
from camera_estimation.mesh._strays import drop_strays
from camera_estimation.mesh._texture_budget import count_textures
from camera_estimation.mesh.reader import reader_of
from camera_estimation.mesh.scene import Scene, visible_part
from camera_estimation.mesh.textured_mesh import TexturedMesh


def load_mesh(path: str | Path) -> TexturedMesh:
    """All that a mesh file shows, as one mesh.

    Args:
        path: A file of one of ``mesh_suffixes()``: .glb, and what installed packages read.

    Raises:
        InputError: The file cannot be used; one line.
    """
    path = input_path(path)
    scene = _read_visible(path)
    center = (scene.vertices.min(axis=0) + scene.vertices.max(axis=0)) / 2
    offsets = scene.vertices - center
    radius = float(np.sqrt(np.einsum("ij,ij->i", offsets, offsets).max()))
    return TexturedMesh(
        path=path,
        vertices=torch.from_numpy(offsets / radius).float(),
        faces=torch.from_numpy(scene.faces).int(),
        uv=torch.from_numpy(scene.uv).float(),
        vertex_colors=torch.from_numpy(scene.vertex_colors).float(),
        face_texture=torch.from_numpy(scene.face_texture).int(),
        textures=scene.textures,
        center=torch.from_numpy(center),
        radius=radius,
        vertex_opacity=None if scene.vertex_opacity is None else torch.from_numpy(scene.vertex_opacity).float(),
        remarks=scene.remarks,
    )


def _read_visible(path: Path) -> Scene:
    reader = reader_of(path)
    try:
        with count_textures(path):
            scene = reader.read(path)
        check_mesh_size(path, len(scene.vertices), len(scene.faces))
        return drop_strays(drop_transparent(visible_part(scene, path, reader.remedy)))
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{path}: does not fit into memory; simplify the mesh, or give it smaller textures") from error
    except Exception as error:  # what libraries and the look-ups of a malformed document raise
        raise InputError(f"{path}: is damaged ({kind_and_reason(error)}); {reader.remedy}") from error
