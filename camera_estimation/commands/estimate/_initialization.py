"""Where each sample's estimate starts: at a given pose, at its neighbours', from the search, or at random poses.

Both kinds are told of the samples in their order: ``append_known`` of one that an earlier run has finished,
``estimate`` of the others. ``basin`` is where random poses of the sample that was estimated last lead.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.dataset import Intrinsics, Sample, place_in_time, sequence_keys
from camera_estimation.errors import InputError
from camera_estimation.results import InitialPoses

if TYPE_CHECKING:
    from camera_estimation.convergence import Basin
    from camera_estimation.estimation import CameraEstimate, CameraEstimator
    from camera_estimation.geometry import Camera
    from camera_estimation.images import SourceImage
    from camera_estimation.mesh import TexturedMesh
    from camera_estimation.poses import Progress
    from camera_estimation.tracking import LocatedEstimate, SequenceTracker


@dataclass(frozen=True)
class KnownFrame:
    """A frame that an earlier run has finished. The camera is in world units."""

    mesh_path: Path
    camera: Camera
    loss: float | None
    silhouette_iou: float | None
    position: float | None


class PoseInitialization:
    """Estimates samples in order, each from where it starts: a given pose, its neighbours', or the search."""

    basin: None = None  # that of random starts, which there are none of

    def __init__(self, samples: Sequence[Sample], initial: InitialPoses | None, sequence: bool) -> None:
        self.initial = initial
        self.keys = sequence_keys(samples) if sequence else {}
        self._trackers: dict[Hashable, SequenceTracker] = {}
        self._known: dict[Hashable, list[KnownFrame]] = {}

    def append_known(self, sample: Sample, entry: dict[str, Any]) -> None:
        """The next sample has the result ``entry`` from an earlier run."""
        if sample.name in self.keys:
            from camera_estimation.results import camera_of

            frame = KnownFrame(
                sample.mesh_path, camera_of(entry), entry["loss"], entry["silhouette_iou"], place_in_time(sample)
            )
            self._known.setdefault(self.keys[sample.name], []).append(frame)

    def append(self, sample: Sample, mesh: TexturedMesh, estimate: CameraEstimate) -> None:
        """The next sample has an estimate that was found otherwise."""
        tracker = self._tracker(sample, mesh)
        if tracker is not None:
            tracker.append(mesh, estimate.camera, position=place_in_time(sample))

    def estimate(
        self,
        sample: Sample,
        estimator: CameraEstimator,
        image: SourceImage,
        intrinsics: Intrinsics | None,
        progress: Progress,
    ) -> LocatedEstimate:
        """The next sample's camera."""
        from camera_estimation.tracking import SEARCH, LocatedEstimate, estimate_near, estimate_onward

        given = self.initial.of(sample) if self.initial is not None else None
        tracker = self._tracker(sample, estimator.mesh)
        if self.initial is not None and given is not None:
            start_from = estimate_onward if self.initial.resumed else estimate_near
            camera = given.camera(image.width, image.height)
            located = start_from(camera, estimator, image, intrinsics=intrinsics, progress=progress)
            if tracker is not None:
                found = located.estimate
                tracker.append(estimator.mesh, found.camera, found.loss, found.silhouette_iou, place_in_time(sample))
            return located
        if tracker is not None:
            return tracker.estimate(
                estimator, image, intrinsics=intrinsics, position=place_in_time(sample), progress=progress
            )
        return LocatedEstimate(estimator.estimate(image, intrinsics=intrinsics, progress=progress), SEARCH)

    def _tracker(self, sample: Sample, mesh: TexturedMesh) -> SequenceTracker | None:
        """Of the sample's sequence, told of all frames that were finished before."""
        if sample.name not in self.keys:
            return None
        from camera_estimation.tracking import SequenceTracker

        key = self.keys[sample.name]
        tracker = self._trackers.setdefault(key, SequenceTracker())
        known = self._known.pop(key, [])
        for index, frame in enumerate(known):
            seen = mesh if frame.mesh_path == sample.mesh_path else None
            if seen is None and index == len(known) - 1:  # of other meshes only the last frame counts
                seen = _load_if_there(frame.mesh_path)
            if seen is not None:
                tracker.append(seen, frame.camera, frame.loss, frame.silhouette_iou, frame.position)
        return tracker


@dataclass
class RandomInitialization:
    """``count`` random poses for each sample; ``basin`` is that of the sample that was estimated last."""

    count: int
    basin: Basin | None = None

    def append_known(self, sample: Sample, entry: dict[str, Any]) -> None:
        """What earlier runs found says nothing of where random poses lead."""

    def append(self, sample: Sample, mesh: TexturedMesh, estimate: CameraEstimate) -> None:
        """As little does what was found otherwise."""

    def estimate(
        self,
        sample: Sample,
        estimator: CameraEstimator,
        image: SourceImage,
        intrinsics: Intrinsics | None,
        progress: Progress,
    ) -> LocatedEstimate:
        """The next sample's camera: the best that was found."""
        from camera_estimation.convergence import basin_of
        from camera_estimation.tracking import RANDOM, LocatedEstimate

        self.basin = basin_of(estimator, image, self.count, intrinsics=intrinsics, progress=progress)
        return LocatedEstimate(self.basin.estimate, RANDOM)


def _load_if_there(mesh_path: Path) -> TexturedMesh | None:
    """The mesh, or None if its file is not what it was when it was used."""
    from camera_estimation.mesh import load_mesh

    try:
        return load_mesh(mesh_path)
    except InputError:
        return None
