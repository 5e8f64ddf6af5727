"""Which samples are consecutive frames, and where each sample's estimate starts.

Images of one mesh are a sequence if their names differ only in the last number, which gives their places in time, or
have none; what comes between them does not matter. So are images that have a mesh each, as generators make one of every
frame.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.dataset import Intrinsics, Sample
from camera_estimation.errors import InputError
from camera_estimation.results import InitialPoses

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimator
    from camera_estimation.geometry import Camera
    from camera_estimation.images import SourceImage
    from camera_estimation.mesh import TexturedMesh
    from camera_estimation.poses import Progress
    from camera_estimation.tracking import LocatedEstimate, SequenceTracker

LAST_NUMBER = re.compile(r"\d+(?=\D*$)")


def sequence_keys(samples: Sequence[Sample]) -> dict[str, Hashable]:
    """The sequence that each sample, by name, belongs to."""
    images_of = Counter(sample.mesh_path for sample in samples)
    return {
        sample.name: (sample.mesh_path if images_of[sample.mesh_path] > 1 else None, _without_number(sample))
        for sample in samples
    }


def _without_number(sample: Sample) -> str:
    name, found = LAST_NUMBER.subn("", sample.image_path.stem)
    return name if found else ""


def frame_number(sample: Sample) -> float | None:
    """The last number in the image's name."""
    match = LAST_NUMBER.search(sample.image_path.stem)
    return float(match.group()) if match else None


@dataclass(frozen=True)
class KnownFrame:
    """A frame that an earlier run has finished. The camera is in world units."""

    mesh_path: Path
    camera: Camera
    loss: float | None
    silhouette_iou: float | None
    position: float | None


class Starts:
    """Estimates samples in order, each from where it starts: a given pose, its neighbours', or the search."""

    def __init__(self, samples: Sequence[Sample], initial: InitialPoses | None, sequence: bool) -> None:
        self.initial = initial
        self.keys = sequence_keys(samples) if sequence else {}
        self._trackers: dict[Hashable, SequenceTracker] = {}
        self._known: dict[Hashable, list[KnownFrame]] = {}

    def finished(self, sample: Sample, entry: dict[str, Any]) -> None:
        """The next sample has the result ``entry`` from an earlier run."""
        if sample.name in self.keys:
            from camera_estimation.results import camera_of

            frame = KnownFrame(
                sample.mesh_path, camera_of(entry), entry["loss"], entry["silhouette_iou"], frame_number(sample)
            )
            self._known.setdefault(self.keys[sample.name], []).append(frame)

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
        tracker = self._tracker(sample, estimator)
        if self.initial is not None and given is not None:
            start_from = estimate_onward if self.initial.resumed else estimate_near
            located = start_from(given, estimator, image, intrinsics=intrinsics, progress=progress)
            if tracker is not None:
                found = located.estimate
                tracker.append(estimator.mesh, found.camera, found.loss, found.silhouette_iou, frame_number(sample))
            return located
        if tracker is not None:
            return tracker.estimate(
                estimator, image, intrinsics=intrinsics, position=frame_number(sample), progress=progress
            )
        return LocatedEstimate(estimator.estimate(image, intrinsics=intrinsics, progress=progress), SEARCH)

    def _tracker(self, sample: Sample, estimator: CameraEstimator) -> SequenceTracker | None:
        """Of the sample's sequence, told of all frames that were finished before."""
        if sample.name not in self.keys:
            return None
        from camera_estimation.tracking import SequenceTracker

        key = self.keys[sample.name]
        tracker = self._trackers.setdefault(key, SequenceTracker())
        known = self._known.pop(key, [])
        for index, frame in enumerate(known):
            mesh = estimator.mesh if frame.mesh_path == sample.mesh_path else None
            if mesh is None and index == len(known) - 1:  # of other meshes only the last frame counts
                mesh = _load_if_there(frame.mesh_path)
            if mesh is not None:
                tracker.append(mesh, frame.camera, frame.loss, frame.silhouette_iou, frame.position)
        return tracker


def _load_if_there(mesh_path: Path) -> TexturedMesh | None:
    """The mesh, or None if its file is not what it was when it was used."""
    from camera_estimation.mesh import load_mesh

    try:
        return load_mesh(mesh_path)
    except InputError:
        return None
