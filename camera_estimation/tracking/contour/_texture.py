"""Details of the surface: brightness relative to its surroundings, of the render and of the frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from camera_estimation.tracking.contour._model_view import ModelView
from camera_estimation.tracking.contour._projection import project_points
from camera_estimation.tracking.contour._sampling import sample_points

SURROUNDINGS = 13  # pixels a side that brightness is relative to
FLAT = 0.02  # standard deviation of brightness that is noise
RIM = 3  # pixels from the rim that belong to it
SURFACE_POINTS = 400
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class SurfaceDetails:
    """Points of the surface (x, y, z in the normalised mesh frame, depth), the render's details there and the change
    of these per pixel in x and y."""

    points: Float[Tensor, "4 M"]
    details: Float[np.ndarray, " M"]
    gradient: Float[np.ndarray, "M 2"]


def brightness(rgb: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
    """In [0, 1]."""
    return rgb.astype(np.float32) @ (LUMINANCE / 255)


def relate_details(
    gray: Float[np.ndarray, "H W"], blur: float, counts: Float[np.ndarray, "H W"] | None = None
) -> Float[np.ndarray, "H W"]:
    """Brightness less the mean of its surroundings over their standard deviation, so that light hardly matters.
    Pixels of which ``counts`` is 0 are no surroundings."""
    size = (SURROUNDINGS, SURROUNDINGS)
    if counts is None:
        gray = cv2.GaussianBlur(gray, (0, 0), blur)
        mean, square = cv2.blur(gray, size), cv2.sqrBoxFilter(gray, cv2.CV_32F, size)
    else:
        gray = cv2.GaussianBlur(gray * counts, (0, 0), blur) / np.maximum(cv2.GaussianBlur(counts, (0, 0), blur), 1e-6)
        total = np.maximum(cv2.blur(counts, size), 1e-6)
        mean = cv2.blur(gray * counts, size) / total
        square = cv2.blur(gray * gray * counts, size) / total
    return (gray - mean) / np.sqrt(np.maximum(square - mean * mean, 0) + FLAT**2)


def own_pixels(view: ModelView) -> Float[np.ndarray, "H W"]:
    """1 for the pixels of a view that show the object also if its pose is a pixel off, else 0."""
    return cv2.erode(view.inside.astype(np.float32), np.ones((3, 3), np.uint8))


def choose_details(view: ModelView, blur: float, counts: Float[np.ndarray, "H W"] | None = None) -> SurfaceDetails:
    """The points of a view whose brightness changes most.

    Args:
        view: A render.
        blur: Standard deviation in pixels.
        counts: Pixels that points are relative to, both of the render and of the frame; None: all, so that points near
            the rim, whose surroundings are not the object's in the frame, are left out.
    """
    gray = np.ascontiguousarray(view.color @ LUMINANCE)
    details = relate_details(gray, blur, counts)
    gradient = np.stack([cv2.Sobel(details, cv2.CV_32F, 1, 0), cv2.Sobel(details, cv2.CV_32F, 0, 1)], -1) / 8
    rows, columns = np.nonzero(_interior(view, SURROUNDINGS if counts is None else 2 * RIM + 1))
    strength = np.abs(gradient[rows, columns]).sum(-1)
    if len(rows) > SURFACE_POINTS:
        # Every other of the stronger half: the strongest alone crowd on few edges.
        order = np.argsort(-strength)[: 2 * SURFACE_POINTS]
        chosen = np.sort(order)[:: max(1, len(order) // SURFACE_POINTS)]
        rows, columns = rows[chosen], columns[chosen]
    # A pixel's point is that of its nearest sample, not of its center: what is there is looked up where it projects to.
    points = view.surface[:, rows, columns]
    places = project_points(points, view.camera)
    slopes = [sample_points(np.ascontiguousarray(gradient[..., axis]), places) for axis in range(2)]
    return SurfaceDetails(points, sample_points(details, places), np.stack(slopes, axis=-1))


def _interior(view: ModelView, side: int) -> Bool[np.ndarray, "H W"]:
    """Pixels about which a square of ``side`` pixels is object alone."""
    size = np.ones((side, side), np.uint8)
    border = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    return cv2.erode(view.inside.astype(np.uint8), size, **border).astype(bool)  # type: ignore[call-overload]
