"""From one sample to its entry and files."""

from __future__ import annotations

import traceback
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from camera_estimation.batch import RunProgress, is_memory_shortage, memory_advice
from camera_estimation.commands.estimate._frame_following import FrameFollower
from camera_estimation.commands.estimate._initialization import PoseInitialization, RandomInitialization
from camera_estimation.commands.estimate._run_report import RunReport
from camera_estimation.commands.estimate._sample_loading import LoadedMesh, LoadedSample, SampleLoader
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError, internal_error
from camera_estimation.io import is_disk_full, release_freed_memory

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt8

    from camera_estimation.estimation import CameraEstimate, CameraEstimator
    from camera_estimation.images import SourceImage
    from camera_estimation.results import SampleFiles
    from camera_estimation.tracking import LocatedEstimate

Result = TypeVar("Result")


@dataclass(frozen=True)
class SampleOutcome:
    """How a sample ended: its entry, where it failed the traceback, and what files are still to be written of it.

    ``short_of_memory``: it failed for want of the device's memory, of which there may be more another time;
    ``disk_full``: for want of space to write to.
    """

    sample: Sample
    entry: dict[str, Any]
    details: str | None = None
    files: SampleFiles | None = None
    short_of_memory: bool = False
    disk_full: bool = False


class SampleWorker:
    """Turns samples into entries and files. Several threads may use it where samples are independent of each other.

    Args:
        plan: Of the run.
        progress: Is told what goes on.
        meshes: As in ``SampleLoader``.
        reports: Whether the pictures of samples are gathered for report.html.
    """

    def __init__(
        self,
        plan: EstimatePlan,
        progress: RunProgress,
        meshes: OrderedDict[Path, LoadedMesh] | None = None,
        *,
        reports: bool = True,
    ) -> None:
        self.plan, self.progress = plan, progress
        self.initialization: PoseInitialization | RandomInitialization
        if plan.random_init is not None:
            self.initialization = RandomInitialization(plan.random_init)
        else:
            self.initialization = PoseInitialization(plan.consecutive, plan.initial, sequence=True)
        self.loader = SampleLoader(plan, progress, meshes)
        self.follower = FrameFollower(self.loader)
        self.report = RunReport(plan, progress, gathers=reports)

    def process(self, samples: Sequence[Sample]) -> Iterator[SampleOutcome]:
        """How each of the samples ended, one after the other."""
        for sample in samples:
            self.progress.start(sample.name)
            yield self.estimate(sample)

    def estimate(self, sample: Sample) -> SampleOutcome:
        """How a sample ended, once it has been started."""
        return self.attempt(sample, partial(self._estimate, sample))

    def attempt(self, sample: Sample, work: Callable[[], Result]) -> Result | SampleOutcome:
        """What ``work`` returns, or how the sample failed by it."""
        try:
            return work()
        except InputError as error:
            return self._fail_by(sample, error, str(error))
        except Exception as error:  # one sample's trouble, a lack of memory too, must not cost the others
            self.loader.forget_meshes()
            short = is_memory_shortage(error)
            reason = memory_advice(error) or internal_error(error)
            return replace(self._fail_by(sample, error, reason), short_of_memory=short)
        finally:
            release_freed_memory()

    def fail(self, sample: Sample, reason: str, details: str | None) -> SampleOutcome:
        """The sample without a result: what an earlier run left of it is taken away."""
        from camera_estimation.results import clear_sample, failure_entry, sample_folder

        clear_sample(sample_folder(self.plan.output_dir, sample.name))
        return SampleOutcome(sample, failure_entry(sample, reason), details)

    def load(self, sample: Sample, known: UInt8[np.ndarray, "H W"] | None = None) -> LoadedSample:
        """As ``SampleLoader.load``."""
        return self.loader.load(sample, known)

    def finish(self, outcome: SampleOutcome) -> SampleOutcome:
        """The outcome once its files are written, or how that failed. Nothing is drawn by what draws meshes, so that
        another thread may do it beside the next estimate."""
        if outcome.files is None:
            return outcome
        try:
            written = outcome.files.write()
        except InputError as error:
            return self._fail_by(outcome.sample, error, str(error))
        except Exception as error:
            return self._fail_by(outcome.sample, error, memory_advice(error) or internal_error(error))
        for line in written.remarks:
            self.progress.remark_once(line)
        self.report.add(outcome.entry, written.shown)
        return replace(outcome, files=None)

    def prepare(self, loaded: LoadedSample, located: LocatedEstimate) -> SampleOutcome:
        """All that is computed for the files of the estimate; ``finish`` writes them."""
        from camera_estimation.estimation import doubts_of
        from camera_estimation.images import mask_remarks
        from camera_estimation.results import pose_entry, prepare_files, sample_folder

        sample, estimator, estimate = loaded.sample, loaded.estimator, located.estimate
        for line in mask_remarks(loaded.source, estimate.mask_kind):
            self.progress.remark(f"{sample.name}: {line}")
        image = estimate.apply_mask(loaded.source)
        for doubt in doubts_of(estimate, estimator.mesh.radius):
            self.progress.remark(f"{sample.name}: {doubt}")
        entry = pose_entry(sample, estimate, estimator.mesh, loaded.seconds, located.start, loaded.inputs)
        self.progress.stage("drawing", estimate.loss)
        folder = sample_folder(self.plan.output_dir, sample.name)
        for line in estimator.remarks:
            self.progress.remark_once(line)
        files = prepare_files(folder, entry, estimate, image, estimator.renderer)
        self.report.add_mesh(entry, estimator)
        self._write_basin(sample, folder)
        self._write_record(sample, folder, estimate, image, estimator)
        return SampleOutcome(sample, entry, files=files)

    def append_known(self, sample: Sample, entry: dict[str, Any]) -> None:
        """The next sample has the result ``entry`` from an earlier run."""
        self.initialization.append_known(sample, entry)
        self.follower.append_known(sample, entry)

    def _fail_by(self, sample: Sample, error: Exception, reason: str) -> SampleOutcome:
        return replace(self.fail(sample, reason, traceback.format_exc()), disk_full=is_disk_full(error))

    def _estimate(self, sample: Sample) -> SampleOutcome:
        followed = self.follower.follow(sample)
        if followed is not None and followed[1] is not None:
            self.initialization.append(sample, followed[0].estimator.mesh, followed[1].estimate)
            return self._write_located(followed[0], followed[1])
        loaded = self.load(sample) if followed is None else followed[0]
        self._check_given(loaded)
        located = self.initialization.estimate(
            sample, loaded.estimator, loaded.image, loaded.intrinsics, self.progress.stage
        )
        located = self._follow_matches(loaded, located)
        self.follower.append(loaded, located)
        return self._write_located(loaded, located)

    def _write_located(self, loaded: LoadedSample, located: LocatedEstimate) -> SampleOutcome:
        sample = loaded.sample
        if located.searched_again:
            self.progress.remark(f"{sample.name}: searched again, as what was found near its start does not explain it")
        return self.prepare(loaded, located)

    def _check_given(self, loaded: LoadedSample) -> None:
        """Raises InputError if the pose to start from looks away from the mesh; some lenses see what is behind."""
        from camera_estimation.results import check_in_front

        initial = self.plan.initial
        given = initial.of(loaded.sample) if initial is not None else None
        if initial is not None and given is not None and loaded.image.window is None:
            camera = given.camera(loaded.image.width, loaded.image.height)
            check_in_front(camera, loaded.estimator.mesh.center, f"{initial.path}: '{loaded.sample.name}'")

    def _follow_matches(self, loaded: LoadedSample, located: LocatedEstimate) -> LocatedEstimate:
        if not self.plan.config.evidence.matches:
            return located
        from camera_estimation.poses.matching import create_matcher
        from camera_estimation.tracking import follow_matches

        matcher = create_matcher(self.plan.config.evidence.matches, loaded.estimator.device)
        self.progress.stage("matching", located.estimate.loss)
        estimate = follow_matches(
            located.estimate,
            loaded.estimator,
            loaded.image,
            matcher,
            intrinsics=loaded.intrinsics,
            progress=self.progress.stage,
        )
        return replace(located, estimate=estimate)

    def _write_basin(self, sample: Sample, folder: Path) -> None:
        """Where random starts lead, if they are what the estimate is from; none of an earlier run is left."""
        from camera_estimation.convergence import remove_basin, write_basin

        basin = self.initialization.basin
        if basin is None:
            remove_basin(folder)
            return
        write_basin(folder, sample.name, basin)
        converged = f"{int(basin.converged.sum())} of {len(basin.starts)} random starts"
        self.progress.remark(f"{sample.name}: {converged} end within 5 degrees of the best end")

    def _write_record(
        self, sample: Sample, folder: Path, estimate: CameraEstimate, image: SourceImage, estimator: CameraEstimator
    ) -> None:
        if self.plan.record_every is None:
            return
        from camera_estimation.images import look_through
        from camera_estimation.records import write_record

        self.progress.stage("recording", estimate.loss)
        if estimate.window is not None:
            image = look_through(image, estimate.window)
        write_record(folder, sample.name, estimate, image, estimator, self.plan.record_every)

    def estimator(self, mesh_path: Path) -> CameraEstimator:
        """As ``SampleLoader.estimator``."""
        return self.loader.estimator(mesh_path)
