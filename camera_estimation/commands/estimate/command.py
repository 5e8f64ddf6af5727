"""What ``camera-estimate`` does once its arguments are parsed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from camera_estimation.batch import (
    RunSummary,
    SampleRequest,
    build_configuration,
    check_runnable,
    demo,
    input_remarks,
    objective_remark,
)
from camera_estimation.commands.estimate.run_extras import (
    basin_remark,
    check_evidence,
    check_starts,
    log_terminal,
    record_folder,
)
from camera_estimation.commands.estimate.runner import RunOptions, run_samples
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import Box, Pairing, Sample, load_boxes
from camera_estimation.errors import InputError
from camera_estimation.losses import SEMANTIC, uses_term
from camera_estimation.results import InitialPoses, load_initial_poses


@dataclass(frozen=True, kw_only=True)
class EstimateRequest(SampleRequest):
    """As ``SampleRequest``."""

    output_dir: Path
    boxes: Path | None = None
    init: Path | None = None
    resume_from: Path | None = None
    random_init: int | None = None
    sequence: bool = False
    smooth: float | None = None
    record_every: int | None = None  # steps from picture to picture of a record; None: nothing is recorded


def run_estimate(request: EstimateRequest) -> int:
    """Run it all; returns the exit code. Raises InputError for wrong usage."""
    config = build_configuration(request.model, request.preset, request.settings or {})
    pairing = request.pairing()
    images = request.images(uses_term(config.loss, SEMANTIC), _boxes(request.boxes, config))
    folders = {"--keypoints_dir": request.keypoints_dir, "--depth_dir": request.depth_dir}
    weights = {"--region_weights": config.evidence.region_weights}
    check_evidence({**folders, **weights}, unmasked=config.mask == "none")
    check_starts(request.random_init, request.init, request.resume_from, request.sequence, config.mask == "none")
    intrinsics = request.known_intrinsics()
    initial = _initial_poses(request)
    check_runnable(config)
    samples = pairing.samples[: request.max_samples]
    options = RunOptions(
        output_dir=request.output_dir,
        intrinsics=intrinsics,
        images=images,
        initial=initial,
        sequence=request.sequence,
        random_init=request.random_init,
        record_every=request.record_every,
        overwrite=request.overwrite,
        quiet=request.quiet,
        verbose=request.verbose,
        command_line=request.command_line,
    )
    if request.record_every is None:
        return _run(request, config, pairing, samples, options)
    data = None if request.demo else request.pairs or request.input_dir
    folder = record_folder(request.output_dir, data, config.loss.name, request.preset)
    with log_terminal(folder):
        request, options = replace(request, output_dir=folder), replace(options, output_dir=folder)
        return _run(request, config, pairing, samples, options)


def _run(
    request: EstimateRequest, config: Configuration, pairing: Pairing, samples: Sequence[Sample], options: RunOptions
) -> int:
    """Estimate, and tell of it; returns the exit code."""
    lacking = options.images.check(samples)
    if not request.quiet:
        objective = objective_remark(config, request.settings or {})
        if objective:
            click.echo(objective, err=True)
        for line in (*input_remarks(pairing, samples, options.intrinsics, options.initial), *lacking):
            click.echo(line, err=True)
        missing_figure = basin_remark() if request.random_init else None
        if missing_figure:
            click.echo(missing_figure, err=True)
    summary = run_samples(samples, config, options)
    smoothing = _smoothing_line(request, samples, config) if request.smooth and not summary.interrupted else None
    if not request.quiet:
        click.echo(_estimate_summary_line(summary, request.output_dir))
        if smoothing:
            click.echo(smoothing)
        if request.demo:
            _tell_about_demo(request.output_dir)
    return summary.exit_code


def _initial_poses(request: EstimateRequest) -> InitialPoses | None:
    if request.init is not None:
        return load_initial_poses(request.init)
    if request.resume_from is None:
        return None
    run = request.resume_from if request.resume_from.is_dir() else request.resume_from.parent
    if run.resolve() == request.output_dir.resolve() and not request.overwrite and request.record_every is None:
        raise InputError(f"--resume_from {request.resume_from}: that is where results go: choose another --output_dir")
    return replace(load_initial_poses(request.resume_from), resumed=True)


def _boxes(boxes: Path | None, config: Configuration) -> dict[str, Box]:
    if boxes is None:
        return {}
    if config.mask != "none" and not config.segmenter:
        raise InputError("--boxes says where the object is in images without masks: add --mask none, or --segmenter")
    return load_boxes(boxes)


def _estimate_summary_line(summary: RunSummary, output_dir: Path) -> str:
    counts = f"{summary.ok} ok, {summary.failed} failed, {summary.skipped} skipped"
    state = "interrupted: " if summary.interrupted else ""
    return f"{state}{counts}; results in {output_dir} (poses.json, poses.csv, one folder per sample)"


def _smoothing_line(request: EstimateRequest, samples: Sequence[Sample], config: Configuration) -> str:
    """Writes the smoothed poses; gives the line that tells of them."""
    from camera_estimation.commands.estimate.smoothed_poses import write_smoothed_poses

    assert request.smooth is not None
    result = write_smoothed_poses(request.output_dir, samples, request.smooth, math.radians(config.tracking.jump_deg))
    line = f"smoothed: {result.smoothed} poses, in poses_smoothed.json"
    unchanged = f"; {result.unchanged} have no neighbours with the same mesh and are as they were"
    return line + (unchanged if result.unchanged else "")


def _tell_about_demo(output_dir: Path) -> None:
    error = demo.demo_rotation_error_deg(output_dir)
    if error is not None:
        click.echo(f"{demo.SAMPLE.name}: {error:.2f} degrees from the true camera")
        click.echo(f"Look at {output_dir / demo.SAMPLE.name / 'comparison.png'}")
