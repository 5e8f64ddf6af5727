"""Parts of a mesh, each with one texture, as most readers find them, and the scene of them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from camera_estimation.errors import InputError
from camera_estimation.mesh._texture_building import MID_GRAY, OPAQUE, plain_texture
from camera_estimation.mesh.scene import Scene, join_scenes
from camera_estimation.mesh.textured_mesh import Texture

WHITE = (OPAQUE,) * 3
ALPHA_CUTOFF = 0.5  # of formats that do not name one
FLIP = np.array([1.0, -1.0])


@dataclass(frozen=True)
class Part:
    """Triangles of one texture, in world coordinates.

    Args:
        vertices: Each may belong to several triangles, or to none.
        faces: Vertices of each triangle, counter-clockwise as seen from outside.
        uv: With v pointing up, as most formats but glTF have it; None: the texture is one colour.
        colors: sRGB in [0, 1] of the vertices, and maybe their alpha; None: they have none.
        texture: None: mid-gray, or white under colours of vertices.
    """

    vertices: Float[np.ndarray, "V 3"]
    faces: Int[np.ndarray, "F 3"]
    uv: Float[np.ndarray, "V 2"] | None = None
    colors: Float[np.ndarray, "V C"] | None = None
    texture: Texture | None = None


def scene_of_parts(parts: Sequence[Part], path: Path, remarks: Sequence[str] = ()) -> Scene:
    """One scene of all parts.

    Raises:
        InputError: There are none, or a triangle has a vertex that is not there.
    """
    parts = [part for part in parts if len(part.faces)]
    if not parts:
        raise InputError(f"{path}: shows no triangles; export a surface mesh, not points or lines")
    textures: dict[int, Texture] = {}
    scenes = []
    for part in parts:
        count = len(part.vertices)
        wrong = part.faces[(part.faces < 0) | (part.faces >= count)]
        if len(wrong):
            raise InputError(f"{path}: a triangle has vertex {wrong[0]} of {count}; repair the mesh or export it again")
        texture = part.texture or _plain(part)
        textures.setdefault(id(texture), texture)
        scenes.append(_scene_of_part(part, list(textures).index(id(texture))))
    joined = join_scenes(scenes, list(textures.values()))
    return replace(joined, remarks=tuple(dict.fromkeys(remarks)))


def _plain(part: Part) -> Texture:
    if part.colors is None:
        return plain_texture((MID_GRAY,) * 3)
    see_through = part.colors.shape[1] > 3 and part.colors[:, 3].min(initial=1.0) < 1
    return plain_texture(WHITE, ALPHA_CUTOFF if see_through else 0.0)


def _scene_of_part(part: Part, texture: int) -> Scene:
    count = len(part.vertices)
    colors = np.ones((count, 3)) if part.colors is None else part.colors
    uv = np.zeros((count, 2)) if part.uv is None else np.array([0.0, 1.0]) + np.nan_to_num(part.uv) * FLIP
    return Scene(
        vertices=np.asarray(part.vertices, dtype=np.float64),
        faces=np.asarray(part.faces, dtype=np.int64),
        uv=uv,
        vertex_colors=np.clip(np.nan_to_num(colors[:, :3]), 0.0, 1.0).astype(np.float64),
        face_texture=np.full(len(part.faces), texture),
        textures=(),
        vertex_opacity=np.clip(colors[:, 3], 0.0, 1.0) if colors.shape[1] > 3 else None,
    )
