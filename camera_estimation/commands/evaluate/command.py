"""What ``camera-evaluate`` does with its plan: judge all runs, write the reports, and tell of them."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from tqdm import tqdm

from camera_estimation.commands.evaluate.plan import EvaluatePlan
from camera_estimation.errors import InputError
from camera_estimation.evaluation import (
    JudgedRun,
    MeshCache,
    evaluate_runs,
    judge_run,
    name_list,
    report_lines,
    symmetries_text,
    write_reports,
    write_symmetries,
)

FOUND_SYMMETRIES_NAME = "symmetries.json"


def run_evaluate(plan: EvaluatePlan) -> int:
    """Judge every sample of every run; returns the exit code.

    Raises:
        InputError: A run has no sample with ground truth, or the reports cannot be written.
    """
    evaluation = evaluate_runs(_judge_runs(plan), trace_all=plan.explain_all)
    for line in report_lines(evaluation, explain=plan.explain):
        click.echo(line)
    remarks = write_reports(plan.output_dir, evaluation)
    if plan.meshes.find_symmetries:
        remarks += _write_symmetries(plan.output_dir / FOUND_SYMMETRIES_NAME, plan.meshes)
    for line in [*remarks, f"written to {plan.output_dir}"]:
        click.echo(line)
    return 0


def _judge_runs(plan: EvaluatePlan) -> list[JudgedRun]:
    total = sum(len(run.entries) for run in plan.runs)
    with tqdm(total=total, unit="sample", leave=False, disable=not sys.stderr.isatty()) as bar:
        judged = [judge_run(run, plan.truth, plan.meshes, bar.update) for run in plan.runs]
    for run in judged:
        if not run.samples:
            missing = name_list(run.without_truth)
            raise InputError(f"{plan.truth_path}: has no ground truth for any sample of {run.label} ({missing})")
    return judged


def _write_symmetries(path: Path, meshes: MeshCache) -> list[str]:
    """Write those that were found; gives the lines that tell of it."""
    write_symmetries(path, meshes.found)
    found = [f"symmetric: {name}: {symmetries_text(symmetries)}" for name, symmetries in meshes.found.items()]
    return found or ["no symmetric mesh was found"]
