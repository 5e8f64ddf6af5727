"""Running many samples: one after the other, each on its own, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from camera_estimation.batch import BROKEN_PIPE, LineWriter, RunProgress, RunSummary, StopSignals
from camera_estimation.commands.estimate._joint_worker import JointWorker
from camera_estimation.commands.estimate._outcome_writer import OutcomeWriter
from camera_estimation.commands.estimate._pending import PendingSamples, find_pending
from camera_estimation.commands.estimate._recorder import OutcomeRecorder, RunEndError
from camera_estimation.commands.estimate._worker import SampleOutcome, SampleWorker
from camera_estimation.commands.estimate.executor import executor_name
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.shard import write_shard
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.io import lock_folder, remove_stale_files, settle_process

if TYPE_CHECKING:
    from camera_estimation.commands.estimate._batch_worker import BatchWorker
    from camera_estimation.results import PoseJournal, RunRecord


def run_samples(plan: EstimatePlan, lines: LineWriter | None = None) -> RunSummary:
    """Estimate the camera of every sample and write the results, so that they are valid whenever the run ends.

    A sample that fails does not stop the others.

    Args:
        plan: What is to be done.
        lines: Takes the entry of each sample that ends, as a line of JSON. Once nobody reads them the run ends as by a
            signal.

    Raises:
        InputError: The output folder cannot be used, or another run writes there.
    """
    if plan.retry_failed:
        _check_results(plan.output_dir)
    with lock_folder(plan.output_dir) as was_killed, StopSignals() as stop:
        if was_killed:
            remove_stale_files(plan.output_dir)
        return _run_alone(plan, stop, lines)


def _check_results(folder: Path) -> None:
    """Raises InputError where no run has left results, which may be those that a kill has left."""
    from camera_estimation.results import JOURNAL_NAME, POSES_NAME

    if not any((folder / name).is_file() for name in (POSES_NAME, JOURNAL_NAME)):
        raise InputError(
            f"{folder}: has no results of a run, of which --retry_failed does the failed samples again; check "
            "--output_dir, or leave --retry_failed away"
        )


def _run_alone(plan: EstimatePlan, stop: StopSignals, lines: LineWriter | None) -> RunSummary:
    from camera_estimation.configuration import resolve_device
    from camera_estimation.results import JointFile, PoseJournal, RunRecord

    if plan.shard is not None:
        write_shard(plan.output_dir, plan.shard)
    journal = PoseJournal(plan.output_dir, [sample.name for sample in plan.samples])
    pending = find_pending(plan, journal)
    skipped = len(plan.samples) - len(pending.names)
    progress = RunProgress(len(plan.samples), skipped, quiet=plan.quiet, verbose=plan.verbose)
    if journal.dropped:
        cut_off = "1 result" if journal.dropped == 1 else f"{journal.dropped} results"
        progress.remark(f"cut off when the run before ended, and estimated again: {cut_off}")
    for line in pending.remarks:
        progress.remark(line)
    worker = SampleWorker(plan, progress, reports=executor_name(plan.config.execution) is None)
    if not pending.names:  # run.json keeps telling of the run that made the results
        failed = _draw_lacking(worker, pending.undrawn, journal)
        progress.close()
        if pending.undrawn:
            worker.report.write()
        return RunSummary(0, failed, skipped - failed, interrupted=False)
    record = RunRecord(plan.output_dir, plan.config, str(resolve_device(plan.config.device)), plan.command_line)
    JointFile(plan.output_dir).forget(pending.names)
    settle_process()

    def tell(line: str) -> None:
        if lines is not None:
            lines.write(line)
            if not lines.is_read:
                stop.ask(BROKEN_PIPE)

    recorder = OutcomeRecorder(journal, progress, None if lines is None else tell)
    run = _SampleRun(worker, recorder, pending, stop)
    run.estimate_all()
    return run.finish(record, skipped)


class _SampleRun:
    """A run that has something to do."""

    def __init__(
        self, worker: SampleWorker, recorder: OutcomeRecorder, pending: PendingSamples, stop: StopSignals
    ) -> None:
        self.worker, self.plan, self.progress = worker, worker.plan, worker.progress
        self.recorder, self.journal, self.pending, self.stop = recorder, recorder.journal, pending, stop
        self.interrupted, self.unpictured = False, 0
        self.trouble: list[str] = []

    def estimate_all(self) -> None:
        """Until all is done, or the run is to end, or cannot go on."""
        try:
            self.unpictured = _draw_lacking(self.worker, self.pending.undrawn, self.journal)
            with OutcomeWriter(self._finish) as writer:
                self._estimate(writer)
            with self.stop.deferring():
                _look_at_scenes(self.worker, self.journal, self.recorder, self.stop)
        except KeyboardInterrupt:
            self.interrupted = True
        except RunEndError as ending:
            self.trouble.append(str(ending))
        finally:
            self.progress.close()

    def finish(self, record: RunRecord, skipped: int) -> RunSummary:
        """Write what is of all samples together, unless the folder was taken away. What cannot be written is told, and
        costs nothing else."""
        statuses, left = self.recorder.count_statuses(), len(self.pending.names - self.recorder.names)
        failed, kept = statuses["failed"] + self.unpictured, skipped - self.unpictured
        counts = {"ok": statuses["ok"], "failed": failed, "skipped": kept, "not_started": left}
        is_in_place = self.journal.is_in_place()
        self._attempt(self.journal.close)
        if is_in_place:
            self._attempt(lambda: _write_run_files(self.plan))
            self._attempt(lambda: record.finish(counts, self.interrupted))
            self.worker.report.write()
        return RunSummary(
            ok=statuses["ok"],
            failed=failed,
            skipped=kept,
            interrupted=self.interrupted,
            verdicts=self.recorder.count_verdicts(),
            signal=self.stop.number,
            trouble="; ".join(dict.fromkeys(self.trouble)) or None,
            left=left,
        )

    def _estimate(self, writer: OutcomeWriter) -> None:
        names, plan = self.pending.names, self.plan
        if (executor := executor_name(plan.config.execution)) is not None:
            from camera_estimation.commands.estimate._executed_run import estimate_by_executor

            estimate_by_executor(executor, self.worker, self.recorder, self.pending, self.stop)
            return
        if (batch := _batch_worker(self.worker)) is not None:
            samples = [sample for sample in plan.samples if sample.name in names]
            batch.process(samples, writer.put, lambda: self.stop.is_asked)
            return
        worker = JointWorker(self.worker) if plan.joint else self.worker
        needs_known = bool(plan.consecutive)
        with self.stop.deferring():
            for group in self.pending.groups:
                if (name := group[0].name) not in names:
                    if needs_known and name in self.journal:
                        self.worker.append_known(group[0], self.journal[name])
                    continue
                for outcome in worker.process(group):
                    writer.put(outcome)
                    if self.stop.is_asked:
                        break
                if self.stop.is_asked:
                    break

    def _finish(self, outcome: SampleOutcome) -> None:
        self.recorder.record(self.worker.finish(outcome))

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except InputError as error:
            self.trouble.append(str(error))


def _draw_lacking(worker: SampleWorker, samples: Sequence[Sample], journal: PoseJournal) -> int:
    """Draw pictures that earlier runs were to leave out; gives how many samples that fails for."""
    if not samples:
        return 0
    from camera_estimation.commands.estimate._redrawing import draw_lacking

    finished = "1 finished sample" if len(samples) == 1 else f"{len(samples)} finished samples"
    worker.progress.remark(f"drawing from their poses the pictures of {finished}")
    return draw_lacking(worker, samples, journal)


def _batch_worker(worker: SampleWorker) -> BatchWorker | None:
    """What has several samples in flight, where that is asked for and they do not depend on each other."""
    plan = worker.plan
    if plan.config.batch == 1:
        return None
    from camera_estimation.commands.estimate._batch_worker import BatchWorker, reason_against_batch
    from camera_estimation.configuration import resolve_device

    reason = reason_against_batch(plan)
    if reason is not None:
        worker.progress.remark(f"--batch {plan.config.batch}: one image after the other, as {reason}")
        return None
    return BatchWorker(worker, plan.config.batch, resolve_device(plan.config.device))


def _look_at_scenes(worker: SampleWorker, journal: PoseJournal, recorder: OutcomeRecorder, stop: StopSignals) -> None:
    """Samples of one image are looked at together, of images of which one was estimated in this run."""
    from camera_estimation.commands.estimate._scene_worker import SceneWorker, find_scenes

    names = recorder.names
    for scene in find_scenes(worker.plan.samples):
        if not any(sample.name in names for sample in scene.samples):
            continue
        if stop.is_asked:
            return
        for outcome in SceneWorker(worker).process(scene, journal):
            recorder.record_again(outcome)


def _write_run_files(plan: EstimatePlan) -> None:
    """Of all samples together; of an interrupted run of those that are through."""
    if plan.record_every is not None:
        from camera_estimation.records import write_workbook
        from camera_estimation.results import read_poses

        write_workbook(plan.output_dir, read_poses(plan.output_dir))
    if plan.random_init is not None:
        from camera_estimation.convergence import write_run_figure
        from camera_estimation.results import sample_folder

        folders = [sample_folder(plan.output_dir, sample.name) for sample in plan.samples]
        write_run_figure(plan.output_dir, folders, plan.config.loss.name)
