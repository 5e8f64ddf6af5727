"""Which pixel of an image shows each texel: what a texture is baked from.

A texel is seen where its point projects into the image and nothing of the mesh is between it and the camera. Of
triangles that share a texel one counts.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.export._surface_maps import SurfaceMap, normals_of
from camera_estimation.rendering import SeenSurface, SurfaceHits, meet_faces

BAND_TEXELS = 1 << 16  # that are looked at together: bounds the memory
SAME_PLACE = 1e-6  # of the distance from the camera
CHANNELS = ("u", "v", "cosine")


def texel_map(surface: SeenSurface, texture: int, width: int, height: int) -> SurfaceMap:
    """The pixels of a texture's texels.

    Args:
        surface: What the camera sees.
        texture: Its index in the mesh.
        width: Of the map, in texels; the texture's or fewer.
        height: Likewise.

    Returns:
        u, v (the first pixel's center is (0.5, 0.5)) and the cosine between normal and line of sight, NaN for texels
        that are not seen.
    """
    values = np.full((height, width, len(CHANNELS)), np.nan, dtype=np.float32)
    faces = surface.renderer.find_texel_faces(texture, width, height).cpu().numpy()
    step = max(1, BAND_TEXELS // width)
    for start in range(0, height, step):
        row, column = np.nonzero(faces[start : start + step] >= 0)
        row += start
        face = torch.from_numpy(faces[row, column].astype(np.int64))
        texels = torch.from_numpy(np.stack([(column + 0.5) / width, (row + 0.5) / height], axis=-1))
        points = _points_of(surface, face, texels)
        pixels = surface.project(points.camera_points)
        cosines = _cosines(surface, points)
        seen = _are_seen(surface, points, pixels) & (cosines > 0)  # 0: of triangles without area
        values[row[seen], column[seen]] = torch.cat([pixels, cosines[:, None]], dim=-1)[seen].numpy()
    return SurfaceMap("visibility", values, CHANNELS)


def _points_of(surface: SeenSurface, face: Int[Tensor, " N"], texels: Float[Tensor, "N 2"]) -> SurfaceHits:
    corners = surface.mesh.uv.double().cpu()[surface.mesh.faces.long().cpu()[face]]
    corners = corners - corners.mean(1, keepdim=True).floor()
    first, second, third = corners.unbind(1)
    weights = torch.stack(
        [_area(second, third, texels), _area(third, first, texels), _area(first, second, texels)], dim=-1
    )
    weights = weights / weights.sum(-1, keepdim=True)
    return SurfaceHits(face, weights, (weights[..., None] * surface.corners[face]).sum(1))


def _area(a: Float[Tensor, "N 2"], b: Float[Tensor, "N 2"], c: Float[Tensor, "N 2"]) -> Float[Tensor, " N"]:
    """Twice that of triangles, negative if clockwise."""
    (ax, ay), (bx, by) = (b - a).unbind(-1), (c - a).unbind(-1)
    return ax * by - ay * bx


def _are_seen(surface: SeenSurface, points: SurfaceHits, pixels: Float[Tensor, "N 2"]) -> Bool[Tensor, " N"]:
    """In the frame, with nothing before them."""
    height, width = surface.faces.shape
    inside = ((pixels >= 0) & (pixels < pixels.new_tensor([width, height]))).all(-1)
    mesh, camera = surface.mesh, surface.camera
    world = (points.camera_points - camera.translation) @ camera.rotation[0]
    center, *normalized = ((place - mesh.center.cpu()) / mesh.radius for place in (camera.center[0], world))
    seen = inside & ~_are_backs(surface, points, pixels.where(inside[:, None], 0.0))
    seen[seen.clone()] = ~surface.renderer.find_hidden(center, normalized[0][seen], points.face[seen])
    return seen


def _are_backs(surface: SeenSurface, points: SurfaceHits, pixels: Float[Tensor, "N 2"]) -> Bool[Tensor, " N"]:
    """Whether the pixels show another triangle in the same place, as of sheets that have one for each side."""
    column, row = pixels.long().unbind(-1)
    shown = torch.from_numpy(surface.faces)[row, column].long()
    _, reached = meet_faces(surface.corners[shown.clamp(min=0)], points.camera_points)  # 1: as far as the point
    normals = [_outward(surface, face) for face in (points.face, shown.clamp(min=0))]
    other_side = (normals[0] * normals[1]).sum(-1) < 0
    return (shown >= 0) & (shown != points.face) & ((reached - 1).abs() < SAME_PLACE) & other_side


def _cosines(surface: SeenSurface, points: SurfaceHits) -> Float[Tensor, " N"]:
    sight = torch.nn.functional.normalize(points.camera_points, dim=-1)
    return -(normals_of(surface, points) * sight).sum(-1)


def _outward(surface: SeenSurface, face: Int[Tensor, " N"]) -> Float[Tensor, "N 3"]:
    first, second, third = surface.corners[face].unbind(1)
    return torch.linalg.cross(second - first, third - first)
