"""The window about the object that a frame is looked at through, with square pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from camera_estimation.geometry import Camera

# Of the longer side of the object in its window: as many as it has in the image, within these bounds.
FEWEST_PIXELS, MOST_PIXELS = 96, 128
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

    def cut(self, levels: UInt8[np.ndarray, "H W *C"]) -> UInt8[np.ndarray, "h w *C"]:
        """The window's pixels; those beyond the image continue its border."""
        height, width = levels.shape[:2]
        top, bottom = np.clip((self.top, self.top + self.height), 0, height)
        left, right = np.clip((self.left, self.left + self.width), 0, width)
        if top == bottom or left == right:  # of a window beside the image there is the border alone
            rows = np.clip(np.arange(self.top, self.top + self.height), 0, height - 1)
            columns = np.clip(np.arange(self.left, self.left + self.width), 0, width - 1)
            part = levels[rows[:, None], columns]
        else:
            above, before = int(top) - self.top, int(left) - self.left
            below, behind = self.top + self.height - int(bottom), self.left + self.width - int(right)
            part = levels[top:bottom, left:right]
            if any((above, below, before, behind)):
                part = cv2.copyMakeBorder(part, above, below, before, behind, cv2.BORDER_REPLICATE)
        shrinks = self.columns < self.width or self.rows < self.height
        size = (self.columns, self.rows)
        return cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)

    def within(self, height: int, width: int) -> Bool[np.ndarray, "h w"]:
        """Which of the window's pixels are within an image of that size."""
        centers_x = self.left + (np.arange(self.columns) + 0.5) * self.width / self.columns
        centers_y = self.top + (np.arange(self.rows) + 0.5) * self.height / self.rows
        inside_x = (centers_x > 0) & (centers_x < width)
        inside_y = (centers_y > 0) & (centers_y < height)
        return inside_y[:, None] & inside_x

    def place(self, levels: UInt8[np.ndarray, "h w"], height: int, width: int) -> UInt8[np.ndarray, "H W"]:
        """A map of the window as one of an image of that size, 0 beside the window."""
        part = cv2.resize(levels, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        whole = np.zeros((height, width), np.uint8)
        top, left = max(self.top, 0), max(self.left, 0)
        bottom, right = min(self.top + self.height, height), min(self.left + self.width, width)
        if top < bottom and left < right:
            whole[top:bottom, left:right] = part[
                top - self.top : bottom - self.top, left - self.left : right - self.left
            ]
        return whole


@dataclass(frozen=True)
class VideoWindow:
    """What is seen of a frame through a window, and which of that is within the image."""

    window: FrameWindow
    pixels: UInt8[np.ndarray, "h w 3"]
    known: Bool[np.ndarray, "h w"]

    @classmethod
    def of(cls, window: FrameWindow, rgb: UInt8[np.ndarray, "H W 3"]) -> VideoWindow:
        return cls(window, window.cut(rgb), window.within(*rgb.shape[:2]))


def window_about_points(
    points: Float[np.ndarray, "N 2"], camera: Camera, most_pixels: int = MOST_PIXELS
) -> FrameWindow:
    """Of the image of ``camera`` (a batch of one), about pixels that the object covers.

    Args:
        points: Those pixels.
        camera: Says how high its pixels are beside their width.
        most_pixels: Of the longer side of the object in the window.
    """
    low, high = points.min(0), points.max(0)
    focal = camera.focal[0].cpu().numpy()
    # In units of the vertical focal length's pixels, so that the window's pixels are square in angle.
    squeeze = np.array([focal[1] / focal[0], 1.0])
    side = max(float(((high - low) * squeeze).max()), LEAST_SIDE)
    scale = min(max(side, FEWEST_PIXELS), most_pixels) / side
    margin = MARGIN * side / squeeze
    first = np.floor(low - margin).astype(int)
    last = np.ceil(high + margin).astype(int)
    extent = last - first
    size = np.maximum(np.rint(extent * squeeze * scale), 1).astype(int)
    return FrameWindow(*first.tolist(), *extent.tolist(), *size.tolist())
