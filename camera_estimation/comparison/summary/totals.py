"""What each objective amounts to over all samples, and their order by speed and by quality."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from camera_estimation.comparison.objectives import ComparedObjective
from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.evaluation import (
    MARKS,
    PairedDifference,
    Statistic,
    describe_draws,
    mark_key,
    pairwise_difference,
    summarize,
)

SOLVED = mark_key(*MARKS[0])
ROTATION, TRANSLATION, ADD = "median_rotation_error_deg", "median_translation_error_pct", "median_add_pct"


@dataclass(frozen=True)
class Totals:
    """Counts are of samples, ``reasons`` counts why samples failed, memory is in bytes. ``errors`` are the statistics
    of camera-evaluate by key, empty without ground truth."""

    objective: ComparedObjective
    ok: int
    failed: int
    not_started: int
    reasons: Counter[str]
    decide: Statistic
    total: Statistic
    silhouette_iou: Statistic
    differs: Statistic
    peak_memory: int | None
    memory_growth: int | None
    errors: dict[str, Statistic]

    @property
    def label(self) -> str:
        return self.objective.label


def interval_draws(totals: Sequence[Totals]) -> str:
    """What intervals are from; of the objective with the most samples, which has the fewest draws."""
    return describe_draws(max((item.ok for item in totals), default=0))


def compute_totals(comparison: ComparisonOutcomes) -> list[Totals]:
    """In the order of the objectives."""
    judged = [{item.key: item for item in summarize(run)} for run in comparison.judged]
    return [
        _objective_totals(outcomes, judged[index] if judged else {})
        for index, outcomes in enumerate(comparison.outcomes)
    ]


def by_speed(totals: Sequence[Totals]) -> list[Totals]:
    """The fastest first, by the median time of the objective's own stage; without those that have no result."""
    return sorted((item for item in totals if item.ok), key=lambda item: item.decide.value or 0.0)


def by_quality(totals: Sequence[Totals]) -> list[Totals]:
    """The best first: by how many samples are within 5 degrees and 5 %, then by the median ADD. Without ground truth
    there are none, and neither are objectives without a result."""
    ranked = [item for item in totals if item.ok and item.errors and item.errors[SOLVED].value is not None]
    return sorted(ranked, key=lambda item: (-_sort_value(item.errors[SOLVED]), _sort_value(item.errors[ADD])))


def differences(comparison: ComparisonOutcomes, reference: str) -> dict[str, PairedDifference]:
    """Every objective against the one labelled ``reference``, by label; none without ground truth."""
    runs = {run.label: run for run in comparison.judged}
    if reference not in runs:
        return {}
    return {label: pairwise_difference(run, runs[reference]) for label, run in runs.items() if label != reference}


def _sort_value(statistic: Statistic) -> float:
    return np.inf if statistic.value is None else statistic.value


def _objective_totals(outcomes: Sequence[Outcome], errors: dict[str, Statistic]) -> Totals:
    statuses = Counter(outcome.status for outcome in outcomes)
    entries = [outcome.entry for outcome in outcomes if outcome.entry is not None]
    return Totals(
        objective=outcomes[0].objective,
        ok=statuses["ok"],
        failed=statuses["failed"],
        not_started=statuses["not started"],
        reasons=Counter(str(entry["error"]) for entry in entries if entry["status"] == "failed"),
        decide=_median_statistic("decide", "s", [outcome.decide_seconds for outcome in outcomes]),
        total=_median_statistic("total", "s", [outcome.total_seconds for outcome in outcomes]),
        silhouette_iou=_median_statistic("silhouette IoU", "", [entry["silhouette_iou"] for entry in entries]),
        differs=_median_statistic("differs", "deg", [outcome.differs_deg for outcome in outcomes]),
        peak_memory=_greatest(outcome.measurement.peak_memory for outcome in outcomes),
        memory_growth=_greatest(outcome.measurement.memory_growth for outcome in outcomes),
        errors=errors,
    )


def _median_statistic(title: str, unit: str, values: Sequence[float | None]) -> Statistic:
    known = np.array([value for value in values if value is not None], dtype=float)
    return Statistic.of(f"median_{title}", f"median {title}", unit, known, np.median)


def _greatest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
