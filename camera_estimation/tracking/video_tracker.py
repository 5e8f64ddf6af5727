"""Frames of a video, with or without masks: followed at its rate, confirmed now and then, searched where lost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import UInt8

from camera_estimation.errors import InputError
from camera_estimation.estimation import CameraEstimate, CameraEstimator, Intrinsics
from camera_estimation.geometry import Camera, rotmat_geodesic_distance
from camera_estimation.images import ESTIMATED, UNMASKED, SourceImage
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS
from camera_estimation.tracking._search_schedule import SearchSchedule
from camera_estimation.tracking.contour import ContourTracker, TrackedFrame
from camera_estimation.tracking.followed_frame import FollowedFrame
from camera_estimation.tracking.tracked_estimate import CameraEstimateT, FocalOrigin, describe_tracked

UNSURE_PAUSE = 15  # frames after an estimate before one is asked for because a frame is unsure


class VideoTracker:
    """Follows the mesh of an estimator through consecutive frames of one camera (see ``ContourTracker``).

    The first frame is estimated, unless ``start`` says where it is. Masks of the following are used where they have
    some, and none is made.

    Args:
        estimator: Of the mesh.
        intrinsics: (fx, fy, cx, cy) in pixels; None: those found for the first frame hold for all.
        confirm_every: After so many frames the estimator refines the tracked pose, with the frame's mask or what the
            tracker sees of the object as one; 0: never. None: what its configuration says.
    """

    def __init__(
        self, estimator: CameraEstimator, *, intrinsics: Intrinsics | None = None, confirm_every: int | None = None
    ) -> None:
        self.estimator, self.intrinsics = estimator, intrinsics
        self.confirm_every = estimator.config.tracking.confirm_every if confirm_every is None else confirm_every
        self._tracker = ContourTracker(estimator.renderer)
        self._since = 0  # frames since the estimator was asked
        self._searches = SearchSchedule()
        self._focal: FocalOrigin | None = None  # None: it was given
        self._reliance = 1.0  # confidence of the estimate that frames are followed from
        self._position: float | None = None
        self._last: Camera | None = None  # at which it was seen

    @property
    def started(self) -> bool:
        """Whether there is a frame to follow from."""
        return self._tracker.started

    def start(
        self,
        image: SourceImage,
        camera: Camera,
        confidence: float = 1.0,
        position: float | None = None,
        focal: FocalOrigin | None = None,
    ) -> None:
        """Go on from a frame whose camera (a batch of one, in world units) is known, after the frames before it.

        Args:
            image: The frame.
            camera: Of it.
            confidence: That the camera is right.
            position: The frame's place in time; None: one after that of the frame before.
            focal: Where its focal length is from; None: it was given.
        """
        interval: float | None = self._advance(position)
        if self._last is None or self._searches.missed or self._has_jumped(self._last, camera):
            interval = None
        self._focal = focal
        self._begin(_rgb_array(image), camera, confidence, interval)

    def follow(
        self,
        image: SourceImage,
        *,
        intrinsics: Intrinsics | None = None,
        position: float | None = None,
        load_whole: Callable[[], SourceImage] | None = None,
    ) -> FollowedFrame:
        """The camera of the next frame.

        Args:
            image: The frame.
            intrinsics: Of this frame; None: those of all.
            position: Its place in time, in any unit; None: one after that of the frame before.
            load_whole: Gives the frame with a mask that takes long to make, for when the object is searched; None: it
                is searched in the frame as it is.

        Raises:
            InputError: The frame's lens distorts, or the first shows no object.
        """
        if image.window is not None:
            raise InputError(f"{image.path}: its lens distorts; give frames that are undistorted")
        intrinsics, rgb = intrinsics or self.intrinsics, _rgb_array(image)
        if not self.started:
            self._position = position
            return self._estimate_first(image, rgb, intrinsics)
        began = time.perf_counter()
        mask = _mask_of(image)
        tracked = self._tracker.track(rgb, mask=mask, intrinsics=intrinsics, interval=self._advance(position))
        self._since += 1
        due = self._searches.advance(tracked.lost, tracked.sighted)
        self._last = tracked.camera
        followed = self._report(tracked, image, time.perf_counter() - began)
        if tracked.lost:
            whole = load_whole if load_whole is not None else lambda: image
            return self._search(whole, rgb, intrinsics, followed) if due else followed
        if self._is_estimate_due(tracked):
            return self._confirm(image, rgb, intrinsics, tracked, followed)
        return followed

    def _has_jumped(self, last: Camera, camera: Camera) -> bool:
        turn = rotmat_geodesic_distance(last.rotation.double(), camera.rotation.double().to(last.rotation.device))
        return float(turn) > math.radians(self.estimator.config.tracking.jump_deg)

    def _advance(self, position: float | None) -> float:
        """The interval from the frame before to one at a place in time."""
        before, self._position = self._position, position
        if before is None or position is None or position <= before:
            return 1.0
        return position - before

    def _is_estimate_due(self, tracked: TrackedFrame) -> bool:
        if not self.confirm_every:
            return False
        return self._since >= self.confirm_every or (tracked.unsure and self._since >= UNSURE_PAUSE)

    def _estimate_first(
        self, image: SourceImage, rgb: UInt8[np.ndarray, "H W 3"], intrinsics: Intrinsics | None
    ) -> FollowedFrame:
        estimate = self.estimator.estimate(image, intrinsics=intrinsics)
        self.intrinsics = self.intrinsics or _intrinsics_of(estimate.camera)
        self._focal = FocalOrigin.of(estimate)
        started = self._begin(rgb, estimate.camera, estimate.confidence, None)
        return FollowedFrame(estimate.camera, started.agreement, started.lost, estimate, estimate, searched=True)

    def _begin(
        self, rgb: UInt8[np.ndarray, "H W 3"], camera: Camera, confidence: float, interval: float | None
    ) -> TrackedFrame:
        self._since, self._reliance, self._last = 0, confidence, camera
        self._searches = SearchSchedule()
        return self._tracker.start(rgb, camera, interval=interval)

    def _confirm(
        self,
        image: SourceImage,
        rgb: UInt8[np.ndarray, "H W 3"],
        intrinsics: Intrinsics | None,
        tracked: TrackedFrame,
        followed: FollowedFrame,
    ) -> FollowedFrame:
        """What the estimator makes of the tracked pose, or that as it is where it agrees better with the frame."""
        self._since = 0
        masked = image
        if image.mask_source == UNMASKED:
            seen = torch.from_numpy(self._tracker.outline(rgb, tracked.camera))[None]
            if int((seen > 0).sum()) < FEWEST_OBJECT_PIXELS:
                return followed
            masked = replace(image, mask=seen, mask_source=ESTIMATED, proposed_mask=None)
        estimate = self._refine(masked, tracked.camera, intrinsics or _intrinsics_of(tracked.camera))
        if masked is not image:
            estimate = replace(estimate, mask=masked.mask)
        estimate = self._with_focal(replace(estimate, config=self.estimator.config))
        judged = self._tracker.judge(rgb, estimate.camera, mask=_mask_of(image))
        if judged.lost or judged.agreement.fit <= tracked.agreement.fit:
            return replace(followed, estimate=estimate)
        self._tracker.start(rgb, estimate.camera, keep_velocity=True)
        return FollowedFrame(estimate.camera, judged.agreement, False, estimate, estimate)

    def _refine(self, image: SourceImage, camera: Camera, intrinsics: Intrinsics | None) -> CameraEstimate:
        """By the finest level alone. What the tracker sees of the object has holes where something hides it, and is not
        exact: bends would follow that, and other poses explain it."""
        config = self.estimator.config
        refinement = replace(
            config.refinement, levels=config.refinement.levels[-1:], occlusion="on", mesh_quality="exact"
        )
        return self.estimator.with_settings(refinement, config.camera).estimate(
            image, intrinsics=intrinsics, initial=camera, searched=0, nearly_right=True
        )

    def _search(
        self,
        load_whole: Callable[[], SourceImage],
        rgb: UInt8[np.ndarray, "H W 3"],
        intrinsics: Intrinsics | None,
        followed: FollowedFrame,
    ) -> FollowedFrame:
        """What the estimator finds everywhere, if the frame agrees with that."""
        self._since = 0
        try:
            image = load_whole()
            known = intrinsics or _intrinsics_of(followed.camera)
            estimate = self._with_focal(self.estimator.estimate(image, intrinsics=known, initial=followed.camera))
        except InputError:  # it finds no object either
            return followed
        judged = self._tracker.judge(rgb, estimate.camera, mask=_mask_of(image))
        if judged.lost:
            return replace(followed, estimate=estimate, searched=True)
        self._begin(rgb, estimate.camera, estimate.confidence, None)
        return FollowedFrame(estimate.camera, judged.agreement, False, estimate, estimate, searched=True)

    def _report(self, tracked: TrackedFrame, image: SourceImage, seconds: float) -> FollowedFrame:
        result = describe_tracked(tracked, image, self.estimator.mesh, self.estimator.config, self._reliance, seconds)
        return FollowedFrame(tracked.camera, tracked.agreement, tracked.lost, self._with_focal(result))

    def _with_focal(self, estimate: CameraEstimateT) -> CameraEstimateT:
        return estimate if self._focal is None else self._focal.put_into(estimate)


def _intrinsics_of(camera: Camera) -> Intrinsics:
    (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
    return fx, fy, cx, cy


def _rgb_array(image: SourceImage) -> UInt8[np.ndarray, "H W 3"]:
    return np.ascontiguousarray(image.rgb.permute(1, 2, 0).cpu().numpy())


def _mask_of(image: SourceImage) -> UInt8[np.ndarray, "H W"] | None:
    """What its mask says is seen of the object; None where there is none, or another may be meant."""
    if image.mask_source == UNMASKED or image.other_masks:
        return None
    return image.mask[0].cpu().numpy()
