"""Windows of a photograph at other resolutions, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float

from camera_estimation.geometry import Camera
from camera_estimation.lighting.insertion.placement import Ground, world_vertices
from camera_estimation.lighting.lit_surface import SurfacePlaces
from camera_estimation.mesh import TexturedMesh

MARGIN = 2  # pixels of a frame about what a mesh covers


@dataclass(frozen=True)
class FramePart:
    """A part of a frame.

    Args:
        left: First column.
        top: First row.
        width: In pixels.
        height: Likewise.
    """

    left: int
    top: int
    width: int
    height: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Its rows and columns in the frame."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def look(self, camera: Camera, width: int, height: int) -> Camera:
        """The camera of the window at another size."""
        return camera.crop(self.left, self.top, self.width, self.height, width, height)

    def size_for(self, most: float, finest: float) -> tuple[int, int]:
        """Width and height of about ``most`` pixels together, of at most ``finest`` a pixel of the frame and side."""
        scale = min(finest, math.sqrt(most / (self.width * self.height)))
        return max(1, round(scale * self.width)), max(1, round(scale * self.height))


def window_of_mesh(mesh: TexturedMesh, camera: Camera) -> FramePart | None:
    """The part of a frame that a mesh can cover, None where it covers nothing."""
    uv, depth = camera.project(torch.from_numpy(world_vertices(mesh))[None])
    ahead = depth[0] > 1e-6 * mesh.radius
    if not ahead.any():
        return None
    (left, top), (right, bottom) = uv[0][ahead].amin(0).tolist(), uv[0][ahead].amax(0).tolist()
    if not ahead.all():  # it reaches behind the camera, and beyond any border
        left, top, right, bottom = 0, 0, camera.width, camera.height
    return clip_window(left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN, camera)


def clip_window(left: float, top: float, right: float, bottom: float, camera: Camera) -> FramePart | None:
    """What of a box is in the frame; None: nothing."""
    first, last = max(0, math.floor(left)), min(camera.width, math.ceil(right))
    upper, lower = max(0, math.floor(top)), min(camera.height, math.ceil(bottom))
    if last <= first or lower <= upper:
        return None
    return FramePart(first, upper, last - first, lower - upper)


def ground_places(ground: Ground, camera: Camera, farthest: float) -> SurfacePlaces:
    """The ground at each pixel of a frame.

    Args:
        ground: The plane.
        camera: One, in world coordinates.
        farthest: From the camera, in world units.
    """
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
    rays = np.stack([(columns - cx) / fx, (rows - cy) / fy, np.ones_like(rows)], axis=-1)
    directions = rays @ camera.rotation[0].double().cpu().numpy()
    center = camera.center[0].double().cpu().numpy()
    length = ground.meet(center, directions)
    above = float(center @ ground.up) > ground.height
    seen = (length > 0) & (length * np.linalg.norm(directions, axis=-1) < farthest) & above
    points = center + np.where(seen, length, 0.0)[..., None] * directions
    up = np.broadcast_to(ground.up, points.shape)
    face = np.where(seen, 0, -1)
    return SurfacePlaces(seen, points, up, up, np.where(seen, length, np.inf), face, np.zeros_like(points))


def fill_up(
    values: Float[np.ndarray, "h w *C"], known: Bool[np.ndarray, "h w"], width: int, height: int
) -> Float[np.ndarray, "H W *C"]:
    """Values at another size, where only some are known: means of those nearby, and 1 far from them."""
    mask = known.astype(np.float32)
    spread = cv2.resize(cv2.blur(mask, (3, 3)), (width, height), interpolation=cv2.INTER_LINEAR)
    mixed = cv2.resize(
        cv2.blur((values * mask[..., None]).astype(np.float32), (3, 3)), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return np.where(spread[..., None] > 1e-4, mixed / np.maximum(spread, 1e-4)[..., None], 1.0)
