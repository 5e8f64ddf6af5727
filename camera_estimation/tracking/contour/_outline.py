"""Where a mesh is in a frame, and what is seen of it there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.geometry import Camera
from camera_estimation.mesh import TexturedMesh
from camera_estimation.tracking.contour._window import MOST_PIXELS, FrameWindow, window_about_points

NEVER_OBJECT = 0.1  # probability below which a pixel well within the silhouette shows something in front of the object
OUTLINE_VERTICES = 2000  # of the mesh that tell where a window has to be
BAND = 3  # pixels to either side of the silhouette's rim within which colors tell where it is
SMOOTHING = 1.0  # pixels (standard deviation) over which they do


class BoundingPoints:
    """Points of a mesh that tell where it is in the image."""

    def __init__(self, mesh: TexturedMesh) -> None:
        vertices = mesh.vertices.cpu().double()
        self._points = vertices[:: max(1, len(vertices) // OUTLINE_VERTICES)]

    def window(self, camera: Camera, most_pixels: int = MOST_PIXELS) -> FrameWindow:
        """About the mesh as a camera of it (a batch of one) sees it, in which its longer side has so many at most."""
        pixels, _ = camera.project(self._points[None])
        return window_about_points(pixels[0].numpy(), camera, most_pixels)


@dataclass(frozen=True)
class SeenSilhouette:
    """A window of a frame with the silhouette's coverage, and 255 where colors say that the object is seen."""

    window: FrameWindow
    coverage: Float[np.ndarray, "h w"]
    seen: UInt8[np.ndarray, "h w"]

    @property
    def overlap(self) -> float:
        """Of what is seen with the silhouette: intersection over union."""
        seen = self.seen / 255.0
        union = float(np.maximum(seen, self.coverage).sum())
        return float(np.minimum(seen, self.coverage).sum()) / union if union else 0.0

    @property
    def hidden(self) -> float:
        """The share of the silhouette in which the object is not seen."""
        covered = float(self.coverage.sum())
        return 1 - float((self.coverage * (self.seen > 0)).sum()) / covered if covered else 0.0

    @property
    def area(self) -> float:
        """Of the silhouette, in pixels of the image."""
        window = self.window
        return float(self.coverage.sum()) * window.width * window.height / (window.columns * window.rows)


def find_seen_part(
    coverage: Float[np.ndarray, "H W"], probability: Float[np.ndarray, "H W"]
) -> UInt8[np.ndarray, "H W"]:
    """A mask, 255 where the object is seen.

    Args:
        coverage: Of the silhouette at the object's pose.
        probability: Of each pixel to be the object's by its color.
    """
    covered = (coverage >= 0.5).astype(np.uint8)
    size = np.ones((2 * BAND + 1, 2 * BAND + 1), np.uint8)
    inner, outer = cv2.erode(covered, size), cv2.dilate(covered, size)
    by_color = cv2.GaussianBlur(probability, (0, 0), SMOOTHING)
    hidden = cv2.blur(probability, (2 * BAND + 1, 2 * BAND + 1)) <= NEVER_OBJECT
    seen = np.where(inner > 0, ~hidden, (outer > 0) & (by_color > 0.5))
    return np.where(seen, 255, 0).astype(np.uint8)
