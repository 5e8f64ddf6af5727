"""Consecutive frames: each starts from its neighbour's pose, beside a cheaper search, and jumps are searched anew."""

from __future__ import annotations

import statistics
from collections import deque
from dataclasses import dataclass
from math import inf, radians
from pathlib import Path

import torch

from camera_estimation.configuration import TrackingConfig
from camera_estimation.estimation import (
    AMBIGUOUS_ANGLE,
    CLEAR_EVIDENCE,
    AlternativePose,
    CameraEstimate,
    CameraEstimator,
    Intrinsics,
)
from camera_estimation.geometry import Camera, concatenate, rotmat_geodesic_distance
from camera_estimation.images import SourceImage
from camera_estimation.mesh import TexturedMesh
from camera_estimation.poses import Progress
from camera_estimation.tracking._motion import extrapolate, is_ahead
from camera_estimation.tracking._zoom import ZoomFilter
from camera_estimation.tracking.located import NEIGHBOR, SEARCH, LocatedEstimate, search_again

RECENT = 5  # frames that the next one is compared with
# Intervals between frames that differ by no more than this share count as equal.
EQUAL_INTERVALS = 0.2


@dataclass(frozen=True)
class Frame:
    """A frame with its camera (a batch of one, of the normalised mesh, double precision) and how it is explained."""

    mesh_path: Path
    camera: Camera
    position: float
    loss: float | None
    silhouette_iou: float | None


class SequenceTracker:
    """Estimates the cameras of consecutive frames, given in order.

    Frames of one mesh start from the last pose and from what constant velocity foretells. If a frame comes with another
    mesh than the last one, as generators make a mesh of every frame, the last pose (relative to centre and size of the
    mesh) is no more than one further candidate of a whole search: nothing says that both meshes face the same way.
    """

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque(maxlen=RECENT)
        self._position = 0.0
        self._zoom = ZoomFilter()

    def estimate(
        self,
        estimator: CameraEstimator,
        image: SourceImage,
        *,
        intrinsics: Intrinsics | None = None,
        position: float | None = None,
        progress: Progress | None = None,
    ) -> LocatedEstimate:
        """The camera of the next frame. ``position`` is its place in time, in any unit; by default one after the last
        frame, even if that failed. The velocity holds only from and to frames at equal intervals."""
        self._position = position = self._position + 1 if position is None else position
        starts = self._starts(estimator.mesh, position, radians(estimator.config.refinement.separation_deg))
        image = self._zoom.expect(image)
        if starts is None:
            result = LocatedEstimate(estimator.estimate(image, intrinsics=intrinsics, progress=progress), SEARCH)
        elif self._frames[-1].mesh_path != estimator.mesh.path:
            estimate = estimator.estimate(image, intrinsics=intrinsics, initial=starts, progress=progress)
            result = LocatedEstimate(consistent(estimate, starts), SEARCH)
        else:
            result = self._track(estimator, image, starts, intrinsics, progress)
            if self._is_far(result.estimate.camera, starts, estimator.config.tracking):
                self._frames.clear()  # a cut: what was before it says nothing of what comes
        estimate = result.estimate
        self._zoom.update(estimate)
        self.append(estimator.mesh, estimate.camera, estimate.loss, estimate.silhouette_iou, position)
        return result

    def append(
        self,
        mesh: TexturedMesh,
        camera: Camera,
        loss: float | None = None,
        silhouette_iou: float | None = None,
        position: float | None = None,
    ) -> None:
        """A frame whose camera (in world units) is known already."""
        self._position = position = self._position + 1 if position is None else position
        normalized = mesh.to_normalized(camera.to("cpu", torch.float64))
        self._frames.append(Frame(mesh.path, normalized, position, loss, silhouette_iou))

    def _starts(self, mesh: TexturedMesh, position: float, separation: float) -> Camera | None:
        """World cameras of ``mesh``: what is foretold, and the last one if it differs by more than ``separation``
        (radians), as from nearby both are refined into the same pose. None before the first frame."""
        if not self._frames:
            return None
        last, predicted = self._frames[-1].camera, self._predict(mesh, position)
        if predicted is None:
            return mesh.to_world(last)
        far = distance_to(predicted, last) > separation
        return mesh.to_world(concatenate([predicted, last]) if far else predicted)

    def _predict(self, mesh: TexturedMesh, position: float) -> Camera | None:
        """What constant velocity foretells, where it says anything."""
        if len(self._frames) < 2:
            return None
        before, last = self._frames[-2], self._frames[-1]
        interval = last.position - before.position
        steady = abs(position - last.position - interval) <= EQUAL_INTERVALS * abs(interval)
        if not steady or not before.mesh_path == last.mesh_path == mesh.path:
            return None
        camera = extrapolate(before.camera, last.camera)
        return camera if is_ahead(camera, last.camera) else None

    def _track(
        self,
        estimator: CameraEstimator,
        image: SourceImage,
        starts: Camera,
        intrinsics: Intrinsics | None,
        progress: Progress | None,
    ) -> LocatedEstimate:
        """From ``starts`` if that fits the frames before, else from everywhere."""
        config = estimator.config
        # Searches that evaluate the objective are dear however few of their candidates are taken.
        searched = 0 if estimator.search_needs_objective else config.tracking.searched
        estimate = estimator.estimate(
            image, intrinsics=intrinsics, initial=starts, searched=searched, nearly_right=True, progress=progress
        )
        estimate = consistent(estimate, starts)
        if not self._is_far(estimate.camera, starts, config.tracking) and self._explains(estimate, config.tracking):
            return LocatedEstimate(estimate, NEIGHBOR)
        again = search_again(estimate, estimator, image, intrinsics, progress)
        return LocatedEstimate(consistent(again, starts), SEARCH, searched_again=True)

    @staticmethod
    def _is_far(camera: Camera, starts: Camera, config: TrackingConfig) -> bool:
        return distance_to(starts, camera) > radians(config.jump_deg)

    def _explains(self, estimate: CameraEstimate, config: TrackingConfig) -> bool:
        """Whether the image is explained about as well as those of the recent frames of the same mesh."""
        frames = [frame for frame in self._frames if frame.mesh_path == self._frames[-1].mesh_path]
        losses = [frame.loss for frame in frames if frame.loss is not None]
        overlaps = [frame.silhouette_iou for frame in frames if frame.silhouette_iou is not None]
        usual_loss = statistics.median(losses) if losses else inf
        usual_overlap = statistics.median(overlaps) if overlaps else 0.0
        worst_loss = usual_loss + (config.loss_factor - 1) * abs(usual_loss) + config.loss_slack
        return estimate.loss <= worst_loss and estimate.silhouette_iou >= usual_overlap - config.overlap_drop


def distance_to(starts: Camera, camera: Camera) -> float:
    """The angle in radians by which the rotation of one camera differs from the nearest of ``starts``."""
    return float(rotmat_geodesic_distance(starts.rotation, camera.rotation.expand_as(starts.rotation)).min())


def consistent(estimate: CameraEstimate, starts: Camera) -> CameraEstimate:
    """The estimate with the pose nearest to ``starts`` among those that the image does not tell apart: in a sequence
    a can without a label would turn at random otherwise."""
    if distance_to(starts, estimate.camera) <= AMBIGUOUS_ANGLE:
        return estimate
    equals = [other for other in estimate.alternatives if other.evidence < CLEAR_EVIDENCE]
    poses = [AlternativePose(estimate.camera, estimate.loss, estimate.silhouette_iou, 0.0, 0.0), *equals]
    nearest = min(poses, key=lambda pose: distance_to(starts, pose.camera))
    return estimate if nearest is poses[0] else estimate.with_answer(nearest)
