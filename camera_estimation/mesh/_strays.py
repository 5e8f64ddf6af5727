"""Crumbs far off, as generators leave them: one would make the object a speck in its own frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from camera_estimation.mesh.scene import FACES_AT_ONCE, Scene, edge_products, keep_faces

STRAY_SHARE = 1e-3  # of the surface: what all that is left out may have together
# An object whose core fills less than this of its bounding box, along the longest side, is looked at for crumbs.
SUSPICIOUS_FILL = 0.5
MARGIN = 0.5  # of the core's longest side: what is nearer to it stays
BINS = 1024
FLAT = 1e-9  # thickness below which an axis has no bins, as a share of the longest side


def drop_strays(scene: Scene) -> Scene:
    """The scene without separate parts that are far from all else and negligible, with a remark if there are any.

    Nothing changes for scenes of which all but a thousandth of the surface reaches over half of the bounding box.
    """
    first = len(scene.faces)
    areas = triangle_areas(scene)
    allowed, dropped = STRAY_SHARE * areas.sum(), 0.0
    while (stray := _find_strays(scene, areas, allowed - dropped)).any():
        dropped += areas[stray].sum()
        scene, areas = keep_faces(scene, ~stray), areas[~stray]
    if len(scene.faces) == first:
        return scene
    remark = f"{first - len(scene.faces)} of its {first} triangles, far off and together tiny, are left out"
    return replace(scene, remarks=(*scene.remarks, remark))


def triangle_areas(scene: Scene) -> Float[np.ndarray, " F"]:
    """Areas of the triangles, in units of the longest side of the bounding box."""
    extent = np.ptp(scene.vertices, axis=0).max()
    areas = np.empty(len(scene.faces))
    for part, (x, y, z) in edge_products(scene.vertices / extent, scene.faces):
        areas[part] = 0.5 * np.sqrt(x**2 + y**2 + z**2)
    return areas


def _find_strays(scene: Scene, areas: Float[np.ndarray, " F"], allowed: float) -> Bool[np.ndarray, " F"]:
    """Triangles of parts that lie apart from the core and have at most the area ``allowed`` together."""
    nothing = np.zeros(len(scene.faces), dtype=bool)
    low, high = scene.vertices.min(axis=0), scene.vertices.max(axis=0)
    core_low, core_high = _core_bounds(scene, areas, low, high)
    longest = (core_high - core_low).max()
    if longest >= SUSPICIOUS_FILL * (high - low).max():
        return nothing
    part = _part_numbers(scene)
    count = int(part.max()) + 1
    part_low, part_high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    corners = scene.vertices[scene.faces]
    np.minimum.at(part_low, part, corners.min(axis=1))
    np.maximum.at(part_high, part, corners.max(axis=1))
    margin = MARGIN * longest
    apart = ((part_low > core_high + margin) | (part_high < core_low - margin)).any(axis=1)
    if not apart.any() or np.bincount(part, areas)[apart].sum() > allowed:
        return nothing
    return apart[part]


def _core_bounds(
    scene: Scene, areas: Float[np.ndarray, " F"], low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """The bounding box of all but ``STRAY_SHARE`` of the surface at each end of each axis, a bin too large."""
    bounds = []
    for axis, (start, end) in enumerate(zip(low, high, strict=True)):
        if end - start <= FLAT * (high - low).max():
            bounds.append((start, end))
            continue
        counts, edges = _area_along(scene, np.ascontiguousarray(scene.vertices[:, axis]), areas, (start, end))
        below = np.cumsum(counts) / counts.sum()
        lowest = int(np.searchsorted(below, STRAY_SHARE, side="right"))
        highest = min(int(np.searchsorted(below, 1 - STRAY_SHARE)), BINS - 1)
        bounds.append((edges[lowest], edges[highest + 1]))
    core_low, core_high = np.array(bounds).T
    return core_low, core_high


def _area_along(
    scene: Scene, column: Float[np.ndarray, " V"], areas: Float[np.ndarray, " F"], reach: tuple[float, float]
) -> tuple[Float[np.ndarray, " bins"], Float[np.ndarray, " edges"]]:
    """Of a coordinate of the vertices, the area of the triangles in each bin, and the bins' edges."""
    counts, edges = np.zeros(BINS), np.linspace(*reach, BINS + 1)
    for start in range(0, len(scene.faces), FACES_AT_ONCE):
        part = slice(start, start + FACES_AT_ONCE)
        first, second, third = scene.faces[part].T
        middles = (column[first] + column[second] + column[third]) / 3
        counts += np.histogram(middles, BINS, reach, weights=areas[part])[0]
    return counts, edges


def _part_numbers(scene: Scene) -> Int[np.ndarray, " F"]:
    """Numbers of the connected parts that triangles belong to; corners in one place are connected."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    _, place = np.unique(scene.vertices, axis=0, return_inverse=True)
    faces = place.reshape(-1)[scene.faces]
    count = int(faces.max()) + 1
    rows, columns = faces[:, :2].reshape(-1), faces[:, 1:].reshape(-1)
    graph = coo_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), (count, count))
    _, part = connected_components(graph, directed=False)
    return part[faces[:, 0]]
