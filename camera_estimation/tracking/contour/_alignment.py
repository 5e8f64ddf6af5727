"""The pose that a frame's contour and details agree on: Gauss-Newton over the steps of ``geometry.retract``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8

from camera_estimation.geometry import Camera, retract
from camera_estimation.tracking.contour._correspondence_lines import LinePlaces, place_contour, sharpen_places
from camera_estimation.tracking.contour._model_view import ModelView
from camera_estimation.tracking.contour._projection import find_motion, project_points
from camera_estimation.tracking.contour._sampling import sample_points
from camera_estimation.tracking.contour._texture import (
    SurfaceDetails,
    choose_details,
    own_pixels,
    relate_details,
)

PARAMETERS = 6
LINE_WEIGHT = 0.25  # of a line: neighboring ones are not independent
DETAIL_WEIGHT = 2.5
DETAIL_DEVIATION = 0.5  # of details where the surface is seen, beyond which differences count ever less
LEAST_SPREAD = 0.7  # steps: lines that agree within this count in full
# Of a step: radians (3), object radii (2), logarithm of the distance. Keeps what no evidence tells where it is.
STEP_DEVIATION = np.array([0.2, 0.2, 0.2, 0.15, 0.15, 0.05])
SEEN_CONTRAST = 0.3  # of lines whose both sides differ enough to be seen
SEEN_OFFSET = 2.0  # pixels of the window within which the contour is where it should be


@dataclass(frozen=True)
class Level:
    """``spacing`` of the steps on lines and ``blur`` of details, in pixels of the window. Details whose
    ``weight`` is 0 do not count: from afar they lead astray. ``close`` is where the pose is known to a pixel or so:
    details near the rim count too, and lines are placed by their own colors."""

    spacing: float
    blur: float
    iterations: int
    weight: float = 1.0
    close: bool = False


@dataclass(frozen=True)
class FrameEvidence:
    """A frame in a window: its colors, how probably each pixel is object, brightness, and 1 where it is image."""

    rgb: UInt8[np.ndarray, "H W 3"]
    probability: Float[np.ndarray, "H W"]
    gray: Float[np.ndarray, "H W"]
    known: Float[np.ndarray, "H W"]


@dataclass(frozen=True)
class Agreement:
    """How a frame agrees with a pose.

    Attributes:
        contour: The share of the contour where object and surroundings meet as foretold.
        detail: Correlation of the surface's details with the frame's; None where there are too few.
        closeness: As ``contour``, but lines count less the farther (pixels of the window) they are from where they
            should be.
        within: The share of the contour that is within the image.
    """

    contour: float
    detail: float | None
    closeness: float
    within: float

    @property
    def score(self) -> float:
        """Contour and details together, to compare frames by."""
        return self.contour + max(self.detail or 0.0, 0.0)

    @property
    def fit(self) -> float:
        """To compare poses of one frame by."""
        return self.closeness + max(self.detail or 0.0, 0.0)

    def mix(self, other: Agreement, rate: float) -> Agreement:
        """The mean of both, in which ``rate`` is the weight of the other."""

        def mean(first: float, second: float) -> float:
            return (1 - rate) * first + rate * second

        detail = self.detail if other.detail is None else mean(self.detail or 0.0, other.detail)
        return Agreement(
            mean(self.contour, other.contour),
            detail,
            mean(self.closeness, other.closeness),
            mean(self.within, other.within),
        )


@dataclass(frozen=True)
class Aligned:
    """A camera (a batch of one) with the covariance of the steps of ``geometry.retract``."""

    camera: Camera
    covariance: Float[np.ndarray, "6 6"]


def align(view: ModelView, camera: Camera, frame: FrameEvidence, level: Level) -> Aligned:
    """``camera`` (a batch of one of the normalised mesh, for the window) after the iterations of a level."""
    counts = own_pixels(view) if level.close else None
    details = choose_details(view, level.blur, counts)
    observed = relate_details(frame.gray, level.blur, counts)
    for _ in range(level.iterations):
        normal, right = _line_equations(view, camera, frame, level)
        normal += np.diag(1 / STEP_DEVIATION**2)
        if level.weight:
            matrix, vector = _detail_equations(details, camera, observed)
            normal, right = normal + level.weight * matrix, right + level.weight * vector
        step = np.linalg.solve(normal, right)
        camera = retract(camera, torch.from_numpy(step)[None])
    return Aligned(camera, np.linalg.inv(normal))


def agreement_of(view: ModelView, camera: Camera, frame: FrameEvidence, blur: float) -> Agreement:
    """At the pose of ``camera``, which differs little from that of the view."""
    points = project_points(view.contour, camera)
    known = sample_points(frame.known, points) > 0.5
    places = _close_places(frame, points[known], view.normals[known])
    seen = (places.contrast > SEEN_CONTRAST) & (np.abs(places.offset) < SEEN_OFFSET)
    counts = own_pixels(view)
    details = choose_details(view, blur, counts)
    observed = sample_points(relate_details(frame.gray, blur, counts), project_points(details.points, camera))
    if not known.any():
        return Agreement(0.0, None, 0.0, 0.0)
    return Agreement(
        contour=float(seen.mean()),
        detail=_correlation(observed, details.details),
        closeness=float((seen * np.exp(-0.5 * places.offset**2)).mean()),
        within=float(known.mean()),
    )


def _close_places(
    frame: FrameEvidence, points: Float[np.ndarray, "N 2"], normals: Float[np.ndarray, "N 2"]
) -> LinePlaces:
    return sharpen_places(frame.rgb, points, normals, place_contour(frame.probability, points, normals, 1.0))


def _correlation(first: Float[np.ndarray, " M"], second: Float[np.ndarray, " M"]) -> float | None:
    if len(first) < 2 * PARAMETERS or min(first.std(), second.std()) < 1e-3:
        return None
    return float(np.corrcoef(first, second)[0, 1])


def _line_equations(
    view: ModelView, camera: Camera, frame: FrameEvidence, level: Level
) -> tuple[Float[np.ndarray, "6 6"], Float[np.ndarray, " 6"]]:
    points = project_points(view.contour, camera)
    if level.close:
        places = _close_places(frame, points, view.normals)
    else:
        places = place_contour(frame.probability, points, view.normals, level.spacing)
    known = sample_points(frame.known, points)
    jacobian = np.einsum("nc,cnk->nk", view.normals, find_motion(view.contour, camera))
    weight = LINE_WEIGHT * known * places.contrast / places.variance
    weight = weight * _agreeing(places, jacobian, weight, level.spacing)
    return jacobian.T @ (weight[:, None] * jacobian), jacobian.T @ (weight * places.offset)


def _agreeing(
    places: LinePlaces, jacobian: Float[np.ndarray, "N 6"], weight: Float[np.ndarray, " N"], spacing: float
) -> Float[np.ndarray, " N"]:
    """Less than 1 for lines that the step which the others agree on does not explain."""
    factor = np.ones_like(weight)
    for _ in range(2):
        weighted = jacobian * (weight * factor)[:, None]
        step = np.linalg.solve(weighted.T @ jacobian + np.diag(1 / STEP_DEVIATION**2), weighted.T @ places.offset)
        rest = np.abs(places.offset - jacobian @ step)
        spread = max(1.5 * float(np.median(rest)) if len(rest) else 0.0, LEAST_SPREAD * spacing)
        factor = 1 / (1 + (rest / spread) ** 2) ** 2
    return factor


def _detail_equations(
    details: SurfaceDetails, camera: Camera, observed: Float[np.ndarray, "H W"]
) -> tuple[Float[np.ndarray, "6 6"], Float[np.ndarray, " 6"]]:
    if details.points.shape[1] < 2 * PARAMETERS:
        return np.zeros((PARAMETERS, PARAMETERS)), np.zeros(PARAMETERS)
    points = project_points(details.points, camera)
    difference = details.details - sample_points(observed, points)
    jacobian = np.einsum("nc,cnk->nk", details.gradient, find_motion(details.points, camera))
    weight = DETAIL_WEIGHT / (1 + (difference / DETAIL_DEVIATION) ** 2) ** 2
    return jacobian.T @ (weight[:, None] * jacobian), jacobian.T @ (weight * difference)
