"""Running many samples: one after the other, each on its own, whatever happens to the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from camera_estimation.batch import RunProgress, RunSummary, earlier_entries, has_result, settings_differ
from camera_estimation.commands.estimate._joint_worker import JointWorker
from camera_estimation.commands.estimate._outcome_writer import OutcomeWriter
from camera_estimation.commands.estimate._worker import SampleOutcome, SampleWorker
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.dataset import Sample
from camera_estimation.estimation import DOUBTFUL, GOOD, WRONG
from camera_estimation.io import settle_process

if TYPE_CHECKING:
    from camera_estimation.commands.estimate._batch_worker import BatchWorker
    from camera_estimation.results import PoseFile

Entry = dict[str, Any]


def run_samples(plan: EstimatePlan) -> RunSummary:
    """Estimate the camera of every sample and write the results, so that they are valid after each.

    A sample that fails does not stop the others.

    Raises:
        InputError: The output folder cannot be used.
    """
    from camera_estimation.configuration import resolve_device
    from camera_estimation.results import JointFile, PoseFile, RunRecord

    earlier = earlier_entries(plan.output_dir)
    groups = _group_samples(plan)
    pending = _pending(groups, earlier, plan)
    undrawn = [sample for sample in plan.samples if sample not in pending and not _has_pictures(sample, plan)]
    skipped = len(plan.samples) - len(pending)
    progress = RunProgress(len(plan.samples), skipped, quiet=plan.quiet, verbose=plan.verbose)
    if skipped:
        progress.remark(_skipping_line([sample for sample in plan.samples if sample not in pending], plan))
    poses = PoseFile(plan.output_dir, [sample.name for sample in plan.samples], earlier.values())
    poses.save()
    worker = SampleWorker(plan, progress)
    if not pending:  # run.json keeps telling of the run that made the results
        failed = _draw_lacking(worker, undrawn, earlier)
        progress.close()
        if undrawn:
            worker.report.write()
        return RunSummary(0, failed, skipped - failed, interrupted=False)
    record = RunRecord(plan.output_dir, plan.config, str(resolve_device(plan.config.device)), plan.command_line)
    JointFile(plan.output_dir).forget({sample.name for sample in pending})
    settle_process()
    entries: list[dict[str, Any]] = []

    def finish(outcome: SampleOutcome) -> None:
        outcome = worker.finish(outcome)
        poses.record(outcome.entry)
        entries.append(outcome.entry)
        progress.finish(outcome.entry, outcome.details)

    interrupted, unpictured = False, 0
    try:
        unpictured = _draw_lacking(worker, undrawn, earlier)
        with OutcomeWriter(finish) as writer:
            if (batch := _batch_worker(worker)) is not None:
                batch.process([sample for sample in plan.samples if sample in pending], writer.put)
                groups = []
            for group in groups:
                if group[0] not in pending:
                    worker.append_known(group[0], earlier[group[0].name])
                    continue
                for outcome in (JointWorker(worker) if plan.joint else worker).process(group):
                    writer.put(outcome)
        entries = _look_at_scenes(worker, poses, earlier, entries)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        progress.close()
    _write_run_files(plan)
    statuses = Counter(entry["status"] for entry in entries)
    told = Counter(entry["verdict"] for entry in entries)
    verdicts = {verdict: told[verdict] for verdict in (GOOD, DOUBTFUL, WRONG)}
    failed, kept = statuses["failed"] + unpictured, skipped - unpictured
    summary = RunSummary(statuses["ok"], failed, kept, interrupted, verdicts)
    counts = {"ok": summary.ok, "failed": failed, "skipped": kept}
    record.finish({**counts, "not_started": len(pending) - len(entries)}, interrupted)
    worker.report.write()
    return summary


def _draw_lacking(worker: SampleWorker, samples: Sequence[Sample], earlier: dict[str, Entry]) -> int:
    """Draw pictures that earlier runs were to leave out; gives how many samples that fails for."""
    if not samples:
        return 0
    from camera_estimation.commands.estimate._redrawing import draw_lacking

    worker.progress.remark(f"drawing pictures of {len(samples)} finished samples from their poses")
    return draw_lacking(worker, samples, earlier)


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


def _look_at_scenes(
    worker: SampleWorker, poses: PoseFile, earlier: dict[str, Entry], entries: list[Entry]
) -> list[Entry]:
    """The entries of this run after samples of one image have been looked at together."""
    from camera_estimation.commands.estimate._scene_worker import SceneWorker, find_scenes

    found = {entry["name"]: entry for entry in entries}
    for scene in find_scenes(worker.plan.samples):
        if not any(sample.name in found for sample in scene.samples):
            continue
        for outcome in SceneWorker(worker).process(scene, {**earlier, **found}):
            poses.record(outcome.entry)
            found[outcome.entry["name"]] = outcome.entry
    return [found[entry["name"]] for entry in entries]


def _group_samples(plan: EstimatePlan) -> list[list[Sample]]:
    """Those that are estimated at once: of a mesh all that are to be estimated jointly, else each for itself."""
    if not plan.joint:
        return [[sample] for sample in plan.samples]
    groups: dict[Path, list[Sample]] = {}
    for sample in plan.samples:
        groups.setdefault(sample.mesh_path, []).append(sample)
    return list(groups.values())


def _pending(groups: Sequence[Sequence[Sample]], earlier: dict[str, Any], plan: EstimatePlan) -> set[Sample]:
    """The samples to estimate: of a group all or none."""
    from camera_estimation.results import JointFile

    together = JointFile(plan.output_dir)
    pending: set[Sample] = set()
    for group in groups:
        done = not plan.overwrite and all(_is_done(sample, earlier, plan) for sample in group)
        if not done or (len(group) > 1 and not together.has(group)):
            pending.update(group)
    return pending


def _is_done(sample: Sample, earlier: dict[str, Any], plan: EstimatePlan) -> bool:
    """Whether nothing is left to do but to draw pictures."""
    finished = has_result(sample, earlier.get(sample.name), plan.config, plan.output_dir)
    if finished and not _has_pictures(sample, plan):
        from camera_estimation.commands.estimate._redrawing import reason_against_drawing

        reason = reason_against_drawing(sample, earlier[sample.name], plan)
        if reason is not None:
            if not plan.quiet:
                click.echo(f"{sample.name}: estimated again for its pictures, as {reason}", err=True)
            return False
    if plan.random_init is None or not finished:
        return finished
    from camera_estimation.convergence import has_basin
    from camera_estimation.results import sample_folder

    return has_basin(sample_folder(plan.output_dir, sample.name), plan.random_init)


def _has_pictures(sample: Sample, plan: EstimatePlan) -> bool:
    from camera_estimation.results import has_pictures, sample_folder

    return has_pictures(sample_folder(plan.output_dir, sample.name), plan.config.pictures)


def _skipping_line(finished: Sequence[Sample], plan: EstimatePlan) -> str:
    differing = sum(settings_differ(sample, plan.config, plan.images, plan.output_dir) for sample in finished)
    other = f" ({differing} with other settings)" if differing else ""
    counts = f"{len(finished)} of {len(plan.samples)}"
    return f"skipping what is finished: {counts}{other}; --overwrite estimates them again"


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
