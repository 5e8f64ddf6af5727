"""Frames that are followed from the ones before, without an estimate of each (see ``tracking.VideoTracker``)."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.commands.estimate._sample_loading import LoadedSample, SampleLoader
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset import Sample, place_in_time, sequence_keys
from camera_estimation.errors import InputError

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimator
    from camera_estimation.geometry import Camera
    from camera_estimation.images import SourceImage
    from camera_estimation.tracking import FocalOrigin, LocatedEstimate, VideoTracker

SEQUENCES_KEPT = 2  # whose meshes stay in memory


@dataclass(frozen=True)
class _Origin:
    """A finished frame to follow from; ``load`` gives its image."""

    load: Callable[[], SourceImage]
    camera: Camera
    confidence: float
    position: float | None
    focal: FocalOrigin


@dataclass
class _FollowedSequence:
    """What is known of a sequence: the frames that were estimated last, and what follows them."""

    mesh_path: Path
    rigid: bool = True  # whether the mesh was not bent to fit
    plain_background: bool = False  # whether that was the mask of the frame that was estimated last
    origins: deque[_Origin] = field(default_factory=lambda: deque(maxlen=2))
    tracker: VideoTracker | None = None

    def tracker_of(self, estimator: CameraEstimator) -> VideoTracker:
        """Told of the last frames."""
        from camera_estimation.tracking import VideoTracker

        if self.tracker is None:
            self.tracker = VideoTracker(estimator)
        while self.origins:
            origin = self.origins.popleft()
            self.tracker.start(origin.load(), origin.camera, origin.confidence, origin.position, origin.focal)
        return self.tracker


class FrameFollower:
    """Follows frames of the sequences of a run, where ``tracking.method`` and what is known of them allow it.

    Of each sequence it is told, in their order, of the frames that were estimated (``append``) or that an earlier run
    has finished (``append_known``).
    """

    def __init__(self, loader: SampleLoader) -> None:
        self.loader, self.plan = loader, loader.plan
        self.keys = {} if self.plan.config.tracking.method == "refine" else sequence_keys(self.plan.consecutive)
        self._obstacle = _find_obstacle(self.plan)
        self._sequences: OrderedDict[Hashable, _FollowedSequence] = OrderedDict()

    def append_known(self, sample: Sample, entry: dict[str, Any]) -> None:
        """The next sample of its sequence has the result ``entry`` from an earlier run."""
        if sample.name not in self.keys:
            return
        from camera_estimation.images import PLAIN_BACKGROUND
        from camera_estimation.results import camera_of

        sequence = self._sequence_of(sample)
        sequence.rigid = not entry.get("deformation") and not entry.get("distortion")
        sequence.plain_background = (entry.get("diagnosis") or {}).get("mask_source") == PLAIN_BACKGROUND
        load = lambda: self.loader.load_followed(sample, plain_background=False).image  # noqa: E731
        position, confidence = place_in_time(sample), entry.get("confidence") or 0.0
        sequence.origins.append(_Origin(load, camera_of(entry), confidence, position, _focal_of(entry)))

    def append(self, loaded: LoadedSample, located: LocatedEstimate) -> None:
        """The next sample of its sequence was estimated."""
        sample, image, estimate = loaded.sample, loaded.image, located.estimate
        if sample.name not in self.keys:
            return
        from camera_estimation.images import PLAIN_BACKGROUND
        from camera_estimation.tracking import FocalOrigin

        sequence = self._sequence_of(sample)
        sequence.rigid = estimate.bend is None and not estimate.deformation and image.window is None
        sequence.plain_background = image.mask_source == PLAIN_BACKGROUND
        position = place_in_time(sample)
        focal = FocalOrigin.of(estimate)
        sequence.origins.append(_Origin(lambda: image, estimate.camera, estimate.confidence, position, focal))

    def follow(self, sample: Sample) -> tuple[LoadedSample, LocatedEstimate | None] | None:
        """The next sample's files and camera; no camera if it is to be estimated, and nothing if it has not been loaded
        as an estimate needs it."""
        sequence = self._sequences.get(self.keys.get(sample.name))
        if sequence is None or sequence.mesh_path != sample.mesh_path or self._must_be_estimated(sample, sequence):
            return None
        from camera_estimation.images import UNMASKED

        loaded = self.loader.load_followed(sample, sequence.plain_background)
        masked = loaded.image.mask_source != UNMASKED
        if masked and self.plan.config.tracking.method == "auto":
            return loaded, None
        obstacle = _find_obstacle_of(loaded)
        if obstacle is not None:
            self._tell(obstacle)
            return (loaded, None) if masked else None
        try:
            tracker = sequence.tracker_of(loaded.estimator)
        except InputError:  # a frame of an earlier run is not there any more
            return (loaded, None) if masked else None
        self.loader.progress.remark_once(
            "frames follow the ones before by contour and details, without an estimate of each; "
            "--tracking_method refine estimates each"
        )
        return self._track(loaded, tracker)

    def _track(self, loaded: LoadedSample, tracker: VideoTracker) -> tuple[LoadedSample, LocatedEstimate]:
        from camera_estimation.tracking import SEARCH, TRACKED, LocatedEstimate

        whole: list[LoadedSample] = []

        def load_whole() -> SourceImage:
            whole.append(self.loader.load(loaded.sample))
            return whole[0].image

        followed = tracker.follow(
            loaded.image,
            intrinsics=loaded.intrinsics,
            position=place_in_time(loaded.sample),
            load_whole=load_whole,
        )
        found = followed.searched and not followed.lost
        located = LocatedEstimate(followed.result, SEARCH if found else TRACKED, searched_again=found)
        return whole[0] if found and whole else loaded, located

    def _must_be_estimated(self, sample: Sample, sequence: _FollowedSequence) -> bool:
        """Whether the sample's evidence, or what is asked of it, needs an estimate."""
        obstacle = self._obstacle
        if obstacle is None and not sequence.rigid:
            obstacle = "its mesh was bent to fit, or its lens distorts"
        if obstacle is None and self.plan.images.has_evidence(sample, self.plan.config):
            obstacle = "there is evidence beside the mask"
        if obstacle is not None:
            self._tell(obstacle)
        initial = self.plan.initial
        return obstacle is not None or (initial is not None and initial.of(sample) is not None)

    def _tell(self, obstacle: str) -> None:
        """Why frames are not followed, to who has asked for it."""
        if self.plan.config.tracking.method == "contour":
            self.loader.progress.remark_once(f"frames are estimated each, not followed: {obstacle}")

    def _sequence_of(self, sample: Sample) -> _FollowedSequence:
        key = self.keys[sample.name]
        sequence = self._sequences.get(key)
        if sequence is None or sequence.mesh_path != sample.mesh_path:
            sequence = self._sequences[key] = _FollowedSequence(sample.mesh_path)
        self._sequences.move_to_end(key)
        while len(self._sequences) > SEQUENCES_KEPT:
            self._sequences.popitem(last=False)
        return sequence


def _focal_of(entry: dict[str, Any]) -> FocalOrigin:
    """Where an entry of poses.json says that its focal length is from."""
    from camera_estimation.tracking import FocalOrigin

    focal, uncertainty = entry.get("focal") or {"source": "intrinsics"}, entry.get("uncertainty") or {}
    estimated = focal["source"] == "estimated"
    source = focal["prior"] if estimated else focal["source"]
    return FocalOrigin(source, estimated, uncertainty.get("focal_share") or 0.0)


def _find_obstacle(plan: EstimatePlan) -> str | None:
    """What of the settings needs an estimate of every frame."""
    config = plan.config
    if config.refinement.mesh_quality == "generated":
        return "the mesh may be bent"
    if config.camera.roll == "upright":
        return "the camera is held upright"
    if config.camera.optimize_fov == "on":
        return "the focal length is estimated"
    if plan.record_every is not None:
        return "--record keeps what estimates do"
    if len({sample.image_path for sample in plan.samples}) < len(plan.samples):
        return "images show several objects"
    return None


def _find_obstacle_of(loaded: LoadedSample) -> str | None:
    """What of a sample needs an estimate."""
    if loaded.image.window is not None:
        return "their lens distorts"
    if not loaded.estimator.objective.minimized_by_gauss_newton:
        return "the objective decides"
    return None
