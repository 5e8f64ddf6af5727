"""What a mesh reader returns: one soup of triangles in world coordinates, and what of it can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from camera_estimation.errors import InputError
from camera_estimation.mesh.textured_mesh import Texture

# Relative to the size of the scene: below it float32 coordinates of the file hold nothing but rounding.
SMALLEST_EXTENT = 1e-12
FACES_AT_ONCE = 2**16


@dataclass(frozen=True)
class Scene:
    """Triangles in double precision.

    Args:
        vertices: In world coordinates; each may belong to several triangles, or to none.
        faces: Vertices of each triangle, counter-clockwise as seen from outside.
        uv: Texture coordinates as in glTF: (0, 0) is the first texel of the first row.
        vertex_colors: sRGB in [0, 1], which multiply the texels.
        face_texture: Index into ``textures`` of each triangle.
        textures: Base colours.
        vertex_opacity: In [0, 1]; None: all are opaque.
        remarks: Lines about what the file has and the scene leaves out.
    """

    vertices: Float[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]
    uv: Float[np.ndarray, "V 2"]
    vertex_colors: Float[np.ndarray, "V 3"]
    face_texture: Int[np.ndarray, " F"]
    textures: tuple[Texture, ...]
    vertex_opacity: Float[np.ndarray, " V"] | None = None
    remarks: tuple[str, ...] = ()


def join_scenes(parts: Sequence[Scene], textures: Sequence[Texture]) -> Scene:
    """One scene of several, at least one, whose ``face_texture`` are indices into ``textures`` already."""
    if len(parts) == 1:
        return replace(_with_own_arrays(parts[0]), textures=tuple(textures))
    firsts = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    return Scene(
        vertices=np.concatenate([part.vertices for part in parts]),
        faces=np.concatenate([part.faces + first for part, first in zip(parts, firsts, strict=True)]),
        uv=np.concatenate([part.uv for part in parts]),
        vertex_colors=np.concatenate([part.vertex_colors for part in parts]),
        face_texture=np.concatenate([part.face_texture for part in parts]),
        textures=tuple(textures),
        vertex_opacity=_join_opacity(parts),
    )


def _with_own_arrays(scene: Scene) -> Scene:
    """The scene with contiguous arrays that may be written to; of many vertices another copy is much memory."""
    names = ("vertices", "faces", "uv", "vertex_colors", "face_texture")
    arrays = {name: np.require(getattr(scene, name), requirements=["C", "W"]) for name in names}
    return replace(scene, **arrays)


def _join_opacity(parts: Sequence[Scene]) -> Float[np.ndarray, " V"] | None:
    if all(part.vertex_opacity is None for part in parts):
        return None
    return np.concatenate(
        [np.ones(len(part.vertices)) if part.vertex_opacity is None else part.vertex_opacity for part in parts]
    )


def visible_part(scene: Scene, path: Path, remedy: str) -> Scene:
    """The triangles with an area, and the vertices that they use.

    Args:
        scene: What was read.
        path: The file, which messages name.
        remedy: What to do about a file that shows nothing, at the end of messages.

    Raises:
        InputError: Nothing is left that can be seen, or a vertex in use is not finite.
    """
    if not len(scene.faces):
        raise InputError(f"{path}: shows no triangles; export a surface mesh, not points or lines")
    scene = keep_faces(scene)
    if not np.isfinite(scene.vertices).all():
        raise InputError(f"{path}: has vertices that are not finite numbers; repair the mesh or {remedy}")
    extent = np.ptp(scene.vertices, axis=0).max()
    if not extent > SMALLEST_EXTENT * np.abs(scene.vertices).max():
        raise InputError(f"{path}: all its vertices lie in one point; {remedy}")
    visible = _have_area(scene.vertices / extent, scene.faces)
    if not visible.any():
        raise InputError(f"{path}: none of its triangles has an area; repair the mesh or {remedy}")
    return scene if visible.all() else keep_faces(scene, visible)


def keep_faces(scene: Scene, keep: Bool[np.ndarray, " F"] | None = None) -> Scene:
    """The scene with only the faces ``keep`` (all by default) and the vertices that they use."""
    faces = scene.faces if keep is None else scene.faces[keep]
    used = np.zeros(len(scene.vertices), dtype=bool)
    used[faces] = True
    if keep is None and used.all():
        return scene
    numbers = np.cumsum(used) - 1
    return replace(
        scene,
        vertices=scene.vertices[used],
        faces=numbers[faces],
        uv=scene.uv[used],
        vertex_colors=scene.vertex_colors[used],
        face_texture=scene.face_texture if keep is None else scene.face_texture[keep],
        vertex_opacity=None if scene.vertex_opacity is None else scene.vertex_opacity[used],
    )


def _have_area(vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]) -> Bool[np.ndarray, " F"]:
    """Whether the corners of each triangle span an area."""
    spans = np.empty(len(faces), dtype=bool)
    for part, (x, y, z) in edge_products(vertices, faces):
        spans[part] = (x != 0) | (y != 0) | (z != 0)
    return spans


def edge_products(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"]
) -> Iterator[tuple[slice, tuple[Float[np.ndarray, " N"], ...]]]:
    """Cross products of two edges of each triangle: which triangles, and the three coordinates of theirs.

    By coordinates, which is several times faster than by rows, and ``FACES_AT_ONCE``, which bounds the memory.
    """
    columns = np.ascontiguousarray(vertices.T)
    for start in range(0, len(faces), FACES_AT_ONCE):
        first, second, third = np.ascontiguousarray(faces[start : start + FACES_AT_ONCE].T)
        edges = []
        for axis in columns:
            origin = axis[first]
            edges.append((axis[second] - origin, axis[third] - origin))
        (ax, bx), (ay, by), (az, bz) = edges
        yield slice(start, start + len(first)), (ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
