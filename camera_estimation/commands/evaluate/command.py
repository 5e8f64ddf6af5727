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
    PairedDifference,
    Statistic,
    TracedSample,
    evaluation_files,
    failure_trace_lines,
    judge_run,
    load_ground_truth,
    load_runs,
    pairwise_difference,
    report,
    summary,
    trace_failures,
    write_recall_figure,
    write_symmetries,
)
from camera_estimation.io import text_table

FOLDER_NAME, FIGURE_NAME, FOUND_SYMMETRIES_NAME = "evaluation", "recall.png", "symmetries.json"
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


@dataclass(frozen=True)
class Evaluation:
    """All that is known once every sample is judged. ``pairs`` compares each run with the first."""

    runs: list[JudgedRun]
    summaries: list[list[Statistic]]
    pairs: list[PairedDifference]
    traced: list[list[TracedSample]]


def run_evaluate(request: EvaluateRequest) -> None:
    """Run it all. Raises InputError for input that cannot be used."""
    meshes = MeshCache(request.meshes, request.symmetries, find_symmetries=request.find_symmetries)
    runs = _judge_runs(request, meshes)
    evaluation = Evaluation(
        runs,
        [summary(run) for run in runs],
        [pairwise_difference(run, runs[0]) for run in runs[1:]],
        [trace_failures(run, everything=request.explain == EXPLAIN_ALL) for run in runs],
    )
    output_dir = request.output_dir or runs[0].run.folder / FOLDER_NAME
    for line in _report_lines(evaluation, explain=request.explain is not None):
        click.echo(line)
    for line in _write_evaluation(output_dir, evaluation, meshes):
        click.echo(line)


def _judge_runs(request: EvaluateRequest, meshes: MeshCache) -> list[JudgedRun]:
    runs = load_runs(request.poses, request.labels)
    ground_truth = load_ground_truth(request.ground_truth)
    total = sum(len(run.entries) for run in runs)
    with tqdm(total=total, unit="sample", leave=False, disable=not sys.stderr.isatty()) as bar:
        judged = [judge_run(run, ground_truth, meshes, bar.update) for run in runs]
    for run in judged:
        if not run.samples:
            missing = report.names(run.without_truth)
            raise InputError(f"{request.ground_truth}: has no ground truth for any sample of {run.label} ({missing})")
    return judged


def _report_lines(evaluation: Evaluation, explain: bool) -> list[str]:
    lines = []
    for run in evaluation.runs:
        remarks = [*report.failure_lines(run), report.without_truth_line(run)]
        lines += [f"{run.label}: the worst first; {report.NOT_SOLVED} not within 5 degrees and 5 %", ""]
        lines += [*text_table(report.SAMPLE_HEADINGS, report.sample_rows(run)), *filter(None, remarks), ""]
    if explain:
        for run, traced in zip(evaluation.runs, evaluation.traced, strict=True):
            lines += [*failure_trace_lines(run.label, traced), ""]
    rows = report.summary_rows(evaluation.summaries, evaluation.runs)
    lines += [*text_table(report.summary_headings(evaluation.runs), rows), ""]
    for pair in evaluation.pairs:
        lines += [*report.difference_lines(pair), ""]
    return lines


def _write_evaluation(output_dir: Path, evaluation: Evaluation, meshes: MeshCache) -> list[str]:
    """Write all files; gives the lines that tell of it."""
    runs, summaries, pairs = evaluation.runs, evaluation.summaries, evaluation.pairs
    causes = {
        (run.label, item.sample.name): item.explanation
        for run, traced in zip(runs, evaluation.traced, strict=True)
        for item in traced
        if not item.sample.solved
    }
    lines = []
    try:
        write_recall_figure(output_dir / FIGURE_NAME, runs)
        has_figure = True
    except ImportError:
        has_figure = False
        lines.append("no recall.png: matplotlib is not installed; pip install matplotlib")
    evaluation_files.write_samples(output_dir / evaluation_files.SAMPLES_NAME, runs, causes)
    evaluation_files.write_summary(output_dir / evaluation_files.SUMMARY_NAME, runs, summaries, pairs)
    evaluation_files.write_report(output_dir / evaluation_files.REPORT_NAME, runs, summaries, pairs, has_figure)
    if meshes.find_symmetries:
        lines += [
            f"symmetric: {name}: {report.symmetries_text(symmetries)}" for name, symmetries in meshes.found.items()
        ] or ["no symmetric mesh was found"]
        write_symmetries(output_dir / FOUND_SYMMETRIES_NAME, meshes.found)
    return [*lines, f"written to {output_dir}"]
