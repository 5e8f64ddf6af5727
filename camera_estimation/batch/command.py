"""What ``camera-estimate`` does once its arguments are parsed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from camera_estimation.batch import demo
from camera_estimation.batch.initial_poses import load_initial_poses
from camera_estimation.batch.intrinsics import load_intrinsics
from camera_estimation.batch.pairing import Pairing, Sample
from camera_estimation.batch.runner import RunOptions, RunSummary, run_samples
from camera_estimation.batch.selection import remarks, select_pairs
from camera_estimation.batch.settings import check_runnable, configured
from camera_estimation.configuration import Configuration
from camera_estimation.errors import InputError


@dataclass(frozen=True)
class Request:
    """The command line in words. ``settings`` is a nested dict of configuration; None in it was not asked for."""

    output_dir: Path
    input_dir: Path | None = None
    source_images_dir: Path | None = None
    pairs: Path | None = None
    masks_dir: Path | None = None
    init: Path | None = None
    sequence: bool = False
    smooth: float | None = None
    max_samples: int | None = None
    demo: bool = False
    model: str | None = None
    preset: str | None = None
    intrinsics: Path | None = None
    settings: dict[str, Any] | None = None
    overwrite: bool = False
    verbose: bool = False
    quiet: bool = False
    command_line: Sequence[str] = ()


def run_request(request: Request) -> int:
    """Run it all; returns the exit code. Raises InputError for wrong usage."""
    config = configured(request.model, request.preset, request.settings or {})
    pairing = _pairing(request)
    if request.masks_dir is not None and not request.masks_dir.is_dir():
        raise InputError(f"{request.masks_dir}: no such folder of masks; check the path")
    intrinsics_file = request.intrinsics or (demo.INTRINSICS_FILE if request.demo else None)
    intrinsics = load_intrinsics(intrinsics_file) if intrinsics_file else {}
    initial = load_initial_poses(request.init) if request.init else None
    check_runnable(config)
    samples = pairing.samples[: request.max_samples]
    if not request.quiet:
        for line in remarks(pairing, samples, intrinsics, initial):
            click.echo(line, err=True)
    options = RunOptions(
        output_dir=request.output_dir,
        intrinsics=intrinsics,
        masks_dir=request.masks_dir,
        initial=initial,
        sequence=request.sequence,
        overwrite=request.overwrite,
        quiet=request.quiet,
        verbose=request.verbose,
        command_line=request.command_line,
    )
    summary = run_samples(samples, config, options)
    smoothing = _smoothing_line(request, samples, config) if request.smooth and not summary.interrupted else None
    if not request.quiet:
        click.echo(_summary_line(summary, request.output_dir))
        if smoothing:
            click.echo(smoothing)
        if request.demo:
            _tell_about_demo(request.output_dir)
    return summary.exit_code


def _pairing(request: Request) -> Pairing:
    if not request.demo:
        return select_pairs(request.input_dir, request.source_images_dir, request.pairs)
    if request.input_dir or request.source_images_dir or request.pairs:
        raise InputError(
            "--demo brings its own mesh and image: leave --input_dir, --source_images_dir and --pairs away"
        )
    return Pairing((demo.SAMPLE,))


def _summary_line(summary: RunSummary, output_dir: Path) -> str:
    counts = f"{summary.ok} ok, {summary.failed} failed, {summary.skipped} skipped"
    state = "interrupted: " if summary.interrupted else ""
    return f"{state}{counts}; results in {output_dir} (poses.json, poses.csv, one folder per sample)"


def _smoothing_line(request: Request, samples: Sequence[Sample], config: Configuration) -> str:
    """Writes the smoothed poses; gives the line that tells of them."""
    from camera_estimation.batch.smoothed_poses import write_smoothed_poses

    assert request.smooth is not None
    result = write_smoothed_poses(request.output_dir, samples, request.smooth, math.radians(config.tracking.jump_deg))
    line = f"smoothed: {result.smoothed} poses, in poses_smoothed.json"
    unchanged = f"; {result.unchanged} have no neighbours with the same mesh and are as they were"
    return line + (unchanged if result.unchanged else "")


def _tell_about_demo(output_dir: Path) -> None:
    error = demo.rotation_error_deg(output_dir)
    if error is not None:
        click.echo(f"{demo.SAMPLE.name}: {error:.2f} degrees from the true camera")
        click.echo(f"Look at {output_dir / demo.SAMPLE.name / 'comparison.png'}")
