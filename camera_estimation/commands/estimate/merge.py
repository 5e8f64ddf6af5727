"""``camera-merge``: the shards of a run as one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from camera_estimation.batch import RunProgress
from camera_estimation.commands.estimate._merged_files import link_sample, link_scene_pictures
from camera_estimation.commands.estimate._run_report import RunReport
from camera_estimation.commands.estimate._shard_runs import ShardRun, check_alike, list_gaps, read_shard_run
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.shard import find_shards
from camera_estimation.commands.export import ExportPlan, prepare_exporters, run_export
from camera_estimation.configuration import Configuration, merge_settings
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.io import input_path, json_text, lock_folder, remove_stale_files, write_text
from camera_estimation.results import (
    EXPORT_FOLDER,
    RUN_NAME,
    JointFile,
    PoseJournal,
    RunEntries,
    read_posed_images,
    read_run_context,
)


@dataclass(frozen=True)
class MergeRequest:
    """What is asked for.

    Args:
        output_dir: Where the merged run is written.
        folders: Of the shards; none: those in ``output_dir``.
        exports: Formats that its cameras are written as.
        quiet: Only errors are told.
    """

    output_dir: Path
    folders: Sequence[Path] = ()
    exports: Sequence[str] = ()
    quiet: bool = False


def merge_shards(request: MergeRequest) -> int:
    """Write the run that shards are of. Gives the exit code: 1 where a sample failed, or a part is lacking, which a
    line tells.

    Raises:
        InputError: There are no shards, they contradict each other, or files cannot be read or written.
    """
    folders = list(request.folders) or find_shards(request.output_dir)
    if not folders:
        raise InputError(f"{request.output_dir}: has no folders of shards, such as shard_1_of_8")
    exporters = prepare_exporters(request.exports)
    runs = sorted((read_shard_run(folder) for folder in folders), key=lambda run: run.shard.index)
    check_alike(runs)
    gaps = list_gaps(runs)
    with lock_folder(request.output_dir) as was_killed:
        if was_killed:
            remove_stale_files(request.output_dir)
        entries = _write_run(request.output_dir, runs, request.quiet)
    counts = Counter(entry["status"] for entry in entries)
    for line in gaps:
        click.echo(line, err=True)
    if not request.quiet:
        told = f"{counts['ok']} ok, {counts['failed']} failed"
        click.echo(f"{len(runs)} of {runs[0].shard.count} shards: {told}; results in {request.output_dir}")
    unwritten = 0
    if exporters and counts["ok"]:
        images, run = read_posed_images(request.output_dir), read_run_context(request.output_dir)
        folder = request.output_dir / EXPORT_FOLDER
        unwritten = run_export(
            ExportPlan(images=images, exporters=exporters, output_dir=folder, run=run, quiet=request.quiet)
        )
    return int(bool(gaps or counts["failed"] or unwritten))


def _write_run(folder: Path, runs: Sequence[ShardRun], quiet: bool) -> list[dict[str, Any]]:
    """All files of the run; gives its entries, in short."""
    order = sorted((place, name) for run in runs for name, place in run.shard.places.items())
    names = [name for _, name in order]
    journal = PoseJournal(folder, names)
    joint = JointFile(folder)
    short: list[dict[str, Any]] = []
    for run in runs:
        for entry in RunEntries(run.folder):
            link_sample(run.folder, folder, entry)
            journal.record(entry)
            short.append({key: entry[key] for key in ("name", "mesh", "image", "status")})
        for group in JointFile(run.folder).groups:
            joint.put(group)
        link_scene_pictures(run.folder, folder)
    journal.compact()
    journal.close()
    _write_record(folder, runs)
    _write_report(folder, runs, short, quiet)
    return short


def _write_record(folder: Path, runs: Sequence[ShardRun]) -> None:
    """run.json: of the first shard, from the start of the first to the end of the last."""
    records = [run.record for run in runs if run.record]
    if not records:
        return
    counts: Counter[str] = Counter()
    for record in records:
        counts.update(record.get("counts") or {})
    ends = [record["ended"] for record in records]
    merged = {
        **records[0],
        "started": min(record["started"] for record in records),
        "ended": max(ends) if all(ends) else None,
        "interrupted": any(record["interrupted"] for record in records),
        "counts": dict(counts),
        "shards": len(runs),
    }
    write_text(folder / RUN_NAME, json_text(merged) + "\n")


def _write_report(folder: Path, runs: Sequence[ShardRun], entries: Sequence[dict[str, Any]], quiet: bool) -> None:
    settings: dict[str, Any] = next((run.record["settings"] for run in runs if run.record), {})
    samples = [Sample(entry["name"], input_path(entry["mesh"]), input_path(entry["image"])) for entry in entries]
    plan = EstimatePlan(config=merge_settings(Configuration(), settings), samples=samples, output_dir=folder)
    RunReport(plan, RunProgress(len(samples), 0, quiet=quiet), gathers=False).write()
