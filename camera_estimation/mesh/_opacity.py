"""Surfaces that are transparent, and the cut-outs that are left of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from camera_estimation.mesh.scene import Scene, keep_faces
from camera_estimation.mesh.textured_mesh import Texture

OPAQUE = 255
# Texture coordinates this far outside of the picture, in its size, are rounding; others make it repeat.
ROUNDING = 1e-4


def drop_transparent(scene: Scene) -> Scene:
    """The scene without triangles no point of which reaches the cut-off of its opacity, with a remark.

    Textures whose triangles are opaque everywhere lose their cut-offs, so that nothing is looked up for them. Where
    nothing would be left all is drawn opaque, which is told: alpha channels that are empty are a common mistake.
    """
    if not any(texture.cutoff > 0 for texture in scene.textures):
        return replace(scene, vertex_opacity=None)
    transparent = np.zeros(len(scene.faces), dtype=bool)
    textures = list(scene.textures)
    for index, texture in enumerate(scene.textures):
        if texture.cutoff > 0:
            (own,) = np.nonzero(scene.face_texture == index)
            transparent[own], opaque = _judge_triangles(scene, texture, own)
            if (opaque | transparent[own]).all():
                textures[index] = replace(texture, opacity=None, cutoff=0.0)
    if transparent.all():
        return _draw_opaque(scene)
    scene = replace(scene, textures=tuple(textures))
    if transparent.any():
        count = int(transparent.sum())
        remark = f"{count} of its {len(scene.faces)} triangles are transparent (alpha below the cut-off) and not drawn"
        scene = replace(keep_faces(scene, ~transparent), remarks=(*scene.remarks, remark))
    return scene if any(texture.cutoff > 0 for texture in textures) else replace(scene, vertex_opacity=None)


def _draw_opaque(scene: Scene) -> Scene:
    textures = tuple(replace(texture, opacity=None, cutoff=0.0) for texture in scene.textures)
    remark = "all of it is more transparent than its cut-off: it is drawn opaque"
    return replace(scene, textures=textures, vertex_opacity=None, remarks=(*scene.remarks, remark))


def _judge_triangles(
    scene: Scene, texture: Texture, own: Int[np.ndarray, " F"]
) -> tuple[Bool[np.ndarray, " F"], Bool[np.ndarray, " F"]]:
    """Whether triangles of one texture are surely transparent, and whether they are surely opaque, all over.

    Both factors of the opacity, of the texel and of the vertices, are at most one.
    """
    low = high = np.ones(len(own))
    if scene.vertex_opacity is not None:
        corners = scene.vertex_opacity[scene.faces[own]]
        low, high = corners.min(axis=1), corners.max(axis=1)
    if texture.opacity is None:
        return high < texture.cutoff, low >= texture.cutoff
    above = texture.opacity.numpy() >= texture.cutoff * OPAQUE
    some, every = _texels_within(above, scene.uv[scene.faces[own]])
    return ~some | (high < texture.cutoff), every & (low == 1)


def _texels_within(
    above: Bool[np.ndarray, "H W"], uv: Float[np.ndarray, "F 3 2"]
) -> tuple[Bool[np.ndarray, " F"], Bool[np.ndarray, " F"]]:
    """Whether some, and whether all, of the texels that filters mix within the bounds of each triangle are set."""
    height, width = above.shape
    low, high = uv.min(axis=1), uv.max(axis=1)
    repeats = (low < -ROUNDING).any(axis=1) | (high > 1 + ROUNDING).any(axis=1)
    # The filter mixes the texels whose centers are around a place.
    first = np.floor(low * (width, height) - 0.5 - ROUNDING).astype(np.int64)
    last = np.floor(high * (width, height) - 0.5 + ROUNDING).astype(np.int64) + 2
    first, last = np.clip(first, 0, (width, height)), np.clip(last, 0, (width, height))
    first[repeats], last[repeats] = 0, (width, height)
    sums = np.zeros((height + 1, width + 1), dtype=np.int64)
    sums[1:, 1:] = above.cumsum(axis=0, dtype=np.int64).cumsum(axis=1)
    (left, top), (right, bottom) = first.T, last.T
    count = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return count > 0, count == (right - left) * (bottom - top)
