"""A rigid object from frame to frame, at the rate of a video and without masks.

Each frame is looked at in a window about where constant velocity foretells the object. What moves it into place are its
contour, where colors of the object meet those around it, and the details of its surface, both as one render of the mesh
foretells them. Colors are learned from the first frame, whose pose must be known, and from all that follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8

from camera_estimation.geometry import Camera
from camera_estimation.rendering import Renderer
from camera_estimation.tracking._motion import extrapolate
from camera_estimation.tracking.contour._alignment import Agreement, FrameEvidence, Level, agreement_of, align
from camera_estimation.tracking.contour._color_statistics import ColorStatistics, interior_of, light_gain, ring_around
from camera_estimation.tracking.contour._model_view import ModelView, view_mesh
from camera_estimation.tracking.contour._texture import brightness
from camera_estimation.tracking.contour._window import FrameWindow, window_about_points

# Levels from the view of the foretold pose, then from one of what they found. Most frames are near what is foretold;
# what looks farther may take the edge of an occluder for the contour, so that it is for frames that fit badly else.
FINE = (Level(spacing=1.0, blur=1.0, iterations=2), Level(spacing=1.0, blur=0.7, iterations=2))
NEAR = ((Level(spacing=1.0, blur=2.0, iterations=3),), FINE)
FAR = ((Level(spacing=3.0, blur=2.0, iterations=3, weight=0.0), Level(spacing=2.0, blur=2.0, iterations=3)), FINE)
BAD_FIT = 0.15  # by which a frame's agreement (of contour and details together) is less than that of those before
LEARNING_RATE = 0.1
USUAL_RATE = 0.2  # of a frame, in what is usual of those before
# Less than this share of the contour where it should be, together with details that correlate by less than this: lost.
LEAST_CONTOUR, LEAST_DETAIL = 0.35, 0.35
OUTLINE_VERTICES = 2000  # of the mesh that tell where a window has to be
NEVER_OBJECT = 0.1  # probability below which a pixel of the silhouette shows something in front of the object


@dataclass(frozen=True)
class TrackedFrame:
    """A frame's camera (a batch of one, in world units, double precision), how the frame agrees with it, and whether
    too little of the object is seen at it for it to be right."""

    camera: Camera
    agreement: Agreement
    lost: bool


class ContourTracker:
    """Follows the mesh of a renderer through consecutive frames of one camera.

    ``start`` with a frame whose pose is known, then ``track`` each of the following. After frames that are ``lost``
    ``start`` again where the object is found.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.renderer, self.mesh = renderer, renderer.mesh
        vertices = self.mesh.vertices.cpu().double()
        self._outline = vertices[:: max(1, len(vertices) // OUTLINE_VERTICES)]
        self._colors = ColorStatistics()
        self._gain = np.ones(3)
        self._usual = 0.0
        self._last: Camera | None = None
        self._before: Camera | None = None

    @torch.no_grad()
    def start(self, rgb: UInt8[np.ndarray, "H W 3"], camera: Camera, *, keep_velocity: bool = False) -> TrackedFrame:
        """Learn the colors of a frame whose camera (a batch of one, in world units) is known.

        Args:
            rgb: The frame.
            camera: Of the frame.
            keep_velocity: Whether the frame is the one that was tracked last, of which the camera is known better.
        """
        camera = self.mesh.to_normalized(camera.to("cpu", torch.float64))
        window = self._window_about(camera)
        view = view_mesh(self.renderer, window.crop(camera))
        pixels, known = window.cut(rgb)
        self._gain = self._gain_of(view, pixels, known)
        self._learn(view, pixels, known, None)
        self._before = self._before if keep_velocity else None
        self._last = camera
        return self._report(
            camera, agreement_of(view, view.camera, self._observe(pixels, known, self._gain), FINE[-1].blur)
        )

    @torch.no_grad()
    def track(self, rgb: UInt8[np.ndarray, "H W 3"]) -> TrackedFrame:
        """The camera of the next frame. Raises ValueError before ``start``."""
        if self._last is None:
            raise ValueError("the tracker needs a frame whose camera is known: call start")
        camera = self._last if self._before is None else extrapolate(self._before, self._last)
        window = self._window_about(camera)
        pixels, known = window.cut(rgb)
        view = view_mesh(self.renderer, window.crop(camera))
        self._gain = self._gain_of(view, pixels, known)
        frame = self._observe(pixels, known, self._gain)
        view, seen, agreement = self._best_fit(view, frame)
        camera = seen.uncrop(window.left, window.top, window.width, window.height, camera.width, camera.height)
        tracked = self._report(camera, agreement)
        if not tracked.lost:
            self._usual += USUAL_RATE * (agreement.score - self._usual)
            self._learn(view, pixels, known, frame)
        self._before, self._last = self._last, camera
        return tracked

    @torch.no_grad()
    def judge(self, rgb: UInt8[np.ndarray, "H W 3"], camera: Camera) -> TrackedFrame:
        """How a frame agrees with a camera (a batch of one, in world units) by the colors that were learned so far;
        nothing is learned from it. Raises ValueError before ``start``."""
        if self._last is None:
            raise ValueError("the tracker needs a frame whose camera is known: call start")
        camera = self.mesh.to_normalized(camera.to("cpu", torch.float64))
        window = self._window_about(camera)
        view = view_mesh(self.renderer, window.crop(camera))
        pixels, known = window.cut(rgb)
        frame = self._observe(pixels, known, self._gain_of(view, pixels, known))
        return self._report(camera, agreement_of(view, view.camera, frame, FINE[-1].blur))

    def _best_fit(self, foretold: ModelView, frame: FrameEvidence) -> tuple[ModelView, Camera, Agreement]:
        """The pose that the frame agrees with, from that of a view, and the view that it is from."""
        near = self._fit(foretold, frame, NEAR)
        if near[2].score >= self._usual - BAD_FIT:
            return near
        return max(near, self._fit(foretold, frame, FAR), key=lambda found: found[2].score)

    def _fit(
        self, view: ModelView, frame: FrameEvidence, stages: Sequence[Sequence[Level]]
    ) -> tuple[ModelView, Camera, Agreement]:
        seen = view.camera
        for index, levels in enumerate(stages):
            if index:
                view = view_mesh(self.renderer, seen)
            for level in levels:
                seen = align(view, seen, frame, level)
        return view, seen, agreement_of(view, seen, frame, FINE[-1].blur)

    def _report(self, camera: Camera, agreement: Agreement) -> TrackedFrame:
        lost = agreement.contour < LEAST_CONTOUR and (agreement.detail or 0.0) < LEAST_DETAIL
        return TrackedFrame(self.mesh.to_world(camera), agreement, lost)

    def _window_about(self, camera: Camera) -> FrameWindow:
        pixels, _ = camera.project(self._outline[None])
        return window_about_points(pixels[0].numpy(), camera)

    def _observe(
        self, pixels: UInt8[np.ndarray, "H W 3"], known: Bool[np.ndarray, "H W"], gain: Float[np.ndarray, "3"]
    ) -> FrameEvidence:
        probability = self._colors.probability(pixels, gain)
        return FrameEvidence(probability, brightness(pixels), known.astype(np.float32))

    def _gain_of(
        self, view: ModelView, pixels: UInt8[np.ndarray, "H W 3"], known: Bool[np.ndarray, "H W"]
    ) -> Float[np.ndarray, "3"]:
        gain = light_gain(pixels, view.color, interior_of(view.coverage) & known)
        return self._gain if gain is None else gain

    def _learn(
        self,
        view: ModelView,
        pixels: UInt8[np.ndarray, "H W 3"],
        known: Bool[np.ndarray, "H W"],
        frame: FrameEvidence | None,
    ) -> None:
        """From what is seen of the object: what is in front of it has other colors."""
        of_object = interior_of(view.coverage) & known
        if frame is not None:
            of_object &= cv2.blur(frame.probability, (3, 3)) > NEVER_OBJECT
        self._colors.learn(pixels, of_object, ring_around(view.coverage) & known, self._gain, LEARNING_RATE)
