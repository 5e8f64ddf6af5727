"""Pinholes that look through a lens at a part of what it shows, in place of its distorted picture.

A window has the lens's centre. It looks along the lens's axis where what it is to show is near that; else it is turned
to look at it, for a pinhole stretches what is far from its own axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.lens import Lens
from camera_estimation.geometry.rotation import rotation_between

STRAIGHT_UP_TO = math.radians(40)  # from the lens's axis: a pinhole stretches by 1.7 there
WIDEST = math.radians(60)  # from the window's axis: what is beyond is left out
SAMPLES = 25  # a side, at which the lens is tried for how large its pixels are
SAME_SIZE = 1.1  # pixels of the lens in one of the window that need no finer window
ROOM = 1.5  # times the lens's longer side: the longer side of a window at most
SMALLEST = 8  # pixels a side
ROUNDING = 1e-6  # pixels


@dataclass(frozen=True)
class LensWindow:
    """A pinhole through a lens.

    Attributes:
        lens: The camera as it is.
        rotation: From its axes to those of the pinhole.
        intrinsics: (fx, fy, cx, cy) of the pinhole, in pixels of the window.
        width: Of the window, in pixels.
        height: Likewise.
        complete: Whether it shows all that it was to show.
    """

    lens: Lens
    rotation: Float[Tensor, "3 3"]
    intrinsics: tuple[float, float, float, float]
    width: int
    height: int
    complete: bool = True

    def to_window(self, camera: Camera) -> Camera:
        """Cameras of the lens (their intrinsics do not count) as pinholes of the window."""
        return self._turn(camera, self.rotation, self.intrinsics, (self.width, self.height))

    def to_source(self, camera: Camera) -> Camera:
        """The inverse of ``to_window``, with the lens's intrinsics."""
        return self._turn(camera, self.rotation.T, self.lens.intrinsics, (self.lens.width, self.lens.height))

    def source_pixels(self, pixels: Float[Tensor, "N 2"]) -> Float[Tensor, "N 2"]:
        """Where pixels of the window are in the lens's picture; NaN where that has none."""
        fx, fy, cx, cy = self.intrinsics
        u, v = pixels.double().unbind(-1)
        directions = torch.stack([(u - cx) / fx, (v - cy) / fy, torch.ones_like(u)], dim=-1)
        return self.lens.project(directions @ self.rotation)

    def window_pixels(self, pixels: Float[Tensor, "N 2"]) -> Float[Tensor, "N 2"]:
        """The inverse of ``source_pixels``; NaN for pixels that the window looks away from."""
        directions = self.lens.unproject(pixels) @ self.rotation.T
        fx, fy, cx, cy = self.intrinsics
        ahead = directions[:, :2] / directions[:, 2:]
        seen = (directions[:, 2:] > 0) & ahead.isfinite()
        return torch.where(seen, ahead * ahead.new_tensor([fx, fy]) + ahead.new_tensor([cx, cy]), torch.nan)

    @property
    def shrinkage(self) -> float:
        """How many of the lens's pixels, a side, one of the window shows at most."""
        return _pixel_sizes(self)

    def _turn(
        self,
        camera: Camera,
        rotation: Float[Tensor, "3 3"],
        intrinsics: tuple[float, float, float, float],
        size: tuple[int, int],
    ) -> Camera:
        rotation = rotation.to(camera.rotation)
        values = camera.focal.new_tensor(intrinsics).expand(len(camera), 4)
        return Camera(
            rotation=rotation @ camera.rotation,
            translation=camera.translation @ rotation.T,
            focal=values[:, :2],
            principal_point=values[:, 2:],
            width=size[0],
            height=size[1],
        )


def window_about_pixels(lens: Lens, box: tuple[float, float, float, float]) -> LensWindow | None:
    """The window that shows a part of a lens's picture.

    Args:
        lens: The camera.
        box: Left, top, right and bottom of the part, in pixels.

    Returns:
        It; None if the lens shows nothing there.
    """
    left, top, right, bottom = box
    columns = torch.linspace(left, right, SAMPLES, dtype=torch.float64)
    rows = torch.linspace(top, bottom, SAMPLES, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1).reshape(-1, 2)
    return window_about(lens, lens.unproject(grid))


def window_about(lens: Lens, directions: Float[Tensor, "N 3"]) -> LensWindow | None:
    """The window that shows directions.

    Args:
        lens: The camera.
        directions: Unit vectors in its axes; those that are not finite are passed over.

    Returns:
        It, with pixels about as large as the lens's at their largest, so that nothing is lost; None if there are no
        directions.
    """
    seen = directions[directions.isfinite().all(-1)]
    if not len(seen):
        return None
    axis = torch.tensor([[0.0, 0.0, 1.0]], dtype=seen.dtype)
    straight = bool((seen[:, 2] >= math.cos(STRAIGHT_UP_TO)).all())
    rotation = torch.eye(3, dtype=seen.dtype) if straight else rotation_between(_middle(seen)[None], axis)[0]
    turned = seen @ rotation.T
    near = turned[:, 2] > math.cos(WIDEST)
    ahead = turned[near, :2] / turned[near, 2:]
    bounds = (*ahead.amin(0).tolist(), *ahead.amax(0).tolist())
    fx, fy = lens.intrinsics[:2]
    if not straight:
        fx = fy = math.sqrt(fx * fy)
    window = _window(lens, rotation, (fx, fy), bounds, bool(near.all()))
    size = window.shrinkage
    if not straight or size > SAME_SIZE:
        window = _window(lens, rotation, (fx * size, fy * size), bounds, window.complete)
    excess = max(window.width, window.height) / (ROOM * max(lens.width, lens.height))
    if excess > 1:
        focal = window.intrinsics[0] / excess, window.intrinsics[1] / excess
        window = _window(lens, rotation, focal, bounds, window.complete)
    return window


def _middle(directions: Float[Tensor, "N 3"]) -> Float[Tensor, "3"]:
    """The unit vector between the directions that are farthest apart along the axes, where they are not opposite."""
    middle = (directions.amin(0) + directions.amax(0)) / 2
    length = middle.norm()
    return middle / length if length > 1e-3 else directions.new_tensor([0.0, 0.0, 1.0])


def _window(
    lens: Lens,
    rotation: Float[Tensor, "3 3"],
    focal: tuple[float, float],
    bounds: tuple[float, float, float, float],
    complete: bool,
) -> LensWindow:
    """The window of these bounds on the plane at distance 1. One that looks along the lens's axis has the pixels of
    the lens, so that where that does not bend nothing is resampled."""
    (fx, fy), (_, _, cx, cy) = focal, lens.intrinsics
    left, top = math.floor(cx + fx * bounds[0] + ROUNDING), math.floor(cy + fy * bounds[1] + ROUNDING)
    right, bottom = math.ceil(cx + fx * bounds[2] - ROUNDING), math.ceil(cy + fy * bounds[3] - ROUNDING)
    width, height = max(SMALLEST, right - left), max(SMALLEST, bottom - top)
    return LensWindow(lens, rotation, (fx, fy, cx - left, cy - top), width, height, complete)


def _pixel_sizes(window: LensWindow) -> float:
    """The greatest stretch from the window's pixels to the lens's, where both see anything; 1 where neither does."""
    step = 0.5
    columns = torch.linspace(0, window.width, SAMPLES, dtype=torch.float64)
    rows = torch.linspace(0, window.height, SAMPLES, dtype=torch.float64)
    grid = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1).reshape(-1, 2)
    steps = torch.tensor([[step, 0.0], [0.0, step]], dtype=torch.float64)
    sides = [(window.source_pixels(grid + by) - window.source_pixels(grid - by)) / (2 * step) for by in steps]
    slope = torch.stack(sides, dim=-1)
    slope = slope[slope.isfinite().all(-1).all(-1)]
    return float(torch.linalg.matrix_norm(slope, 2).max()) if len(slope) else 1.0
