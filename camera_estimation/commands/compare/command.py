"""What ``camera-compare`` does once its arguments are parsed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from camera_estimation.batch import SampleRequest, build_configuration, check_runnable, input_remarks
from camera_estimation.comparison import (
    SUMMARY_NAME,
    ComparisonOptions,
    ComparisonOutcomes,
    Selection,
    ablation_base,
    assemble_outcomes,
    compare_samples,
    count_text,
    select_objectives,
    variants,
    write_comparison,
)
from camera_estimation.configuration import DEFAULT_LOSS, Configuration
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.evaluation import GroundTruth, MeshCache, load_ground_truth
from camera_estimation.losses import SEMANTIC, uses_term


@dataclass(frozen=True, kw_only=True)
class CompareRequest(SampleRequest):
    """As ``SampleRequest``."""

    output_base_dir: Path
    loss_types: Sequence[str] = ()
    loss_file: Path | None = None
    loss_options: dict[str, Any] | None = None
    ablate: Sequence[str] = ()
    ground_truth: Path | None = None
    symmetries: Path | None = None


def run_compare(request: CompareRequest) -> int:
    """Run it all; returns the exit code. Raises InputError for wrong usage."""
    config = _configuration(request)
    selection = _selection(request, config)
    if not selection.objectives:
        raise InputError("no objective can run here: camera-estimate --list_losses says what each lacks")
    if config.mask == "none":
        raise InputError('camera-compare needs the objects\' masks: leave mask = "none" out of --config')
    pairing = request.pairing()
    samples = pairing.samples[: request.max_samples]
    images = request.images(any(uses_term(objective.loss, SEMANTIC) for objective in selection.objectives))
    lacking = images.check(samples)
    intrinsics = request.known_intrinsics()
    truth = _truth(request.ground_truth, samples) if request.ground_truth else None
    meshes = MeshCache(None, request.symmetries)
    check_runnable(replace(config, loss=replace(config.loss, name=DEFAULT_LOSS, terms=(), options={})))
    if not request.quiet:
        names = ", ".join(objective.label for objective in selection.objectives)
        count = count_text(len(selection.objectives), "objective")
        click.echo(f"comparing {count} on {count_text(len(samples), 'sample')}: {names}", err=True)
        for line in (*selection.remarks, *input_remarks(pairing, samples, intrinsics), *lacking):
            click.echo(line, err=True)
    options = ComparisonOptions(
        output_base_dir=request.output_base_dir,
        intrinsics=intrinsics,
        images=images,
        overwrite=request.overwrite,
        quiet=request.quiet,
        verbose=request.verbose,
        command_line=request.command_line,
    )
    run = compare_samples(samples, selection.objectives, config, options)
    command_line = shlex.join(request.command_line)
    comparison = assemble_outcomes(run, request.output_base_dir, samples, truth, meshes, command_line, request.ablate)
    summary = write_comparison(comparison)
    if not request.quiet:
        click.echo(summary)
        click.echo(_closing_line(comparison))
    if run.interrupted:
        return 130
    return 0 if comparison.complete else 1


def _configuration(request: CompareRequest) -> Configuration:
    """That of all objectives; what ``loss`` names there is only compared if it is among them."""
    file = None if request.loss_file is None else str(request.loss_file)
    config = build_configuration(request.model, request.preset, request.settings or {})
    return config if file is None else replace(config, loss=replace(config.loss, file=file))


def _selection(request: CompareRequest, config: Configuration) -> Selection:
    options = request.loss_options or {}
    if not request.ablate:
        return select_objectives(config.loss, request.loss_types, options)
    loss = ablation_base(config.loss, request.loss_types, request.ablate, options)
    return variants(loss, request.ablate)


def _truth(path: Path, samples: Sequence[Sample]) -> GroundTruth:
    """Read once before any work, so that a wrong file is told at once. Raises InputError."""
    truth = load_ground_truth(path)
    for sample in samples:
        asked = {"mesh": str(sample.mesh_path), "image": str(sample.image_path), "status": "failed"}
        if truth(asked) is not None:
            return truth
    raise InputError(
        f"{path}: has no ground truth for any of {count_text(len(samples), 'sample')}; check --ground_truth"
    )


def _closing_line(comparison: ComparisonOutcomes) -> str:
    state = "interrupted: " if comparison.run.interrupted else ""
    return (
        f"{state}results in {comparison.folder}: {SUMMARY_NAME}, summary.csv, summary.xlsx, report.html; "
        "python compare_results.py there draws comparison.png"
    )
