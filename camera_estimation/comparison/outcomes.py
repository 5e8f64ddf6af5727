"""The results of a comparison, side by side: of every objective on every sample."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from camera_estimation.comparison._measurements import Measurement
from camera_estimation.comparison.objective_run import Entry, ObjectiveRun
from camera_estimation.comparison.objectives import ComparedObjective
from camera_estimation.comparison.runner import ComparisonRun
from camera_estimation.comparison.starts import ANSWER, start_line
from camera_estimation.dataset import Sample
from camera_estimation.errors import InputError
from camera_estimation.evaluation import GroundTruth, JudgedRun, JudgedSample, MeshCache, Run, judge_run
from camera_estimation.geometry import rotmat_geodesic_distance
from camera_estimation.results import POSES_NAME, camera_of


@dataclass(frozen=True)
class Outcome:
    """One objective on one sample. ``entry`` is None if the run was interrupted before it, ``judged`` without ground
    truth; ``differs_deg`` is the median angle between its rotation and those of the other objectives."""

    objective: ComparedObjective
    sample: Sample
    entry: Entry | None
    judged: JudgedSample | None
    measurement: Measurement
    differs_deg: float | None

    @property
    def status(self) -> str:
        return "not started" if self.entry is None else self.entry["status"]

    @property
    def decide_seconds(self) -> float | None:
        """Of the objective's own stage."""
        return self.entry["seconds"].get("decide") if self.entry is not None and self.entry["seconds"] else None

    @property
    def total_seconds(self) -> float | None:
        """With what the objectives of a comparison share: as if this had run alone."""
        return sum(self.entry["seconds"].values()) if self.entry is not None and self.entry["seconds"] else None


@dataclass(frozen=True)
class ComparisonOutcomes:
    """``outcomes`` has a list, in the order of the samples, for each run; ``judged`` are the runs with ground truth, or
    none. ``remarks`` are lines about where objectives start, and ground truth that could not be used."""

    run: ComparisonRun
    folder: Path
    samples: tuple[Sample, ...]
    outcomes: tuple[tuple[Outcome, ...], ...]
    judged: tuple[JudgedRun, ...]
    agreement: Float[np.ndarray, "O O"]
    command_line: str
    remarks: tuple[str, ...] = ()
    terms: tuple[str, ...] = field(default=())  # of an ablation

    @property
    def has_truth(self) -> bool:
        return bool(self.judged)

    @property
    def complete(self) -> bool:
        """Whether every objective has a pose for every sample."""
        return all(outcome.status == "ok" for outcomes in self.outcomes for outcome in outcomes)


def assemble_outcomes(
    run: ComparisonRun,
    folder: Path,
    samples: Sequence[Sample],
    truth: GroundTruth | None,
    meshes: MeshCache,
    command_line: str,
    terms: Sequence[str] = (),
    start: str = ANSWER,
) -> ComparisonOutcomes:
    """All that is known of the results of a comparison.

    Args:
        run: What was run.
        folder: Of the comparison.
        samples: In the order of the outcomes.
        truth: Is asked sample by sample, so that each mesh is prepared once; None where there is none.
        meshes: For the errors.
        command_line: For people.
        terms: Of an ablation.
        start: Where the objectives started, of ``STARTS``.
    """
    remarks = [start_line(start)]
    judged: list[dict[str, JudgedSample]] = [{} for _ in run.runs]
    for sample in samples if truth is not None else ():
        assert truth is not None
        try:
            for of_run, found in zip(run.runs, judged, strict=True):
                if sample.name in of_run.entries:
                    found.update(_judge_entry(of_run, of_run.entries[sample.name], truth, meshes))
        except InputError as error:
            remarks.append(f"{sample.name}: not judged: {error}")
            for found in judged:
                found.pop(sample.name, None)
    angles = {sample.name: _angles([of_run.entries.get(sample.name) for of_run in run.runs]) for sample in samples}
    outcomes = tuple(
        tuple(
            Outcome(
                of_run.objective,
                sample,
                of_run.entries.get(sample.name),
                found.get(sample.name),
                run.measurements.of(of_run.objective.folder, sample.name),
                _finite_median(np.delete(angles[sample.name][index], index)),
            )
            for sample in samples
        )
        for index, (of_run, found) in enumerate(zip(run.runs, judged, strict=True))
    )
    return ComparisonOutcomes(
        run,
        folder,
        tuple(samples),
        outcomes,
        tuple(_join_judged(of_run, found) for of_run, found in zip(run.runs, judged, strict=True))
        if any(judged)
        else (),
        _cell_medians(np.stack(list(angles.values()))),
        command_line,
        tuple(remarks),
        tuple(terms),
    )


def _judge_entry(of_run: ObjectiveRun, entry: Entry, truth: GroundTruth, meshes: MeshCache) -> dict[str, JudgedSample]:
    """The one sample, or none without ground truth."""
    alone = Run(of_run.objective.label, of_run.folder / POSES_NAME, (entry,))
    return {sample.name: sample for sample in judge_run(alone, truth, meshes, lambda: None).samples}


def _join_judged(of_run: ObjectiveRun, found: dict[str, JudgedSample]) -> JudgedRun:
    entries = tuple(of_run.entries.values())
    run = Run(of_run.objective.label, of_run.folder / POSES_NAME, entries)
    return JudgedRun(run, tuple(found.values()), tuple(name for name in of_run.entries if name not in found))


def _angles(entries: Iterable[Entry | None]) -> Float[np.ndarray, "O O"]:
    """Degrees between the rotations that each two objectives found for one sample; NaN without both."""
    cameras = [camera_of(entry) if entry is not None and entry["status"] == "ok" else None for entry in entries]
    angles = np.full((len(cameras), len(cameras)), np.nan)
    for row, first in enumerate(cameras):
        for column, second in enumerate(cameras):
            if first is not None and second is not None:
                angles[row, column] = math.degrees(
                    rotmat_geodesic_distance(first.rotation[0], second.rotation[0]).item()
                )
    return angles


def _cell_medians(angles: Float[np.ndarray, "S O O"]) -> Float[np.ndarray, "O O"]:
    count = angles.shape[1]
    cells = [_finite_median(angles[:, row, column]) for row in range(count) for column in range(count)]
    return np.array([np.nan if cell is None else cell for cell in cells]).reshape(count, count)


def _finite_median(values: Float[np.ndarray, " N"]) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None
