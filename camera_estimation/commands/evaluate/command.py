"""What ``camera-evaluate`` does once its arguments are parsed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from tqdm import tqdm

from camera_estimation.errors import InputError
from camera_estimation.evaluation import (
    JudgedRun,
    MeshCache,
    evaluate_runs,
    judge_run,
    load_ground_truth,
    load_runs,
    name_list,
    report_lines,
    symmetries_text,
    write_reports,
    write_symmetries,
)

FOLDER_NAME, FOUND_SYMMETRIES_NAME = "evaluation", "symmetries.json"
EXPLAIN_ALL = "all"  # samples, not only the failures


@dataclass(frozen=True)
class EvaluateRequest:
    """The command line in words. ``explain`` is None, "failures" or EXPLAIN_ALL."""

    poses: Sequence[Path]
    ground_truth: Path
    labels: Sequence[str] = ()
    meshes: Path | None = None
    symmetries: Path | None = None
    find_symmetries: bool = False
    explain: str | None = None
    output_dir: Path | None = None


def run_evaluate(request: EvaluateRequest) -> None:
    """Run it all. Raises InputError for input that cannot be used."""
    meshes = MeshCache(request.meshes, request.symmetries, find_symmetries=request.find_symmetries)
    runs = _judge_runs(request, meshes)
    evaluation = evaluate_runs(runs, trace_all=request.explain == EXPLAIN_ALL)
    output_dir = request.output_dir or runs[0].run.folder / FOLDER_NAME
    for line in report_lines(evaluation, explain=request.explain is not None):
        click.echo(line)
    remarks = write_reports(output_dir, evaluation)
    if meshes.find_symmetries:
        remarks += _write_symmetries(output_dir / FOUND_SYMMETRIES_NAME, meshes)
    for line in [*remarks, f"written to {output_dir}"]:
        click.echo(line)


def _judge_runs(request: EvaluateRequest, meshes: MeshCache) -> list[JudgedRun]:
    runs = load_runs(request.poses, request.labels)
    ground_truth = load_ground_truth(request.ground_truth)
    total = sum(len(run.entries) for run in runs)
    with tqdm(total=total, unit="sample", leave=False, disable=not sys.stderr.isatty()) as bar:
        judged = [judge_run(run, ground_truth, meshes, bar.update) for run in runs]
    for run in judged:
        if not run.samples:
            missing = name_list(run.without_truth)
            raise InputError(f"{request.ground_truth}: has no ground truth for any sample of {run.label} ({missing})")
    return judged


def _write_symmetries(path: Path, meshes: MeshCache) -> list[str]:
    """Write those that were found; gives the lines that tell of it."""
    write_symmetries(path, meshes.found)
    found = [f"symmetric: {name}: {symmetries_text(symmetries)}" for name, symmetries in meshes.found.items()]
    return found or ["no symmetric mesh was found"]
