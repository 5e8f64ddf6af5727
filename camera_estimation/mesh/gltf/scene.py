"""A GLB's scene as one soup of triangles in world coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from camera_estimation.errors import InputError
from camera_estimation.mesh.gltf.glb import EXPORT_AGAIN, Glb, read_glb
from camera_estimation.mesh.gltf.materials import MaterialReader, srgb_from_linear
from camera_estimation.mesh.gltf.primitives import Instance, read_instances
from camera_estimation.mesh.textured_mesh import Texture

# Relative to the size of the scene: below it float32 coordinates of the file hold nothing but rounding.
SMALLEST_EXTENT = 1e-12


@dataclass(frozen=True)
class Scene:
    """Triangles in double-precision world coordinates; every vertex belongs to one of them. Colours are sRGB."""

    vertices: Float[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]
    uv: Float[np.ndarray, "V 2"]
    vertex_colors: Float[np.ndarray, "V 3"]
    face_texture: Int[np.ndarray, " F"]
    textures: tuple[Texture, ...]


def read_scene(path: Path) -> Scene:
    """Raises InputError if the file is not a whole GLB that shows triangles."""
    glb = read_glb(path)
    try:
        return _read_scene(glb)
    except InputError:
        raise
    except Exception as error:  # what trimesh, numpy and the look-ups of a malformed document raise
        reason = " ".join(f"{type(error).__name__} {error}".split())[:100]
        raise InputError(f"{path}: is damaged ({reason}); {EXPORT_AGAIN}") from error


def _read_scene(glb: Glb) -> Scene:
    materials = MaterialReader(glb)
    instances = [item for item in read_instances(glb, materials) if len(item.primitive.faces)]
    if not instances:
        raise InputError(f"{glb.path}: shows no triangles; export a surface mesh, not points or lines")
    parts = [_placed(instance, materials) for instance in instances]
    firsts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    scene = Scene(
        vertices=np.concatenate([part.vertices for part in parts]),
        faces=np.concatenate([part.faces + first for part, first in zip(parts, firsts, strict=True)]),
        uv=np.concatenate([part.uv for part in parts]),
        vertex_colors=np.concatenate([part.vertex_colors for part in parts]),
        face_texture=np.concatenate([part.face_texture for part in parts]),
        textures=tuple(materials.textures),
    )
    return _without_degenerate(_without_unused(scene), glb.path)


def _placed(instance: Instance, materials: MaterialReader) -> Scene:
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
        uv=np.zeros((count, 2)) if uv is None else materials.transformed_uv(primitive.material, uv),
        vertex_colors=np.ones((count, 3)) if colors is None else srgb_from_linear(colors),
        face_texture=np.full(len(faces), texture),
        textures=(),
    )


def _without_unused(scene: Scene, keep: np.ndarray | None = None) -> Scene:
    """The scene with only the faces ``keep`` (all by default) and the vertices that they use."""
    faces = scene.faces if keep is None else scene.faces[keep]
    used = np.zeros(len(scene.vertices), dtype=bool)
    used[faces] = True
    if keep is None and used.all():
        return scene
    renumbered = np.cumsum(used) - 1
    return Scene(
        vertices=scene.vertices[used],
        faces=renumbered[faces],
        uv=scene.uv[used],
        vertex_colors=scene.vertex_colors[used],
        face_texture=scene.face_texture if keep is None else scene.face_texture[keep],
        textures=scene.textures,
    )


def _without_degenerate(scene: Scene, path: Path) -> Scene:
    """The scene without triangles of no area. Raises InputError if nothing that can be seen is left."""
    if not np.isfinite(scene.vertices).all():
        raise InputError(f"{path}: has vertices that are not finite numbers; repair the mesh or {EXPORT_AGAIN}")
    extent = np.ptp(scene.vertices, axis=0).max()
    if not extent > SMALLEST_EXTENT * np.abs(scene.vertices).max():
        raise InputError(f"{path}: all its vertices lie in one point; {EXPORT_AGAIN}")
    visible = _have_area(scene.vertices / extent, scene.faces)
    if not visible.any():
        raise InputError(f"{path}: none of its triangles has an area; repair the mesh or {EXPORT_AGAIN}")
    return scene if visible.all() else _without_unused(scene, visible)


def _have_area(vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]) -> Bool[np.ndarray, " F"]:
    """Whether the corners of each triangle span an area. By coordinates, which is several times faster than by rows."""
    first, second, third = np.ascontiguousarray(faces.T)
    edges = []
    for axis in np.ascontiguousarray(vertices.T):
        origin = axis[first]
        edges.append((axis[second] - origin, axis[third] - origin))
    (ax, bx), (ay, by), (az, bz) = edges
    return (ay * bz != az * by) | (az * bx != ax * bz) | (ax * by != ay * bx)
