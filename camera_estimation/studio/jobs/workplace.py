"""What every piece of work needs: the session, and estimators that are ready."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from camera_estimation.configuration import Configuration, resolve_device
from camera_estimation.errors import InputError
from camera_estimation.io import use_limits
from camera_estimation.results import image_of_entry
from camera_estimation.studio.jobs.estimators import EstimatorCache
from camera_estimation.studio.settings import SettingsChoice
from camera_estimation.studio.shelf import StudioSession, Subject

if TYPE_CHECKING:
    from camera_estimation.commands.insert import SceneMemory
    from camera_estimation.dataset import SampleImage
    from camera_estimation.estimation import CameraEstimate, CameraEstimator
    from camera_estimation.export import PosedImage
    from camera_estimation.studio.jobs.job import Job


@dataclass(frozen=True)
class LoadedSubject:
    """A sample with its picture, and the estimator of its mesh."""

    subject: Subject
    estimator: CameraEstimator
    loaded: SampleImage
    config: Configuration


@dataclass(frozen=True)
class Workplace:
    """Where jobs are done."""

    session: StudioSession
    estimators: EstimatorCache = field(default_factory=EstimatorCache)

    @cached_property
    def scenes(self) -> SceneMemory:
        """Photographs that objects are put into, and their light."""
        from camera_estimation.commands.insert import SceneMemory

        return SceneMemory(str(resolve_device(self.session.options.device)))

    def image(self, subject: Subject) -> PosedImage:
        """The result of a sample. Raises InputError if it has none."""
        if subject.entry is None:
            raise InputError(f"{subject.sample.name}: has no camera yet; estimate it first")
        read_mesh = partial(self.estimators.mesh, subject.sample.mesh_path)
        return image_of_entry(subject.entry, subject.result_folder, read_mesh)

    def configure(self, choice: SettingsChoice) -> Configuration:
        """The settings that were chosen, on the device that the studio was started with; their limits hold from here
        on. Raises InputError."""
        config = choice.configuration()
        use_limits(config.limits)
        return replace(config, device=self.session.options.device) if config.device == "auto" else config

    def load(self, subject: Subject, config: Configuration, job: Job) -> LoadedSubject:
        """What a sample's estimate needs; remarks are told. Raises InputError."""
        job.report("loading", None)
        loaded = self.session.load(subject, config)
        for line in (*loaded.remarks, *loaded.source.remarks):
            job.remark(line)
        estimator = self.estimators.estimator(subject.sample.mesh_path, config, job)
        return LoadedSubject(subject, estimator, loaded, config)

    def finish(self, ready: LoadedSubject, estimate: CameraEstimate, start: str, job: Job) -> None:
        """Write a result, and tell of it. Raises InputError."""
        from camera_estimation.estimation import doubts_of
        from camera_estimation.images import mask_remarks

        job.check()
        subject = ready.subject
        lines = [*mask_remarks(ready.loaded.source, estimate.mask_kind)]
        lines += doubts_of(estimate, ready.estimator.mesh.radius)
        lines += self.session.record(subject, estimate, ready.estimator, ready.loaded, start)
        subject.settings = replace(ready.config, loss=estimate.config.loss)
        for line in lines:
            job.remark(f"{subject.sample.name}: {line}")
        job.tell("sample", number=subject.number)
