"""Running many samples: one after the other, each on its own, whatever happens to the others."""

from __future__ import annotations

import time
import traceback
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.batch import Progress, RunSummary, earlier_entries, internal_error, is_finished, settings_differ
from camera_estimation.commands.estimate.random_starts import RandomStarts
from camera_estimation.commands.estimate.run_extras import write_basins, write_histories
from camera_estimation.commands.estimate.sequences import Starts
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, Intrinsics, Sample, intrinsics_of
from camera_estimation.errors import InputError
from camera_estimation.results import InitialPoses

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimate, CameraEstimator
    from camera_estimation.images import SourceImage

MESHES_KEPT = 2  # in memory, with what the search prepared for them


@dataclass(frozen=True)
class RunOptions:
    """What a run needs beside the samples and the configuration."""

    output_dir: Path
    intrinsics: dict[str, Intrinsics] = field(default_factory=dict)
    images: ImageSources = field(default_factory=ImageSources)
    initial: InitialPoses | None = None
    sequence: bool = False
    random_init: int | None = None  # random poses that each sample starts from, instead of the search
    record_every: int | None = None  # steps from picture to picture of a record; None: nothing is recorded
    overwrite: bool = False
    quiet: bool = False
    verbose: bool = False
    command_line: Sequence[str] = ()


def run_samples(samples: Sequence[Sample], config: Configuration, options: RunOptions) -> RunSummary:
    """Estimate the camera of every sample and write the results, so that they are valid after each.

    A sample that fails does not stop the others. Raises InputError if the output folder cannot be used.
    """
    from camera_estimation.configuration import resolve_device
    from camera_estimation.results import PoseFile, RunRecord

    earlier = earlier_entries(options.output_dir)
    pending = [sample for sample in samples if options.overwrite or not _is_done(sample, earlier, config, options)]
    skipped = len(samples) - len(pending)
    progress = Progress(len(samples), skipped, quiet=options.quiet, verbose=options.verbose)
    if skipped:
        progress.remark(_skipping_line(samples, pending, config, options))
    poses = PoseFile(options.output_dir, [sample.name for sample in samples], earlier.values())
    poses.save()
    if not pending:  # run.json keeps telling of the run that made the results
        progress.close()
        return RunSummary(0, 0, skipped, interrupted=False)
    record = RunRecord(options.output_dir, config, str(resolve_device(config.device)), options.command_line)
    worker = _SampleWorker(config, options, progress, _starts(samples, options))
    redone = set(pending)
    statuses: list[str] = []
    interrupted = False
    try:
        for sample in samples:
            if sample not in redone:
                worker.starts.finished(sample, earlier[sample.name])
                continue
            progress.start(sample.name)
            entry, details = worker.process(sample)
            poses.record(entry)
            statuses.append(entry["status"])
            progress.finish(entry, details)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        progress.close()
    _write_run_files(samples, config, options)
    summary = RunSummary(statuses.count("ok"), statuses.count("failed"), skipped, interrupted)
    counts = {"ok": summary.ok, "failed": summary.failed, "skipped": skipped}
    record.finish({**counts, "not_started": len(pending) - len(statuses)}, interrupted)
    return summary


def _starts(samples: Sequence[Sample], options: RunOptions) -> Starts | RandomStarts:
    if options.random_init is not None:
        return RandomStarts(options.random_init)
    return Starts(samples, options.initial, options.sequence)


def _write_run_files(samples: Sequence[Sample], config: Configuration, options: RunOptions) -> None:
    """Of all samples together; of an interrupted run of those that are through."""
    if options.record_every is not None:
        write_histories(options.output_dir)
    if options.random_init is not None:
        write_basins(options.output_dir, samples, config.loss.name)


def _is_done(sample: Sample, earlier: dict[str, Any], config: Configuration, options: RunOptions) -> bool:
    finished = is_finished(sample, earlier.get(sample.name), config, options.output_dir)
    if options.random_init is None or not finished:
        return finished
    from camera_estimation.convergence import has_basin
    from camera_estimation.results import sample_folder

    return has_basin(sample_folder(options.output_dir, sample.name), options.random_init)


def _skipping_line(
    samples: Sequence[Sample], pending: Sequence[Sample], config: Configuration, options: RunOptions
) -> str:
    redone = set(pending)
    finished = [sample for sample in samples if sample not in redone]
    differing = sum(settings_differ(sample, config, options.images, options.output_dir) for sample in finished)
    other = f" ({differing} with other settings)" if differing else ""
    return f"skipping what is finished: {len(finished)} of {len(samples)}{other}; --overwrite estimates them again"


class _SampleWorker:
    """Turns samples into entries and files; keeps the last meshes, for images of one mesh usually come together."""

    def __init__(
        self, config: Configuration, options: RunOptions, progress: Progress, starts: Starts | RandomStarts
    ) -> None:
        self.config, self.options, self.progress, self.starts = config, options, progress, starts
        self._estimators: OrderedDict[Path, CameraEstimator] = OrderedDict()

    def process(self, sample: Sample) -> tuple[dict[str, Any], str | None]:
        """The sample's entry and, where it failed, the traceback."""
        from camera_estimation.results import clear, failure_entry, sample_folder

        try:
            return self._estimated(sample), None
        except InputError as error:
            reason, details = str(error), traceback.format_exc()
        except Exception as error:  # one sample's trouble, a lack of memory too, must not cost the others
            reason, details = internal_error(error), traceback.format_exc()
            self._estimators.clear()
        clear(sample_folder(self.options.output_dir, sample.name))
        return failure_entry(sample, reason), details

    def _estimated(self, sample: Sample) -> dict[str, Any]:
        from camera_estimation.estimation import doubts_of
        from camera_estimation.images import ESTIMATED
        from camera_estimation.results import pose_entry, sample_folder, write_sample

        start = time.perf_counter()
        image = self.options.images.load(sample.image_path, self.config)
        estimator = self._estimator(sample.mesh_path)
        loading = time.perf_counter() - start
        intrinsics = intrinsics_of(self.options.intrinsics, sample.image_path)
        located = self.starts.estimate(sample, estimator, image, intrinsics, self.progress.stage)
        estimate = located.estimate
        if estimate.mask is not None:
            image = replace(image, mask=estimate.mask, mask_source=ESTIMATED)
        if located.searched_again:
            self.progress.remark(f"{sample.name}: searched again, as what was found near its start does not explain it")
        for doubt in doubts_of(estimate, estimator.mesh.radius):
            self.progress.remark(f"{sample.name}: {doubt}")
        entry = pose_entry(sample, estimate, estimator.mesh, loading, located.start)
        self.progress.stage("writing", estimate.loss)
        folder = sample_folder(self.options.output_dir, sample.name)
        write_sample(folder, entry, estimate, image, estimator.renderer)
        self._write_extras(sample, folder, estimate, image, estimator)
        return entry

    def _write_extras(
        self, sample: Sample, folder: Path, estimate: CameraEstimate, image: SourceImage, estimator: CameraEstimator
    ) -> None:
        """The basin of attraction, and the record, where they are asked for."""
        from camera_estimation.convergence import remove_basin, write_basin

        basin = self.starts.basin if isinstance(self.starts, RandomStarts) else None
        if basin is None:
            remove_basin(folder)
        else:
            write_basin(folder, sample.name, basin)
            converged = f"{int(basin.converged.sum())} of {len(basin.starts)} random starts"
            self.progress.remark(f"{sample.name}: {converged} end within 5 degrees of the best end")
        if self.options.record_every is not None:
            from camera_estimation.records import write_record

            self.progress.stage("recording", estimate.loss)
            write_record(folder, sample.name, estimate, image, estimator, self.options.record_every)

    def _estimator(self, mesh_path: Path) -> CameraEstimator:
        from camera_estimation.estimation import CameraEstimator
        from camera_estimation.mesh import load_mesh

        if mesh_path not in self._estimators:
            while len(self._estimators) >= MESHES_KEPT:
                self._estimators.popitem(last=False)
            self._estimators[mesh_path] = CameraEstimator(
                load_mesh(mesh_path), self.config, record=self.options.record_every is not None
            )
        self._estimators.move_to_end(mesh_path)
        return self._estimators[mesh_path]
