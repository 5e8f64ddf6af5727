"""What a run of ``camera-compare`` is to do, read and checked before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from camera_estimation.batch import SampleRequest, check_runnable, find_inputs, name_settings_files
from camera_estimation.comparison import (
    ANSWER,
    DISTURBED_DEG,
    ComparedObjective,
    ComparisonOptions,
    Selection,
    ablation_base,
    count_text,
    select_objectives,
    variants,
)
from camera_estimation.configuration import DEFAULT_LOSS, Configuration
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.evaluation import GroundTruth, MeshCache, load_ground_truth
from camera_estimation.losses import SEMANTIC_TERM, uses_term
from camera_estimation.search import search_registry


@dataclass(frozen=True, kw_only=True)
class CompareRequest(SampleRequest):
    """What is asked for. What ``config.loss`` names is only compared if it is among ``loss_types``."""

    output_base_dir: Path
    loss_types: Sequence[str] = ()
    loss_options: dict[str, Any] | None = None
    ablate: Sequence[str] = ()
    start: str = ANSWER
    ground_truth: Path | None = None
    symmetries: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ComparePlan:
    """All that a run needs. ``ablate`` are the terms that are switched off in turn."""

    config: Configuration
    samples: Sequence[Sample]
    objectives: Sequence[ComparedObjective]
    options: ComparisonOptions
    ablate: Sequence[str]
    truth: GroundTruth | None
    meshes: MeshCache
    remarks: Sequence[str]  # lines that are told before the first sample


def plan_compare(request: CompareRequest) -> ComparePlan:
    """The plan of a run; objectives are loaded when it starts, for one that cannot be costs no other its result.

    Raises:
        InputError: Something that is asked for cannot be used, does not exist or cannot run here.
    """
    config = request.config
    if request.start in DISTURBED_DEG and search_registry.get(config.search.method).evaluates_objective:
        raise InputError(
            f"--from {request.start} disturbs the one answer that all objectives share, and --search "
            f"{config.search.method} finds one for each: leave one of them away"
        )
    with name_settings_files(request.config_files):
        selection = _selection(request)
    if not selection.objectives:
        raise InputError("no objective can run here: camera-estimate --list_losses says what each lacks")
    regions = any(uses_term(objective.loss, SEMANTIC_TERM) for objective in selection.objectives)
    inputs = find_inputs(request, regions, needs_masks=True)
    truth = _truth(request.ground_truth, inputs.samples) if request.ground_truth else None
    meshes = MeshCache(None, request.symmetries)
    any_objective = replace(config, loss=replace(config.loss, name=DEFAULT_LOSS, terms=(), options={}))
    with name_settings_files(request.config_files):
        check_runnable(any_objective)
    count = count_text(len(selection.objectives), "objective")
    names = ", ".join(objective.label for objective in selection.objectives)
    return ComparePlan(
        config=config,
        samples=inputs.samples,
        objectives=selection.objectives,
        options=ComparisonOptions(
            output_base_dir=request.output_base_dir,
            intrinsics=inputs.intrinsics,
            images=inputs.images,
            overwrite=request.overwrite,
            quiet=request.quiet,
            verbose=request.verbose,
            command_line=request.command_line,
            start=request.start,
        ),
        ablate=request.ablate,
        truth=truth,
        meshes=meshes,
        remarks=[
            *request.remarks,
            f"comparing {count} on {count_text(len(inputs.samples), 'sample')}: {names}",
            *selection.remarks,
            *inputs.remarks(),
        ],
    )


def _selection(request: CompareRequest) -> Selection:
    loss, options = request.config.loss, request.loss_options or {}
    if not request.ablate:
        return select_objectives(loss, request.loss_types, options)
    return variants(ablation_base(loss, request.loss_types, request.ablate, options), request.ablate)


def _truth(path: Path, samples: Sequence[Sample]) -> GroundTruth:
    """Read once before any work, so that a wrong file is told at once. Raises InputError."""
    truth = load_ground_truth(path)
    for sample in samples:
        asked = {
            "name": sample.name,
            "mesh": str(sample.mesh_path),
            "image": str(sample.image_path),
            "object": sample.mark.values(),
            "status": "failed",
        }
        if truth(asked) is not None:
            return truth
    raise InputError(
        f"{path}: has no ground truth for any of {count_text(len(samples), 'sample')}; check --ground_truth"
    )
