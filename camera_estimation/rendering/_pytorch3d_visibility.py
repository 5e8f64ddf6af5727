"""Which face each sample of an image sees, found by PyTorch3D's rasterizer.

PyTorch3D's axes and normalized coordinates stay in here: x points left and y up, and a square image reaches from -1 to
1 on both axes. Off CUDA its rasterizer tries every face at every sample. So that it stays usable there, images are cut
into square tiles, each drawn from the faces that reach into it; the samples do not change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.rendering._triangle_bounds import EDGE_TOLERANCE
from camera_estimation.rendering._visibility import NEAR

if TYPE_CHECKING:
    from pytorch3d.structures import Meshes

# Of faces and barycentric coordinates on them: whether the surface is drawn there.
DrawnTest = Callable[[Int[Tensor, " N"], Float[Tensor, "N 3"]], Bool[Tensor, " N"]]

TILE = 16  # samples a side
# Surfaces behind each other that are looked at first, where some have holes, and at most: PyTorch3D's own limit.
FIRST_LAYERS, MOST_LAYERS = 4, 150
# As in the default backend, of two coincident sheets the one that faces the camera is seen, here by drawing it nearer
# by a fraction of its depth.
FRONT_FACE_BIAS = 2e-6


@dataclass(frozen=True)
class VisibleSamples:
    """The samples, N of all views, that see a face: where they are, the face, the place on it, and the depth."""

    view: Int[Tensor, " N"]
    row: Int[Tensor, " N"]
    column: Int[Tensor, " N"]
    face: Int[Tensor, " N"]
    barycentric: Float[Tensor, "N 3"]
    depth: Float[Tensor, " N"]


@dataclass(frozen=True)
class _Tiles:
    """Triangles by tile: ``triangle`` numbers those of tile ``occupied[0]`` first, ``sizes[0]`` of them, and so on."""

    occupied: Int[Tensor, " K"]
    sizes: Int[Tensor, " K"]
    triangle: Int[Tensor, " M"]
    rows: int
    columns: int


def visible_samples(
    corners: Float[Tensor, "B F 3 3"],
    faces_camera: Bool[Tensor, "B F"],
    height: int,
    width: int,
    is_drawn: DrawnTest | None = None,
) -> VisibleSamples:
    """Draw faces whose corners are (u, v) in samples and depth. Nothing nearer than ``NEAR`` is drawn.

    ``is_drawn`` tells of faces and places on them whether they are opaque there; by default all are.
    """
    from pytorch3d.structures import Meshes

    depth = corners[..., 2:] * torch.where(faces_camera, 1 - FRONT_FACE_BIAS, 1.0)[..., None, None]
    tiles = _assign_tiles(corners, height, width)
    tile = tiles.occupied.repeat_interleave(tiles.sizes)
    corner_of_tile = TILE * torch.stack([tile % tiles.columns, tile // tiles.columns % tiles.rows], dim=-1)
    uv = corners[..., :2].flatten(0, 1)[tiles.triangle] - corner_of_tile[:, None]
    triangles = torch.cat([1 - uv * (2 / TILE), depth.flatten(0, 1)[tiles.triangle]], dim=-1)
    if len(triangles) == 0:
        none = tile
        return VisibleSamples(none, none, none, none, corners.new_zeros(0, 3), corners.new_zeros(0))
    sizes = tiles.sizes.tolist()
    numbering = torch.arange(3 * max(sizes), device=corners.device).reshape(-1, 3)
    meshes = Meshes(
        [part.flatten(0, 1) for part in triangles.split(sizes)],
        [numbering[:size] for size in sizes],
    )
    if is_drawn is None:
        found, depth, barycentric = _rasterize(meshes, 1)
    else:
        found, depth, barycentric = _peel(meshes, tiles.triangle % corners.shape[1], is_drawn)
    tile, row, column, _ = torch.nonzero(found >= 0).unbind(1)
    triangle = tiles.triangle[found[tile, row, column, 0]]
    barycentric, depth = barycentric[tile, row, column, 0], depth[tile, row, column, 0]
    tile = tiles.occupied[tile]
    row = row + TILE * (tile // tiles.columns % tiles.rows)
    column = column + TILE * (tile % tiles.columns)
    inside = (row < height) & (column < width)
    face = triangle % corners.shape[1]
    view = triangle // corners.shape[1]
    return VisibleSamples(view[inside], row[inside], column[inside], face[inside], barycentric[inside], depth[inside])


def _rasterize(
    meshes: Meshes, layers: int
) -> tuple[Int[Tensor, "T H W K"], Float[Tensor, "T H W K"], Float[Tensor, "T H W K 3"]]:
    """Faces, depths and places of the nearest ``layers`` faces of every sample of every tile; -1: none."""
    from pytorch3d.renderer.mesh.rasterize_meshes import rasterize_meshes

    found, depth, barycentric, _ = rasterize_meshes(
        meshes,
        image_size=TILE,
        blur_radius=(EDGE_TOLERANCE * 2 / TILE) ** 2,
        faces_per_pixel=layers,
        bin_size=0,
        perspective_correct=True,
        clip_barycentric_coords=True,
        z_clip_value=NEAR,
    )
    return found, depth, barycentric


def _peel(
    meshes: Meshes, faces: Int[Tensor, " M"], is_drawn: DrawnTest
) -> tuple[Int[Tensor, "T H W 1"], Float[Tensor, "T H W 1"], Float[Tensor, "T H W 1 3"]]:
    """``_rasterize`` of the nearest face that is drawn at each sample; ``faces`` are their numbers for the test."""
    layers = FIRST_LAYERS
    while True:
        found, depth, barycentric = _rasterize(meshes, layers)
        seen = found >= 0
        drawn = torch.zeros_like(seen)
        drawn[seen] = is_drawn(faces[found[seen]], barycentric[seen])
        if not (seen.all(-1) & ~drawn.any(-1)).any() or layers == MOST_LAYERS:
            break
        layers = min(2 * layers, MOST_LAYERS)
    first = drawn.int().argmax(-1, keepdim=True)  # of equal ones the first
    found = torch.where(drawn.any(-1, keepdim=True), found.gather(-1, first), -1)
    return found, depth.gather(-1, first), barycentric.gather(-2, first[..., None].expand(*first.shape, 3))


def _assign_tiles(corners: Float[Tensor, "B F 3 3"], height: int, width: int) -> _Tiles:
    """The tiles of all views that the bounding boxes of faces reach into; all of a view for faces that reach behind the
    camera."""
    columns, rows = -(-width // TILE), -(-height // TILE)
    low, high = corners[..., :2].amin(2), corners[..., :2].amax(2)
    behind = (corners[..., 2].amin(2) < NEAR)[..., None]
    last_tile = low.new_tensor([columns - 1, rows - 1])
    first = torch.where(behind, 0.0, (low - EDGE_TOLERANCE) / TILE).floor().clamp(min=0)
    last = torch.minimum(torch.where(behind, torch.inf, (high + EDGE_TOLERANCE) / TILE).floor(), last_tile)
    span = (last - first + 1).clamp(min=0).long().flatten(0, 1)
    count = span.prod(1) * (corners[..., 2].amax(2) >= NEAR).flatten()
    first = first.clamp(max=max(columns, rows)).long().flatten(0, 1)

    triangle = torch.arange(len(count), device=corners.device).repeat_interleave(count)
    place = torch.arange(len(triangle), device=corners.device) - (count.cumsum(0) - count)[triangle]
    column = first[triangle, 0] + place % span[triangle, 0]
    row = first[triangle, 1] + place // span[triangle, 0]
    tile = (triangle // corners.shape[1] * rows + row) * columns + column
    tile, order = tile.sort(stable=True)
    occupied, sizes = tile.unique_consecutive(return_counts=True)
    return _Tiles(occupied, sizes, triangle[order], rows, columns)
