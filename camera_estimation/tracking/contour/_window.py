"""The window about the object that a frame is looked at through, with square pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from camera_estimation.geometry import Camera

OBJECT_PIXELS = 96  # of the longer side of the object in its window
MARGIN = 0.35  # of the object's longer side, on every side: how far it may move from frame to frame
LEAST_SIDE = 8.0  # pixels of the image: smaller objects are looked at in a window for this size


@dataclass(frozen=True)
class FrameWindow:
    """A window of the image in whole pixels (``left``, ``top``, ``width``, ``height``; it may leave the image) and its
    size in its own pixels."""

    left: int
    top: int
    width: int
    height: int
    columns: int
    rows: int

    def crop(self, camera: Camera) -> Camera:
        """The cameras of the image for this window."""
        return camera.crop(self.left, self.top, self.width, self.height, self.columns, self.rows)

    def cut(self, rgb: UInt8[np.ndarray, "H W 3"]) -> tuple[UInt8[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
        """The window's pixels, and which of them are within the image; the others continue its border."""
        height, width = rgb.shape[:2]
        columns = np.arange(self.left, self.left + self.width)
        rows = np.arange(self.top, self.top + self.height)
        part = rgb[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
        shrinks = self.columns < self.width or self.rows < self.height
        size = (self.columns, self.rows)
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        centers_x = self.left + (np.arange(self.columns) + 0.5) * self.width / self.columns
        centers_y = self.top + (np.arange(self.rows) + 0.5) * self.height / self.rows
        inside_x = (centers_x > 0) & (centers_x < width)
        inside_y = (centers_y > 0) & (centers_y < height)
        return part, inside_y[:, None] & inside_x


def window_about_points(points: Float[np.ndarray, "N 2"], camera: Camera) -> FrameWindow:
    """Of the image of ``camera`` (a batch of one), about pixels that the object covers."""
    low, high = points.min(0), points.max(0)
    focal = camera.focal[0].cpu().numpy()
    # In units of the vertical focal length's pixels, so that the window's pixels are square in angle.
    squeeze = np.array([focal[1] / focal[0], 1.0])
    side = max(float(((high - low) * squeeze).max()), LEAST_SIDE)
    scale = OBJECT_PIXELS / side
    margin = MARGIN * side / squeeze
    first = np.floor(low - margin).astype(int)
    last = np.ceil(high + margin).astype(int)
    extent = last - first
    size = np.maximum(np.rint(extent * squeeze * scale), 1).astype(int)
    return FrameWindow(*first.tolist(), *extent.tolist(), *size.tolist())
