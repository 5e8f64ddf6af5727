"""Judging every sample of a run."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from camera_estimation.evaluation.ground_truth import GroundTruth
from camera_estimation.evaluation.pose_errors import EvaluatedMesh, SampleErrors, sample_errors_of
from camera_estimation.evaluation.runs import Run
from camera_estimation.evaluation.symmetries import NONE, Symmetries
from camera_estimation.geometry import Camera
from camera_estimation.results import check_in_front, parse_camera

MARKS = ((5.0, 0.05), (2.0, 0.02), (1.0, 0.01))  # rotation in degrees, translation as a share of the diameter

# Of an entry, what reports ask for once it is judged: a tenth of the memory that it takes.
REPORTED = ("name", "mesh", "image", "status", "error", "fx", "silhouette_iou", "loss_type", "loss", "seconds")

# Gives the mesh of an entry of poses.json.
Meshes = Callable[[dict[str, Any]], EvaluatedMesh]


@dataclass(frozen=True)
class JudgedSample:
    """A sample with ground truth.

    Attributes:
        entry: What poses.json says of it, as far as reports ask for it.
        true: The camera, a batch of one in double precision.
        symmetries: Of its mesh.
        errors: None where the run found no pose.
    """

    entry: dict[str, Any]
    true: Camera
    symmetries: Symmetries
    errors: SampleErrors | None

    @property
    def name(self) -> str:
        return self.entry["name"]

    @property
    def seconds(self) -> float | None:
        """Sum of all stages."""
        stages = self.entry.get("seconds")
        return float(sum(stages.values())) if stages else None

    def within(self, degrees: float, share: float = float("inf")) -> bool:
        """Whether rotation and translation error are at most these; never without a pose."""
        errors = self.errors
        return errors is not None and errors.rotation_deg <= degrees and errors.translation_share <= share

    @property
    def solved(self) -> bool:
        """Whether it is within the widest of the marks."""
        return self.within(*MARKS[0])


@dataclass(frozen=True)
class JudgedRun:
    """``without_truth`` names the samples that were left out."""

    run: Run
    samples: tuple[JudgedSample, ...]
    without_truth: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.run.label

    def worst_first(self) -> list[JudgedSample]:
        """Those without a pose, then those that are not solved, each by MSSD, which holds rotation and translation."""

        def distance(sample: JudgedSample) -> float:
            return sample.errors.mssd_share if sample.errors else math.inf

        return sorted(self.samples, key=lambda sample: (sample.solved, -distance(sample)))


def judge_run(run: Run, ground_truth: GroundTruth, meshes: Meshes, on_sample: Callable[[], None]) -> JudgedRun:
    """Judge all samples of a run that have a ground truth.

    Args:
        run: The poses.
        ground_truth: Gives the true camera of an entry.
        meshes: Gives the mesh of an entry, such as a ``MeshCache``.
        on_sample: Called after each sample, for a progress bar.

    Raises:
        InputError: A mesh or a camera cannot be used.
    """
    samples, without_truth = [], []
    for entry in run.entries:
        true = ground_truth(entry)
        if true is None:
            without_truth.append(entry["name"])
        else:
            samples.append(_judge_sample(run, entry, true, meshes))
        on_sample()
    return JudgedRun(run, tuple(samples), tuple(without_truth))


def _judge_sample(run: Run, entry: dict[str, Any], true: Camera, meshes: Meshes) -> JudgedSample:
    if entry["status"] != "ok":
        return JudgedSample(_reported_part(entry), true, NONE, None)
    mesh = meshes(entry)
    if not entry.get("distortion"):  # some lenses see behind
        check_in_front(true, mesh.center, f"ground truth of '{entry['name']}'")
    estimated = parse_camera(entry, f"{run.path}: sample '{entry['name']}'")
    return JudgedSample(_reported_part(entry), true, mesh.symmetries, sample_errors_of(estimated, true, mesh))


def _reported_part(entry: dict[str, Any]) -> dict[str, Any]:
    """With one text for the mesh and the stages of all samples, of which each entry has its own."""
    part = {key: entry[key] for key in REPORTED if key in entry}
    stages = entry.get("seconds") or {}
    return {**part, "mesh": sys.intern(entry["mesh"]), "seconds": {sys.intern(key): stages[key] for key in stages}}
