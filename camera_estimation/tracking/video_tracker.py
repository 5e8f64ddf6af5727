"""Frames of a video without masks: followed at its rate, searched where the object is lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.estimation import CameraEstimate, CameraEstimator, Intrinsics
from camera_estimation.geometry import Camera
from camera_estimation.images import UNMASKED, SourceImage
from camera_estimation.tracking.contour import Agreement, ContourTracker, TrackedFrame

# By so much less an estimate may agree with its frame than the tracked pose does, which was made to.
CONFIRMED = 0.1


@dataclass(frozen=True)
class FollowedFrame:
    """A frame's camera (a batch of one, in world units, double precision) and how the frame agrees with it.

    ``estimate`` is what the accurate estimator says of the frame, if it was asked; the camera is its own unless the
    tracked one agrees clearly better with the frame. ``lost`` says that neither agrees.
    """

    camera: Camera
    agreement: Agreement
    lost: bool
    estimate: CameraEstimate | None = None


class VideoTracker:
    """Follows the mesh of an estimator through consecutive frames of one camera (see ``ContourTracker``).

    The first frame is estimated, with its mask if it has one. Of the following no mask is used.

    Args:
        estimator: Of the mesh.
        intrinsics: (fx, fy, cx, cy) in pixels; None: those found for the first frame hold for all.
        confirm_every: After so many frames the estimator is asked again, from the tracked pose; 0: only of lost ones.
            Without a mask its answer takes seconds.
    """

    def __init__(
        self, estimator: CameraEstimator, *, intrinsics: Intrinsics | None = None, confirm_every: int = 0
    ) -> None:
        self.estimator, self.intrinsics, self.confirm_every = estimator, intrinsics, confirm_every
        self._tracker = ContourTracker(estimator.renderer)
        self._since: int | None = None  # frames since the estimator was asked; None before the first

    def follow(self, image: SourceImage) -> FollowedFrame:
        """The camera of the next frame. Raises InputError if its lens distorts, or the first frame shows no object."""
        if image.window is not None:
            raise InputError(f"{image.path}: its lens distorts; give frames that are undistorted")
        rgb = np.ascontiguousarray(image.rgb.permute(1, 2, 0).cpu().numpy())
        if self._since is None:
            return self._begin(image, rgb)
        tracked = self._tracker.track(rgb)
        self._since += 1
        if tracked.lost:
            return self._ask(image, rgb, tracked, None)
        if self.confirm_every and self._since >= self.confirm_every:
            return self._ask(image, rgb, tracked, tracked.camera)
        return FollowedFrame(tracked.camera, tracked.agreement, False)

    def _begin(self, image: SourceImage, rgb: UInt8[np.ndarray, "H W 3"]) -> FollowedFrame:
        estimate = self.estimator.estimate(image, intrinsics=self.intrinsics)
        if self.intrinsics is None:
            fx, fy, cx, cy = (*estimate.camera.focal[0].tolist(), *estimate.camera.principal_point[0].tolist())
            self.intrinsics = (fx, fy, cx, cy)
        started = self._tracker.start(rgb, estimate.camera)
        self._since = 0
        return FollowedFrame(estimate.camera, started.agreement, started.lost, estimate)

    def _ask(
        self, image: SourceImage, rgb: UInt8[np.ndarray, "H W 3"], tracked: TrackedFrame, start: Camera | None
    ) -> FollowedFrame:
        """What the estimator finds from ``start``, or from everywhere, beside what was tracked."""
        self._since = 0
        unmasked = SourceImage(image.path, image.rgb, torch.full_like(image.rgb[:1], 255), UNMASKED)
        try:
            estimate = self.estimator.estimate(
                unmasked,
                intrinsics=self.intrinsics,
                initial=tracked.camera,
                searched=None if start is None else 0,
                nearly_right=start is not None,
            )
        except InputError:  # it finds no object either
            return FollowedFrame(tracked.camera, tracked.agreement, tracked.lost)
        judged = self._tracker.judge(rgb, estimate.camera)
        if judged.agreement.score < tracked.agreement.score - CONFIRMED:
            return FollowedFrame(tracked.camera, tracked.agreement, tracked.lost, estimate)
        if not judged.lost:
            self._tracker.start(rgb, estimate.camera, keep_velocity=start is not None)
        return FollowedFrame(estimate.camera, judged.agreement, judged.lost, estimate)
