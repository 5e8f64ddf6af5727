"""The pose that a frame agrees with, from one that is near: levels of alignment, from views of the mesh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from camera_estimation.geometry import Camera
from camera_estimation.rendering import Renderer
from camera_estimation.tracking.contour._alignment import Agreement, FrameEvidence, Level, agreement_of, align
from camera_estimation.tracking.contour._model_view import ModelView, view_mesh
from camera_estimation.tracking.contour._outline import SeenSilhouette, find_seen_part
from camera_estimation.tracking.contour._window import VideoWindow

# Levels from the view of the foretold pose, then from one of what they found. Most frames are near what is foretold;
# what looks farther may take the edge of an occluder for the contour, so that it is for frames that fit badly else.
FINE = (
    Level(spacing=1.0, blur=1.0, iterations=2, close=True),
    Level(spacing=1.0, blur=0.7, iterations=2, close=True),
)
NEAR = ((Level(spacing=1.0, blur=2.0, iterations=3),), FINE)
FAR = ((Level(spacing=3.0, blur=2.0, iterations=3, weight=0.0), Level(spacing=2.0, blur=2.0, iterations=3)), FINE)


@dataclass(frozen=True)
class FittedPose:
    """A pose in a frame.

    Attributes:
        part: Of the frame, that is looked at.
        frame: What is seen there.
        view: Of the mesh, from which the pose was found.
        camera: For the window.
        agreement: Of the frame with it.
        covariance: Of the steps of ``geometry.retract``.
    """

    part: VideoWindow
    frame: FrameEvidence
    view: ModelView
    camera: Camera
    agreement: Agreement
    covariance: Float[np.ndarray, "6 6"]

    @property
    def silhouette(self) -> SeenSilhouette:
        """Of the view, and what is seen of it in the frame."""
        coverage = self.view.coverage
        return SeenSilhouette(self.part.window, coverage, find_seen_part(coverage, self.frame.probability))


def fit_pose(
    renderer: Renderer, part: VideoWindow, view: ModelView, frame: FrameEvidence, stages: Sequence[Sequence[Level]]
) -> FittedPose:
    """From the pose of a view through stages, each of which but the first draws a new one."""
    camera, covariance = view.camera, np.eye(6)
    for index, levels in enumerate(stages):
        if index:
            view = view_mesh(renderer, camera)
        for level in levels:
            aligned = align(view, camera, frame, level)
            camera, covariance = aligned.camera, aligned.covariance
    agreement = agreement_of(view, camera, frame, FINE[-1].blur)
    return FittedPose(part, frame, view, camera, agreement, covariance)


def weigh_pose(part: VideoWindow, view: ModelView, frame: FrameEvidence) -> FittedPose:
    """The pose of a view as it is."""
    covariance = align(view, view.camera, frame, FINE[-1]).covariance
    agreement = agreement_of(view, view.camera, frame, FINE[-1].blur)
    return FittedPose(part, frame, view, view.camera, agreement, covariance)
