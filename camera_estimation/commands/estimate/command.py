"""What ``camera-estimate`` does with its plan: estimate all samples, and tell of it."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import click

from camera_estimation.batch import EXAMPLE_SAMPLE, LineWriter, example_rotation_error_deg, keep_stdout_for_lines
from camera_estimation.commands.estimate._map_files import write_maps
from camera_estimation.commands.estimate._runner import run_samples
from camera_estimation.commands.estimate._shortfalls import shortfall_lines
from camera_estimation.commands.estimate.executor import executor_name, executor_registry
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.export import ExportPlan, run_export
from camera_estimation.configuration import Pictures
from camera_estimation.errors import printable_line
from camera_estimation.records import RUN_LOG_NAME, new_run_folder, tee_terminal
from camera_estimation.results import EXPORT_FOLDER, PICTURE_NAMES, REPORT_NAME, read_posed_images, read_run_context

DEMO_PICTURES = ("overlay.png", "comparison.png")  # of which the last that there is is named


def run_estimate(plan: EstimatePlan) -> int:
    """Estimate the camera of every sample; returns the exit code. Raises InputError if results cannot be written, or
    what is to estimate cannot be used."""
    if (executor := executor_name(plan.config.execution)) is not None:
        executor_registry.check_runnable(executor)
    with keep_stdout_for_lines() if plan.json_lines else nullcontext() as lines:
        if plan.record_name is None:
            return _run_in_folder(plan, lines)
        folder = new_run_folder(plan.output_dir, plan.record_name)
        with tee_terminal(folder / RUN_LOG_NAME):
            return _run_in_folder(replace(plan, output_dir=folder), lines)


def _run_in_folder(plan: EstimatePlan, lines: LineWriter | None) -> int:
    if not plan.quiet:
        for line in plan.remarks:
            click.echo(printable_line(line), err=True)
    summary = run_samples(plan, lines)
    smoothing = _smooth_poses(plan, plan.smooth) if plan.smooth and not summary.ended_early else None
    if summary.trouble is not None:
        click.echo(f"Error: {summary.trouble}", err=True)
    if summary.left and summary.ended_early:
        left = f"{summary.left} of {len(plan.samples)} samples are left"
        click.echo(f"{left}; the same command goes on with them", err=True)
    if not plan.quiet:
        page = f"{REPORT_NAME}, " if (plan.output_dir / REPORT_NAME).is_file() else ""
        click.echo(f"{summary}; results in {plan.output_dir} ({page}poses.json, poses.csv, one folder per sample)")
        if smoothing:
            click.echo(smoothing)
        if plan.demo:
            _tell_about_demo(plan.output_dir, plan.config.pictures)
    mapless = plan.maps is not None and not summary.ended_early and write_maps(plan, plan.maps)
    unwritten = bool(plan.exporters) and not summary.ended_early and _export(plan)
    fell_short = _tell_shortfalls(plan, plan.min_confidence) if plan.min_confidence is not None else False
    return summary.exit_code or int(fell_short or unwritten or mapless)


def _export(plan: EstimatePlan) -> bool:
    """Writes the cameras for other programs; whether something could not be written."""
    run = read_run_context(plan.output_dir)
    if not any(entry["status"] == "ok" for entry in run.entries):
        click.echo("nothing is exported, for no sample has a camera", err=True)
        return True
    images = read_posed_images(plan.output_dir)
    exporters, folder = plan.exporters, plan.output_dir / EXPORT_FOLDER
    export = ExportPlan(
        images=images,
        exporters=exporters,
        output_dir=folder,
        run=run,
        quiet=plan.quiet,
    )
    return run_export(export) > 0


def _tell_shortfalls(plan: EstimatePlan, least: float) -> bool:
    """Lists the samples in which there is less confidence; whether there are any."""
    lines = shortfall_lines(plan.output_dir, plan.samples, least)
    if lines:
        click.echo(f"{len(lines)} of {len(plan.samples)} below --min_confidence {least:g}:", err=True)
    for line in lines:
        click.echo(f"  {line}", err=True)
    return bool(lines)


def _smooth_poses(plan: EstimatePlan, width: float) -> str:
    """Writes the smoothed poses; gives the line that tells of them."""
    from camera_estimation.commands.estimate._smoothed_poses import write_smoothed_poses

    greatest_step = math.radians(plan.config.tracking.jump_deg)
    result = write_smoothed_poses(plan.output_dir, plan.samples, width, greatest_step)
    line = f"smoothed: {result.smoothed} poses, in poses_smoothed.json"
    unchanged = f"; {result.unchanged} have no neighbours with the same mesh and are as they were"
    return line + (unchanged if result.unchanged else "")


def _tell_about_demo(output_dir: Path, pictures: Pictures) -> None:
    error = example_rotation_error_deg(output_dir)
    if error is not None:
        click.echo(f"{EXAMPLE_SAMPLE.name}: {error:.2f} degrees from the true camera")
        shown = [output_dir / EXAMPLE_SAMPLE.name / name for name in PICTURE_NAMES[pictures] if name in DEMO_PICTURES]
        click.echo(f"Look at {' and '.join(map(str, [output_dir / REPORT_NAME, *shown[-1:]]))}")
