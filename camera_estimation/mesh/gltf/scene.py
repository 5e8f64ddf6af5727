"""The scene of a glTF document as one soup of triangles in world coordinates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from camera_estimation.errors import InputError
from camera_estimation.mesh._srgb import srgb_from_linear
from camera_estimation.mesh.gltf._census import check_extensions
from camera_estimation.mesh.gltf._instances import Instance, read_instances
from camera_estimation.mesh.gltf._materials import MaterialReader
from camera_estimation.mesh.gltf.glb import read_glb
from camera_estimation.mesh.scene import Scene, join_scenes


def read_scene(path: Path) -> Scene:
    """Raises InputError if the file is no whole glTF file that shows triangles; malformed content raises others."""
    glb = read_glb(path)
    check_extensions(glb)
    materials = MaterialReader(glb)
    instances = [item for item in read_instances(glb, materials) if len(item.primitive.faces)]
    if not instances:
        raise InputError(f"{path}: shows no triangles; export a surface mesh, not points or lines")
    scene = join_scenes([_place_in_world(instance, materials) for instance in instances], materials.textures)
    return replace(scene, remarks=glb.remarks)


def _place_in_world(instance: Instance, materials: MaterialReader) -> Scene:
    """One instance in world coordinates, with the values that it lacks filled in."""
    primitive, transform = instance.primitive, instance.world_from_local
    uv, colors, faces = primitive.uv, primitive.colors, primitive.faces
    count = len(primitive.vertices)
    texture = materials.texture_index(primitive.material, has_uv=uv is not None, has_colors=colors is not None)
    if np.linalg.det(transform[:3, :3]) < 0:  # a mirrored node turns its triangles inside out
        faces = faces[:, ::-1]
    with np.errstate(invalid="ignore", over="ignore"):  # judged later, when unused vertices are gone
        vertices = primitive.vertices @ transform[:3, :3].T + transform[:3, 3]
    return Scene(
        vertices=vertices,
        faces=faces,
        uv=np.zeros((count, 2)) if uv is None else materials.transform_uv(primitive.material, uv),
        vertex_colors=np.ones((count, 3)) if colors is None else srgb_from_linear(colors),
        face_texture=np.full(len(faces), texture),
        textures=(),
        vertex_opacity=primitive.opacity,
    )
