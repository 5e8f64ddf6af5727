"""A rigid object from frame to frame, at the rate of a video and without masks.

Each frame is looked at in a window about where constant velocity foretells the object. What moves it into place are its
contour, where colors of the object meet those around it, and the details of its surface, both as one render of the mesh
foretells them. Colors are learned from the first frame, whose pose must be known, and from all that follow. Where a
frame has a mask, its contour is that of the mask.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8

from camera_estimation.geometry import Camera
from camera_estimation.rendering import Renderer
from camera_estimation.tracking._motion import extrapolate, is_ahead
from camera_estimation.tracking.contour import _relocation
from camera_estimation.tracking.contour._alignment import Agreement, FrameEvidence
from camera_estimation.tracking.contour._color_statistics import ColorStatistics, interior_of, light_gain, ring_around
from camera_estimation.tracking.contour._fitting import FAR, NEAR, FittedPose, fit_pose, weigh_pose
from camera_estimation.tracking.contour._model_view import ModelView, view_mesh
from camera_estimation.tracking.contour._outline import NEVER_OBJECT, BoundingPoints, find_seen_part
from camera_estimation.tracking.contour._texture import brightness
from camera_estimation.tracking.contour._tracked_frame import TrackedFrame
from camera_estimation.tracking.contour._window import MOST_PIXELS, VideoWindow

BAD_FIT = 0.15  # by which a frame's agreement (of contour and details together) is less than that of those before
UNSURE = 0.3  # likewise, from which on a frame teaches nothing, and should be confirmed
LEARNING_RATE = 0.1
# Of a frame, in what is usual of those before: where less is seen, as something comes in front, that is not usual soon.
USUAL_RATE, USUAL_RATE_DOWN = 0.2, 0.05
# Less than this share of the contour where it should be, together with details that correlate by less than this: lost.
LEAST_CONTOUR, LEAST_DETAIL = 0.35, 0.35
LEAST_WITHIN = 0.15  # share of the contour that is in the picture: less of it tells nothing
FOUND_AGAIN = 0.6  # of the usual agreement, from which on an object that was lost is found
SIGHTED = 0.7  # of the separation of colors that is usual, from which on a lost object seems to be in the frame
MOST_INTERVALS = 3.0  # of frames, over which velocity holds
OUTLINE_PIXELS = 256  # of the longer side of the object where its mask is drawn

Frame = UInt8[np.ndarray, "H W 3"]
Mask = UInt8[np.ndarray, "H W"]
Intrinsics = tuple[float, float, float, float]


class ContourTracker:
    """Follows the mesh of a renderer through consecutive frames of one camera.

    ``start`` with a frame whose pose is known, then ``track`` each of the following. An object that is ``lost`` is
    looked for where it was last, and where its colors are, from the side from which it was seen last; ``start`` again
    where it is found otherwise.
    """

    def __init__(self, renderer: Renderer) -> None:
        self.renderer, self.mesh = renderer, renderer.mesh
        self._bounds = BoundingPoints(self.mesh)
        self._colors = ColorStatistics()
        self._gain = np.ones(3)
        self._usual: Agreement | None = None
        self._separation = 0.0  # of the object's colors from those around it
        self._last: Camera | None = None
        self._before: Camera | None = None
        self._sure: Camera | None = None  # the last one that the frame left no doubt about
        self._interval = 1.0  # between these two
        self._lost = False

    @property
    def started(self) -> bool:
        """Whether there is a frame to go on from."""
        return self._last is not None

    @torch.no_grad()
    def start(
        self, rgb: Frame, camera: Camera, *, keep_velocity: bool = False, interval: float | None = None
    ) -> TrackedFrame:
        """Learn the colors of a frame whose camera (a batch of one, in world units) is known.

        Args:
            rgb: The frame.
            camera: Of the frame.
            keep_velocity: Whether the frame is the one that was tracked last, of which the camera is known better.
            interval: From the frame before, in any unit, if the object was followed from there; None: it was not.
        """
        camera = self.mesh.to_normalized(camera.to("cpu", torch.float64))
        part, view = self._look(camera, rgb)
        self._gain = self._gain_of(view, part)
        self._learn(view, part, None)
        if interval is not None:
            self._before, self._interval = self._last, interval
        elif not keep_velocity:
            self._before = None
        self._last, self._sure, self._lost = camera, camera, False
        found = weigh_pose(part, view, self._observe(part, None))
        self._separation = _relocation.separation_at(found.frame.probability, view.coverage)
        self._usual = found.agreement if self._usual is None else self._usual.mix(found.agreement, USUAL_RATE)
        return self._report(found, camera)

    @torch.no_grad()
    def track(
        self, rgb: Frame, *, mask: Mask | None = None, intrinsics: Intrinsics | None = None, interval: float = 1.0
    ) -> TrackedFrame:
        """The camera of the next frame.

        Args:
            rgb: The frame.
            mask: Coverage by what is seen of the object, 255 where it is whole, if that is known.
            intrinsics: (fx, fy, cx, cy) in pixels; None: those of the frame before.
            interval: From the frame before, in the unit of those before.

        Raises:
            ValueError: Before ``start``.
        """
        last, gain = self._check_started(), self._gain
        foretold = self._foretell(last, interval, intrinsics, rgb.shape[1], rgb.shape[0])
        found, tracked = self._fit(foretold, rgb, mask)
        steady, sighted = not self._lost, False
        assert self._usual is not None
        assert self._sure is not None
        if tracked.lost or tracked.unsure:
            for start in _relocation.list_starts(foretold, self._sure, last):
                kept, self._gain = self._gain, gain  # not that of what is seen there instead
                elsewhere, moved, seen = self._relocate(start, rgb, mask)
                sighted |= seen
                if elsewhere.agreement.score > found.agreement.score:
                    found, tracked, steady = elsewhere, moved, False
                else:
                    self._gain = kept
        self._lost = tracked.lost
        if tracked.lost:
            # What is found where nothing is seen is noise, and would lead ever farther away.
            self._before, self._gain = None, gain
            judged = self.judge(rgb, self.mesh.to_world(last), mask=mask)
            return replace(judged, lost=True, sighted=sighted)
        if not tracked.unsure:
            self._learn(found.view, found.part, found.frame)
        separation = _relocation.separation_at(found.frame.probability, found.view.coverage)
        self._separation += USUAL_RATE * (separation - self._separation)
        rate = USUAL_RATE if tracked.agreement.score > self._usual.score else USUAL_RATE_DOWN
        self._usual = self._usual.mix(tracked.agreement, rate)
        self._before = last if steady else None  # what was found elsewhere has not moved there
        self._last, self._interval = self.mesh.to_normalized(tracked.camera), interval
        if not tracked.unsure:
            self._sure = self._last
        return tracked

    @torch.no_grad()
    def judge(self, rgb: Frame, camera: Camera, *, mask: Mask | None = None) -> TrackedFrame:
        """How a frame agrees with a camera (a batch of one, in world units) by the colors that were learned so far;
        nothing is learned from it. Raises ValueError before ``start``."""
        self._check_started()
        camera = self.mesh.to_normalized(camera.to("cpu", torch.float64))
        part, view = self._look(camera, rgb)
        kept, self._gain = self._gain, self._gain_of(view, part)
        found = weigh_pose(part, view, self._observe(part, mask))
        self._gain = kept
        return self._report(found, camera)

    @torch.no_grad()
    def outline(self, rgb: Frame, camera: Camera) -> Mask:
        """What is seen of the object in a frame with a camera (a batch of one, in world units): its silhouette, with
        the colors that were learned telling where its rim is and what is in front of it. Raises ValueError before
        ``start``."""
        self._check_started()
        part, view = self._look(self.mesh.to_normalized(camera.to("cpu", torch.float64)), rgb, OUTLINE_PIXELS)
        probability = self._colors.probability(part.pixels, self._gain)
        return part.window.place(find_seen_part(view.coverage, probability), *rgb.shape[:2])

    def _check_started(self) -> Camera:
        if self._last is None:
            raise ValueError("the tracker needs a frame whose camera is known: call start")
        return self._last

    def _look(self, camera: Camera, rgb: Frame, most_pixels: int = MOST_PIXELS) -> tuple[VideoWindow, ModelView]:
        """The part of a frame about the object, and what the mesh shows there."""
        window = self._bounds.window(camera, most_pixels)
        return VideoWindow.of(window, rgb), view_mesh(self.renderer, window.crop(camera))

    def _foretell(
        self, last: Camera, interval: float, intrinsics: Intrinsics | None, width: int, height: int
    ) -> Camera:
        camera = last
        share = interval / self._interval
        if self._before is not None and 0 < share <= MOST_INTERVALS:
            foretold = extrapolate(self._before, last, share)
            camera = foretold if is_ahead(foretold, last) else last
        if intrinsics is None:
            return camera
        fx, fy, cx, cy = intrinsics
        focal, center = camera.focal.new_tensor([[fx, fy]]), camera.focal.new_tensor([[cx, cy]])
        return replace(camera, focal=focal, principal_point=center, width=width, height=height)

    def _fit(self, camera: Camera, rgb: Frame, mask: Mask | None) -> tuple[FittedPose, TrackedFrame]:
        """The pose that the frame agrees with near that of a camera (of the normalised mesh)."""
        part, view = self._look(camera, rgb)
        self._gain = self._gain_of(view, part)
        frame = self._observe(part, mask)
        found = fit_pose(self.renderer, part, view, frame, NEAR)
        if self._usual is not None and found.agreement.score < self._usual.score - BAD_FIT:
            far = fit_pose(self.renderer, part, view, frame, FAR)
            found = max(found, far, key=lambda each: each.agreement.score)
        window = part.window
        box = (window.left, window.top, window.width, window.height)
        return found, self._report(found, found.camera.uncrop(*box, camera.width, camera.height))

    def _relocate(self, camera: Camera, rgb: Frame, mask: Mask | None) -> tuple[FittedPose, TrackedFrame, bool]:
        """As ``_fit``, where the frame has the object's colors in the form of its silhouette; whether it has them."""
        part, view = self._look(camera, rgb)
        small = _relocation.reduce_frame(rgb, view.coverage, part.window)
        place = _relocation.find_place(self._colors.probability(small.rgb, self._gain), small.coverage)
        moved = _relocation.move_aside(camera, part.window, small.to_frame(place.pixel))
        return *self._fit(moved, rgb, mask), place.separation > SIGHTED * self._separation

    def _report(self, found: FittedPose, camera: Camera) -> TrackedFrame:
        """``camera`` is that of the whole frame, of the normalised mesh."""
        agreement, usual = found.agreement, self._usual or found.agreement
        lost = agreement.contour < LEAST_CONTOUR and (agreement.detail or 0.0) < LEAST_DETAIL
        lost = lost or agreement.within < LEAST_WITHIN
        lost = lost or (self._lost and agreement.score < FOUND_AGAIN * usual.score)
        return TrackedFrame(
            self.mesh.to_world(camera),
            agreement,
            lost=lost,
            unsure=agreement.score < usual.score - UNSURE,
            covariance=found.covariance,
            silhouette=found.silhouette,
        )

    def _observe(self, part: VideoWindow, mask: Mask | None) -> FrameEvidence:
        pixels, known = part.pixels, part.known.astype(np.float32)
        if mask is None:
            return FrameEvidence(pixels, self._colors.probability(pixels, self._gain), brightness(pixels), known)
        coverage = part.window.cut(mask)
        colors = np.repeat(coverage[..., None], 3, axis=-1)  # of which the mask's rim is as sharp an edge
        return FrameEvidence(colors, coverage.astype(np.float32) / 255, brightness(pixels), known)

    def _gain_of(self, view: ModelView, part: VideoWindow) -> Float[np.ndarray, "3"]:
        gain = light_gain(part.pixels, view.color, interior_of(view.coverage) & part.known)
        return self._gain if gain is None else gain

    def _learn(self, view: ModelView, part: VideoWindow, frame: FrameEvidence | None) -> None:
        """From what is seen of the object: what is in front of it has other colors."""
        of_object = interior_of(view.coverage) & part.known
        if frame is not None:
            of_object &= cv2.blur(frame.probability, (3, 3)) > NEVER_OBJECT
        around = ring_around(view.coverage) & part.known
        self._colors.learn(part.pixels, of_object, around, self._gain, LEARNING_RATE)
