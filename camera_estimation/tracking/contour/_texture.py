"""Details of the surface: brightness relative to its surroundings, of the render and of the frame."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.tracking.contour._model_view import ModelView
from camera_estimation.tracking.contour._sampling import sample_points

SURROUNDINGS = 13  # pixels a side that brightness is relative to
FLAT = 0.02  # standard deviation of brightness that is noise
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
    if blur:
        gray = cv2.GaussianBlur(gray, (0, 0), blur)
    size = (SURROUNDINGS, SURROUNDINGS)
    if counts is None:
        mean, square = cv2.blur(gray, size), cv2.sqrBoxFilter(gray, cv2.CV_32F, size)
    else:
        total = np.maximum(cv2.blur(counts, size), 1e-6)
        mean = cv2.blur(gray * counts, size) / total
        square = cv2.blur(gray * gray * counts, size) / total
    return (gray - mean) / np.sqrt(np.maximum(square - mean * mean, 0) + FLAT**2)


def choose_details(view: ModelView, blur: float) -> SurfaceDetails:
    """The points of a view whose brightness changes most, none of them near the rim."""
    gray = np.ascontiguousarray(view.color @ LUMINANCE)
    details = relate_details(gray, blur)
    gradient = np.stack([cv2.Sobel(details, cv2.CV_32F, 1, 0), cv2.Sobel(details, cv2.CV_32F, 0, 1)], -1) / 8
    rows, columns = np.nonzero(_interior(view))
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


def _interior(view: ModelView) -> Bool[np.ndarray, "H W"]:
    """Pixels all of whose surroundings are object and on one surface."""
    size = np.ones((SURROUNDINGS, SURROUNDINGS), np.uint8)
    border = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    return cv2.erode(view.inside.astype(np.uint8), size, **border).astype(bool)  # type: ignore[call-overload]


def project_points(points: Float[Tensor, "4 N"], camera: Camera) -> Float[np.ndarray, "N 2"]:
    """Pixels of points of the normalised mesh."""
    return camera.project(points[None, :3].transpose(1, 2))[0][0].numpy()
