"""Samples of a run that an executor has estimated elsewhere."""

from __future__ import annotations

from contextlib import closing

from camera_estimation.batch import StopSignals
from camera_estimation.commands.estimate._pending import PendingSamples
from camera_estimation.commands.estimate._recorder import OutcomeRecorder
from camera_estimation.commands.estimate._worker import SampleOutcome, SampleWorker
from camera_estimation.commands.estimate.executor import executor_registry
from camera_estimation.commands.estimate.work import WorkedSample
from camera_estimation.commands.estimate.work_queue import WorkQueue
from camera_estimation.dataset import Sample


def estimate_by_executor(
    name: str, worker: SampleWorker, recorder: OutcomeRecorder, pending: PendingSamples, stop: StopSignals
) -> None:
    """Have the pending samples estimated, and record them as they end.

    Args:
        name: Of the executor.
        worker: Of this process, which tells of samples whose workers are lost.
        recorder: Of the run.
        pending: What is to do.
        stop: When it is to end.

    Raises:
        InputError: The executor cannot be used.
        KeyboardInterrupt: The run was to end.
    """
    plan, progress = worker.plan, worker.progress

    def fail(sample: Sample, reason: str) -> SampleOutcome:
        return worker.fail(sample, reason, None)

    queue = WorkQueue(plan, pending.groups, pending.names, recorder.journal, fail)
    if plan.config.batch > 1:
        progress.remark(f"--batch {plan.config.batch}: not used, as each worker is at one image at a time")
    executor = executor_registry.get(name)(plan, progress.remark)
    with stop.deferring(), closing(executor.perform(queue, lambda: stop.is_asked)) as finished:
        for worked in finished:
            _record_sample(worked, worker, recorder)


def _record_sample(worked: WorkedSample, worker: SampleWorker, recorder: OutcomeRecorder) -> None:
    from camera_estimation.results import JointFile

    own = f"{worked.outcome.sample.name}: "
    for line in worked.remarks:
        if line.startswith(own):
            worker.progress.remark(line)
        else:  # of a mesh or of the machine: each worker says it
            worker.progress.remark_once(line)
    for group in worked.groups:
        JointFile(worker.plan.output_dir).put(group)
    recorder.record(worked.outcome)
