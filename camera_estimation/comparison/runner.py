"""Running a comparison sample by sample: what explains an image is found once, then each objective decides."""

from __future__ import annotations

import gc
import math
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from PIL import Image

from camera_estimation.batch import RunProgress
from camera_estimation.comparison._failure import reason_of
from camera_estimation.comparison._measurements import Measurement, Measurements
from camera_estimation.comparison._peak_memory import PeakMemory
from camera_estimation.comparison.objective_run import ComparisonOptions, Entry, ObjectiveRun
from camera_estimation.comparison.objectives import ComparedObjective
from camera_estimation.comparison.starts import START_WORDS, refine_start, start_poses
from camera_estimation.configuration import Configuration, resolve_device
from camera_estimation.dataset import Sample, load_sample_image
from camera_estimation.errors import InputError
from camera_estimation.estimation import CameraEstimate, CameraEstimator, Intrinsics, PoseHypotheses, select_pose
from camera_estimation.images import SourceImage, mask_remarks
from camera_estimation.io import release_freed_memory, settle_process, write_image
from camera_estimation.losses import LossObjective
from camera_estimation.mesh import load_mesh
from camera_estimation.poses import Trace
from camera_estimation.results import JOURNAL_NAME, pose_entry, sample_folder, write_sample
from camera_estimation.visualization import bound_image, image_from_pixels, source_picture

SOURCES = "sources"  # folder of small copies of the images, so that the comparison can be moved
SOURCE_SIZE = 512  # pixels of their longer side, at most


@dataclass(frozen=True)
class ComparisonRun:
    """How all objectives fared. ``trouble`` is why it could not go on, or what could not be written at its end."""

    runs: tuple[ObjectiveRun, ...]
    measurements: Measurements
    interrupted: bool
    trouble: str | None = None


def source_path(folder: Path, sample: Sample) -> Path:
    return folder / SOURCES / f"{sample.name}.png"


def compare_samples(
    samples: Sequence[Sample],
    objectives: Sequence[ComparedObjective],
    config: Configuration,
    options: ComparisonOptions,
) -> ComparisonRun:
    """Estimate every sample's camera under every objective, and write each result when it is there.

    An objective that fails costs no other its result. Raises InputError if the output folder cannot be used from the
    start; what cannot be written later ends the comparison, and what was kept stays.
    """
    device = resolve_device(config.device)
    runs = tuple(ObjectiveRun(objective, samples, config, device, options) for objective in objectives)
    measurements = Measurements(options.output_base_dir)
    skipped = sum(run.skipped for run in runs)
    progress = RunProgress(len(samples) * len(runs), skipped, quiet=options.quiet, verbose=options.verbose)
    if skipped:
        differing = sum(run.differing for run in runs)
        other = f" ({differing} with other settings)" if differing else ""
        progress.remark(f"skipping what is finished: {skipped} of {progress.total}{other}; --overwrite does it again")
    if outdated := sum(run.outdated for run in runs):
        results = "1 finished result is" if outdated == 1 else f"{outdated} finished results are"
        progress.remark(f"{results} of other inputs than there are now, and estimated again")
    worker = _ComparisonWorker(config, options, measurements, progress)
    interrupted, trouble = False, list[str]()
    settle_process()
    try:
        for run in runs:
            run.load()
        for sample in samples:
            worker.compare(sample, [run for run in runs if run.pending(sample)])
            release_freed_memory()
    except KeyboardInterrupt:
        interrupted = True
    except InputError as error:  # a result could not be kept
        trouble.append(str(error))
    finally:
        progress.close()
    closings: list[Callable[[], None]] = [*(partial(run.close, interrupted) for run in runs), measurements.close]
    for close in closings:
        try:
            close()
        except InputError as error:
            trouble.append(str(error))
    return ComparisonRun(runs, measurements, interrupted, "; ".join(dict.fromkeys(trouble)) or None)


class _ComparisonWorker:
    """Compares objectives on one sample after the other; keeps the last mesh, for its images usually come together."""

    def __init__(
        self, config: Configuration, options: ComparisonOptions, measurements: Measurements, progress: RunProgress
    ) -> None:
        self.config, self.options, self.measurements, self.progress = config, options, measurements, progress
        self._estimator: tuple[Path, CameraEstimator] | None = None
        self._warm: list[LossObjective] = []

    def compare(self, sample: Sample, pending: Sequence[ObjectiveRun]) -> None:
        """The entries, and files, of all ``pending`` objectives."""
        if not pending:
            return
        self.progress.start(sample.name)
        able = [run for run in pending if run.failure is None]
        for run in pending:
            if run.failure is not None:
                self._tell(run, run.fail(sample, run.failure), run.details)
        if able:
            self._compare_able(sample, able)

    def _compare_able(self, sample: Sample, runs: Sequence[ObjectiveRun]) -> None:
        shared = None
        start = time.perf_counter()
        inputs = [run.take_inputs(sample) for run in runs]  # before they are read: what changes meanwhile is found
        try:
            loaded = load_sample_image(sample, self.options.images, self.options.intrinsics, self.config)
            image, intrinsics = loaded.image, loaded.intrinsics
            for line in loaded.remarks:
                self.progress.remark(f"{sample.name}: {line}")
            estimator = self._estimator_of(sample.mesh_path, runs[0])
            loading = time.perf_counter() - start
            if self.config.pictures != "none":
                write_image(source_path(self.options.output_base_dir, sample), _small(loaded.source))
            if not estimator.search_needs_objective:
                shared = self._propose(estimator, image, intrinsics)
                for line in mask_remarks(image, shared.observation.image.mask_kind):
                    self.progress.remark(f"{sample.name}: {line}")
        except Exception as error:  # one sample's trouble must not cost the others
            details = traceback.format_exc()
            for run in runs:
                self._tell(run, run.fail(sample, reason_of(error)), details)
            self._forget()
            return
        for run, taken in zip(runs, inputs, strict=True):
            try:
                own = estimator.with_loss(run.objective.loss)
                hypotheses = shared or self._propose(own, image, intrinsics)
                started = start_poses(hypotheses, self.options.start, own, sample.name)
                estimate, measurement = self._decide(own, started, run.objective.label)
                entry = pose_entry(sample, estimate, estimator.mesh, loading, START_WORDS[self.options.start], taken)
                folder = sample_folder(run.folder, sample.name)
                applied = estimate.apply_mask(loaded.source)
                written = write_sample(folder, entry, estimate, applied, estimator.renderer)
                for line in (*own.remarks, *written.remarks):
                    self.progress.remark_once(line)
                if run.loaded_bytes is not None and measurement.memory_growth is not None:
                    measurement = replace(measurement, memory_growth=measurement.memory_growth + run.loaded_bytes)
                self.measurements.record(run.objective.folder, sample.name, measurement)
                run.finish(entry)
                self._tell(run, entry)
            except Exception as error:  # of this objective alone
                self._tell(run, run.fail(sample, reason_of(error)), traceback.format_exc())
                _free_memory()

    def _propose(self, estimator: CameraEstimator, image: SourceImage, intrinsics: Intrinsics | None) -> PoseHypotheses:
        return estimator.propose(image, intrinsics, trace=Trace(self.progress.stage, recording=True))

    def _decide(
        self, estimator: CameraEstimator, hypotheses: PoseHypotheses, label: str
    ) -> tuple[CameraEstimate, Measurement]:
        """Iterations are not recorded while the objective decides: their terms would count in its time, as would what
        only its first evaluation takes."""
        curve: list[float] = []  # the first is of the ranking, which the descent's first evaluation repeats

        def follow(stage: str, loss: float | None) -> None:
            if loss is not None:
                curve.append(loss)
            self.progress.stage(f"{label}, {stage}", loss)

        trace = replace(hypotheses.trace.branch(), progress=follow, recording=False)
        with PeakMemory(estimator.device) as memory:
            if estimator.objective not in self._warm:
                self._warm.append(estimator.objective)
                _warm_up(estimator, hypotheses)
            hypotheses = refine_start(replace(hypotheses, trace=trace), self.options.start, estimator)
            estimate = estimator.decide(hypotheses)
        if estimator.objective.minimized_by_gauss_newton and estimate.iterations:
            last = estimate.iterations[-1].stage
            curve = [iteration.loss for iteration in estimate.iterations if iteration.stage == last]
        else:
            curve = curve[1:]
        growth = None if memory.peak is None else memory.peak - (memory.before or 0)
        return estimate, Measurement(memory.peak, growth, tuple(filter(math.isfinite, curve)))

    def _estimator_of(self, mesh_path: Path, run: ObjectiveRun) -> CameraEstimator:
        """Any objective will do for it: each gets its own with ``with_loss``."""
        if self._estimator is None or self._estimator[0] != mesh_path:
            self._estimator = None  # frees its memory first
            mesh = load_mesh(mesh_path)
            for remark in mesh.remarks:
                self.progress.remark(f"{mesh_path}: {remark}")
            self._estimator = mesh_path, CameraEstimator(mesh, run.config)
        return self._estimator[1]

    def _forget(self) -> None:
        self._estimator = None
        _free_memory()

    def _tell(self, run: ObjectiveRun, entry: Entry, details: str | None = None) -> None:
        self.progress.finish({**entry, "name": f"{entry['name']}, {run.objective.label}"}, details)
        try:
            run.compact_if_due()
        except InputError as error:
            self.progress.remark_once(f"{error}; meanwhile results are kept in {JOURNAL_NAME}")


def _warm_up(estimator: CameraEstimator, hypotheses: PoseHypotheses) -> None:
    """What the objective's first evaluation and gradient bring with them: kernels, networks' buffers."""
    hasty = replace(estimator.config, loss=replace(estimator.config.loss, steps=1))
    select_pose(replace(hypotheses, trace=Trace()), estimator.objective, estimator.prepared, hasty)


def _small(image: SourceImage) -> Image.Image:
    shown = image_from_pixels(source_picture(bound_image(image)))
    shown.thumbnail((SOURCE_SIZE, SOURCE_SIZE), Image.Resampling.LANCZOS)
    return shown


def _free_memory() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
