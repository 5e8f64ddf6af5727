"""What ``camera-compare`` does with its plan: compare, write what came of it, and tell of it."""

from __future__ import annotations

import shlex

import click

from camera_estimation.commands.compare.plan import ComparePlan
from camera_estimation.comparison import (
    SUMMARY_NAME,
    ComparisonOutcomes,
    assemble_outcomes,
    compare_samples,
    write_comparison,
)
from camera_estimation.io import lock_folder, remove_stale_files

FAILED = 1


def run_compare(plan: ComparePlan) -> int:
    """Estimate every sample under every objective; returns the exit code. Raises InputError if results cannot be
    written, or another comparison writes there."""
    with lock_folder(plan.options.output_base_dir) as was_killed:
        if was_killed:
            remove_stale_files(plan.options.output_base_dir)
        return _compare_alone(plan)


def _compare_alone(plan: ComparePlan) -> int:
    options = plan.options
    if not options.quiet:
        for line in plan.remarks:
            click.echo(line, err=True)
    run = compare_samples(plan.samples, plan.objectives, plan.config, options)
    command_line = shlex.join(options.command_line)
    comparison = assemble_outcomes(
        run, options.output_base_dir, plan.samples, plan.truth, plan.meshes, command_line, plan.ablate, options.start
    )
    if run.trouble is not None:
        click.echo(f"Error: {run.trouble}; no summary is written", err=True)
        return FAILED
    summary = write_comparison(comparison)
    if not options.quiet:
        click.echo(summary)
        click.echo(_closing_line(comparison))
    if run.interrupted:
        return 130
    return 0 if comparison.complete else FAILED


def _closing_line(comparison: ComparisonOutcomes) -> str:
    state = "interrupted: " if comparison.run.interrupted else ""
    return (
        f"{state}results in {comparison.folder}: {SUMMARY_NAME}, summary.csv, summary.xlsx, report.html; "
        "python compare_results.py there draws comparison.png"
    )
