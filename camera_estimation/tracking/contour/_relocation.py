"""Where in a whole frame an object may be that was lost, by its colors and the silhouette that it had last."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.geometry import Camera
from camera_estimation.tracking.contour._window import FrameWindow

TEMPLATE_PIXELS = 40  # of the longer side of the silhouette's window where it is looked for
SURROUNDING = 0.2  # of that: how far around the silhouette other colors are expected
MOST_PIXELS = 400_000  # of the frame at that size


@dataclass(frozen=True)
class SmallFrame:
    """A frame with fewer pixels, ``scale`` times as many a side, and a silhouette in such pixels."""

    rgb: UInt8[np.ndarray, "H W 3"]
    coverage: Float[np.ndarray, "h w"]
    scale: tuple[float, float]

    def to_frame(self, place: tuple[float, float]) -> tuple[float, float]:
        """A pixel of the frame itself."""
        return place[0] / self.scale[0], place[1] / self.scale[1]


def list_starts(foretold: Camera, sure: Camera, last: Camera) -> list[Camera]:
    """Where a doubtful frame is looked at anew.

    A small part of an object, as at the border of the picture, tells little of its side: the one from which it was last
    seen for sure may be better than that of the frame before.

    Args:
        foretold: For the frame.
        sure: Of the last frame without a doubt.
        last: Of the frame before.
    """
    if sure is last:
        return [foretold]
    seen = replace(foretold, rotation=sure.rotation, translation=sure.translation)
    return [foretold, seen]


def reduce_frame(
    rgb: UInt8[np.ndarray, "H W 3"], coverage: Float[np.ndarray, "h w"], window: FrameWindow
) -> SmallFrame:
    """With as many pixels as it takes to find a silhouette in a window that had this coverage."""
    height, width = rgb.shape[:2]
    scale = min(TEMPLATE_PIXELS / max(window.width, window.height), 1.0, math.sqrt(MOST_PIXELS / (width * height)))
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    template = (max(3, round(scale * window.width)) | 1, max(3, round(scale * window.height)) | 1)
    return SmallFrame(
        cv2.resize(rgb, size, interpolation=cv2.INTER_AREA),
        cv2.resize(coverage, template, interpolation=cv2.INTER_AREA),
        (size[0] / width, size[1] / height),
    )


@dataclass(frozen=True)
class FoundPlace:
    """Where the middle of a silhouette's window is (pixels, x and y), and by how much the mean probability to be object
    is greater within the silhouette than about it."""

    pixel: tuple[float, float]
    separation: float


def find_place(probability: Float[np.ndarray, "H W"], coverage: Float[np.ndarray, "h w"]) -> FoundPlace:
    """Where the frame has the object's colors within a silhouette, and others about it.

    Args:
        probability: Of each pixel of a frame to be the object's by its color.
        coverage: Of the silhouette, in pixels of that size; both sides odd.
    """
    template = _separate(coverage)
    score = cv2.filter2D(probability, cv2.CV_32F, template, borderType=cv2.BORDER_CONSTANT)
    row, column = np.unravel_index(int(score.argmax()), score.shape)
    return FoundPlace((float(column) + 0.5, float(row) + 0.5), float(score[row, column]))


def separation_at(probability: Float[np.ndarray, "H W"], coverage: Float[np.ndarray, "H W"]) -> float:
    """As that of ``FoundPlace``, of a silhouette where it is."""
    inside = float((probability * coverage).sum()) / max(float(coverage.sum()), 1.0)
    return inside - float((probability * (1 - coverage)).sum()) / max(float((1 - coverage).sum()), 1.0)


def _separate(coverage: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    """What tells by how much the mean within a silhouette is greater than that around it."""
    margin = max(1, round(SURROUNDING * max(coverage.shape)))
    inside = cv2.copyMakeBorder(coverage, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=0.0)
    around = cv2.dilate(inside, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)) - inside
    template = inside / max(float(inside.sum()), 1.0) - around / max(float(around.sum()), 1.0)
    return template.astype(np.float32)


def move_aside(camera: Camera, window: FrameWindow, place: tuple[float, float]) -> Camera:
    """A camera (a batch of one of the normalised mesh) that sees at a pixel what is in the middle of a window now, as
    far away."""
    middle = (window.left + window.width / 2, window.top + window.height / 2)
    translation = camera.translation.clone()
    for axis in range(2):
        across = (place[axis] - middle[axis]) / float(camera.focal[0, axis])
        translation[0, axis] += across * float(camera.translation[0, 2])
    return replace(camera, translation=translation)
