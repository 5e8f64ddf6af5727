"""What a run of ``camera-evaluate`` is to do, read and checked before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.evaluation import GroundTruth, MeshCache, Run, load_ground_truth, load_runs

FOLDER_NAME = "evaluation"
EXPLAIN_ALL = "all"  # samples, not only the failures


@dataclass(frozen=True)
class EvaluateRequest:
    """What is asked for. ``explain`` is None, "failures" or EXPLAIN_ALL."""

    poses: Sequence[Path]
    ground_truth: Path
    labels: Sequence[str] = ()
    meshes: Path | None = None
    symmetries: Path | None = None
    find_symmetries: bool = False
    explain: str | None = None
    output_dir: Path | None = None


@dataclass(frozen=True, kw_only=True)
class EvaluatePlan:
    """All that an evaluation needs."""

    runs: Sequence[Run]
    truth: GroundTruth
    truth_path: Path
    meshes: MeshCache
    output_dir: Path
    explain: bool = False  # stage by stage why samples failed
    explain_all: bool = False  # or how all of them went


def plan_evaluate(request: EvaluateRequest) -> EvaluatePlan:
    """The plan of an evaluation.

    Raises:
        InputError: A file cannot be read, or is not of the form that is asked for.
    """
    meshes = MeshCache(request.meshes, request.symmetries, find_symmetries=request.find_symmetries)
    runs = load_runs(request.poses, request.labels)
    return EvaluatePlan(
        runs=runs,
        truth=load_ground_truth(request.ground_truth),
        truth_path=request.ground_truth,
        meshes=meshes,
        output_dir=request.output_dir or runs[0].folder / FOLDER_NAME,
        explain=request.explain is not None,
        explain_all=request.explain == EXPLAIN_ALL,
    )
