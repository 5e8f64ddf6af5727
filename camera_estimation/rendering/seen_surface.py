"""The point of the surface at each pixel's center of a frame: its triangle, and where in that it is.

Triangles are found by drawing them or, of a lens, by following the ray of each pixel; the point is where the ray of the
pixel's center meets the triangle's plane, in double precision.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera, Lens
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.rendering.tiles import frame_tiles, lens_bounds

BAND_PIXELS = 1 << 16  # that are looked at together: bounds the memory
INSIDE = -1e-9  # of a weight: the edges of a triangle belong to it


@dataclass(frozen=True)
class SurfaceHits:
    """Points of the surface.

    Attributes:
        face: The triangle of each.
        weights: Of its corners.
        camera_points: In camera axes, in world units.
    """

    face: Int[Tensor, " N"]
    weights: Float[Tensor, "N 3"]
    camera_points: Float[Tensor, "N 3"]


def meet_faces(
    corners: Float[Tensor, "N 3 3"], rays: Float[Tensor, "N 3"]
) -> tuple[Float[Tensor, "N 3"], Float[Tensor, " N"]]:
    """Where rays from the origin meet the planes of triangles.

    Args:
        corners: Of a triangle for each ray.
        rays: Of any length.

    Returns:
        The weights of the corners, which are negative outside of the triangle, and how many times the ray's length away
        it is; not finite where the ray is along the plane.
    """
    first, second, third = corners.unbind(1)
    edges = torch.stack([torch.linalg.cross(second, third), torch.linalg.cross(third, first)], dim=1)
    edges = torch.cat([edges, torch.linalg.cross(first, second)[:, None]], dim=1)
    weights = (edges * rays[:, None]).sum(-1)
    total = weights.sum(-1)
    return weights / total[:, None], (first * edges[:, 0]).sum(-1) / total


class SeenSurface:
    """What a camera sees of a mesh.

    Args:
        renderer: Of the mesh.
        camera: One, in world coordinates, of the whole image.
        lens: The same intrinsics with what distorts the image; None: a pinhole.

    Attributes:
        faces: The triangle at each pixel's center; -1 where there is none.
        corners: Of every triangle, in camera axes and world units.
    """

    def __init__(self, renderer: Renderer, camera: Camera, lens: Lens | None = None) -> None:
        self.renderer, self.mesh, self.lens = renderer, renderer.mesh, lens
        self.camera = camera.to("cpu", torch.float64)
        world = self.mesh.center.double().cpu() + self.mesh.radius * self.mesh.vertices.double().cpu()
        vertices = world @ self.camera.rotation[0].T + self.camera.translation
        self.corners: Float[Tensor, "F 3 3"] = vertices[self.mesh.faces.long().cpu()]
        self.faces: Int[np.ndarray, "H W"] = self._draw(self.camera) if lens is None else self._draw_through(lens)

    def bands(self) -> Iterator[tuple[slice, Bool[np.ndarray, "h W"], SurfaceHits]]:
        """Rows of the frame, which pixels of them show the mesh, and the points that these show, in their order."""
        for rows in self._rows():
            shown = self.faces[rows] >= 0
            if shown.any():
                row, column = np.nonzero(shown)
                face = torch.from_numpy(self.faces[rows][shown].astype(np.int64))
                yield rows, shown, self._points(face, self._rays(row + rows.start, column))

    def project(self, points: Float[Tensor, "N 3"]) -> Float[Tensor, "N 2"]:
        """Pixels of points in camera axes, NaN where the camera does not see them, whatever hides them."""
        if self.lens is not None:
            return self.lens.project(points)
        pixels = points[:, :2] / points[:, 2:] * self.camera.focal + self.camera.principal_point
        return torch.where(points[:, 2:] > 0, pixels, torch.nan)

    def _points(self, face: Int[Tensor, " N"], rays: Float[Tensor, "N 3"]) -> SurfaceHits:
        """On the rays; the weights are of the triangle, also where its edge passes by the ray by rounding."""
        corners = self.corners[face]
        weights, distance = meet_faces(corners, rays)
        missed = ~(weights >= INSIDE).all(-1)
        near = weights[missed].nan_to_num(1 / 3, 1.0, 0.0).clamp(0, 1)
        weights[missed] = near / near.sum(-1, keepdim=True).clamp(min=1e-12)
        edge = (weights[missed][..., None] * corners[missed]).sum(1)
        distance[missed] = (edge * rays[missed]).sum(-1) / rays[missed].square().sum(-1)
        return SurfaceHits(face, weights, distance[:, None] * rays)

    def _rays(self, row: Int[np.ndarray, " N"], column: Int[np.ndarray, " N"]) -> Float[Tensor, "N 3"]:
        """Of pixels' centers; of a pinhole with z = 1."""
        pixels = torch.from_numpy(np.stack([column, row], axis=-1)).double() + 0.5
        if self.lens is not None:
            return self.lens.unproject(pixels)
        ahead = (pixels - self.camera.principal_point) / self.camera.focal
        return torch.cat([ahead, torch.ones_like(ahead[:, :1])], dim=-1)

    def _draw(self, camera: Camera) -> Int[np.ndarray, "H W"]:
        frame = np.full((camera.height, camera.width), -1, dtype=np.int32)
        for place, tile in frame_tiles(self.mesh, camera):
            frame[place] = self.renderer.find_faces(tile)[0].cpu().numpy()
        return frame

    def _draw_through(self, lens: Lens) -> Int[np.ndarray, "H W"]:
        frame = np.full((lens.height, lens.width), -1, dtype=np.int32)
        left, top, right, bottom = lens_bounds(self.mesh, self.camera, lens)
        columns = slice(math.floor(left), math.ceil(right))
        center = (self.camera.center[0] - self.mesh.center.cpu()) / self.mesh.radius
        for rows in self._rows(math.floor(top), math.ceil(bottom)):
            row, column = np.mgrid[rows, columns].reshape(2, -1)
            rays = self._rays(row, column)
            seen = rays.isfinite().all(-1)
            met = torch.full(seen.shape, -1, dtype=torch.int32)
            met[seen] = self.renderer.find_met(center, rays[seen] @ self.camera.rotation[0])
            frame[rows, columns] = met.reshape(rows.stop - rows.start, -1).numpy()
        return frame

    def _rows(self, first: int = 0, end: int | None = None) -> Iterator[slice]:
        end = self.camera.height if end is None else end
        step = max(1, BAND_PIXELS // self.camera.width)
        for start in range(first, end, step):
            yield slice(start, min(end, start + step))
