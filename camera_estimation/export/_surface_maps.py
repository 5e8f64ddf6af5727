"""Maps of an image: what of the mesh each of its pixels shows, and where it shows each texel."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.export.map_kinds import CAMERA, WORLD
from camera_estimation.rendering import SeenSurface, SurfaceHits

CHANNELS = {"depth": ("Z",), "normals": ("x", "y", "z"), "xyz": ("x", "y", "z"), "uv": ("u", "v")}


@dataclass(frozen=True)
class SurfaceMap:
    """One map.

    Args:
        kind: Of ``MAP_KINDS``.
        values: By row and column; NaN where nothing is shown, but for depth (0) and faces (-1).
        channels: What the last axis holds; of one there is no such axis.
    """

    kind: str
    values: Float[np.ndarray, "H W *C"]
    channels: tuple[str, ...]


def pixel_maps(surface: SeenSurface, kinds: Collection[str], normal_axes: str = CAMERA) -> list[SurfaceMap]:
    """Maps of the image's own size.

    Args:
        surface: What the camera sees.
        kinds: Of ``MAP_KINDS``; of visibility there is none here.
        normal_axes: ``CAMERA`` (OpenCV's: x right, y down, z forward) or ``WORLD``.
    """
    nothing = {kind: 0.0 if kind == "depth" else np.nan for kind in CHANNELS if kind in kinds}
    maps = {
        kind: np.full((*surface.faces.shape, len(CHANNELS[kind])), value, dtype=np.float32)
        for kind, value in nothing.items()
    }
    for rows, shown, points in surface.bands() if maps else ():
        for kind, values in maps.items():
            values[rows][shown] = _values_of(kind, surface, points, normal_axes).float().numpy()
    found = [
        SurfaceMap(kind, values[..., 0] if kind == "depth" else values, CHANNELS[kind]) for kind, values in maps.items()
    ]
    if "face" in kinds:
        found.append(SurfaceMap("face", surface.faces.astype(np.float32), ("face",)))
    return found


def _values_of(kind: str, surface: SeenSurface, points: SurfaceHits, normal_axes: str) -> Float[Tensor, "N C"]:
    if kind == "depth":
        return points.camera_points[:, 2:]
    if kind == "xyz":
        return (points.camera_points - surface.camera.translation) @ surface.camera.rotation[0]
    if kind == "normals":
        normals = normals_of(surface, points)
        return normals @ surface.camera.rotation[0] if normal_axes == WORLD else normals
    corners = surface.mesh.uv.double().cpu()[surface.mesh.faces.long().cpu()[points.face]]
    return (points.weights[..., None] * corners).sum(1)


def normals_of(surface: SeenSurface, points: SurfaceHits) -> Float[Tensor, "N 3"]:
    """Of the points' triangles, in camera axes, turned to the camera."""
    first, second, third = surface.corners[points.face].unbind(1)
    normals = torch.nn.functional.normalize(torch.linalg.cross(second - first, third - first), dim=-1, eps=1e-30)
    away = (normals * points.camera_points).sum(-1, keepdim=True) > 0
    return torch.where(away, -normals, normals)
