"""The effect of switching terms off: as text for the summary and the page, as numbers for the workbook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.summary.totals import ADD, ROTATION, SOLVED, Totals, differences
from camera_estimation.comparison.summary.wording import UNKNOWN, angle_text, interval_text
from camera_estimation.evaluation import Statistic, difference_text
from camera_estimation.io import Cell, Rows

ON, OFF = "x", ""
ERROR_KEYS = ("within_5deg_5pct", "median_rotation_error_deg", "median_add_pct")
EFFECT_KEYS = ("success_effect_points", "rotation_effect_deg")


@dataclass(frozen=True)
class _Variant:
    """One row: ``errors`` and ``effects`` are empty without ground truth; None is not known."""

    label: str
    marks: tuple[str, ...]
    errors: tuple[Statistic | None, ...]
    effects: tuple[Statistic | None, ...]
    turned: float | None  # median angle in degrees from the whole objective's rotation
    overlap: Statistic | None  # of the silhouettes, beside the whole objective's
    decide: Statistic


def ablation_headings(comparison: ComparisonOutcomes) -> list[str]:
    errors = ["within 5 deg and 5 %", "rotation deg", "ADD %", "effect on success", "effect on rotation"]
    measured = ["turned deg", "effect on IoU", "decide s"]
    return ["objective", *comparison.terms, *(errors if comparison.has_truth else []), *measured]


def ablation_rows(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> Rows:
    """A row for each variant, the whole objective first; turned: the median angle from the whole one's rotation."""
    return [
        [
            *(row.label, *row.marks, *(interval_text(error) for error in row.errors)),
            *(difference_text(effect) if effect else UNKNOWN for effect in row.effects),
            UNKNOWN if row.turned is None else angle_text(row.turned),
            difference_text(row.overlap) if row.overlap else UNKNOWN,
            interval_text(row.decide),
        ]
        for row in _variants(comparison, totals)
    ]


def ablation_columns(comparison: ComparisonOutcomes) -> list[str]:
    """The headings of ``ablation_cells``: each value is followed by its interval."""
    keys = [*(ERROR_KEYS if comparison.has_truth else ()), *(EFFECT_KEYS if comparison.has_truth else ())]
    spread = [column for key in keys for column in _with_interval(key)]
    measured = ["median_turned_deg", *_with_interval("median_iou_effect"), *_with_interval("median_decide_seconds")]
    return ["objective", *comparison.terms, *spread, *measured]


def ablation_cells(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> list[list[Cell]]:
    """The same as numbers; None where there is none."""
    return [
        [
            *(row.label, *row.marks),
            *(cell for statistic in (*row.errors, *row.effects) for cell in _statistic_cells(statistic)),
            row.turned if row.turned is not None and math.isfinite(row.turned) else None,
            *_statistic_cells(row.overlap),
            *_statistic_cells(row.decide),
        ]
        for row in _variants(comparison, totals)
    ]


def _variants(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> list[_Variant]:
    pairs = differences(comparison, totals[0].label)
    rows = []
    for index, item in enumerate(totals):
        pair = pairs.get(item.label)
        effects = (pair.differences[0], pair.differences[-1]) if pair else (None, None)
        rows.append(
            _Variant(
                label=item.label,
                marks=tuple(OFF if term in item.objective.switched_off else ON for term in comparison.terms),
                errors=tuple(item.errors.get(key) for key in (SOLVED, ROTATION, ADD)) if comparison.has_truth else (),
                effects=effects if comparison.has_truth else (),
                turned=float(comparison.agreement[0, index]) if index else None,
                overlap=_overlap_effect(comparison.outcomes[index], comparison.outcomes[0]) if index else None,
                decide=item.decide,
            )
        )
    return rows


def _with_interval(key: str) -> tuple[str, str, str]:
    return key, f"{key}_low_95", f"{key}_high_95"


def _statistic_cells(statistic: Statistic | None) -> tuple[Cell, Cell, Cell]:
    if statistic is None:
        return None, None, None
    low, high = statistic.bounds or (None, None)
    return statistic.value, low, high


def _overlap_effect(outcomes: Sequence[Outcome], whole: Sequence[Outcome]) -> Statistic | None:
    """Median difference of the silhouette IoU."""
    gains = np.array(
        [
            own.entry["silhouette_iou"] - other.entry["silhouette_iou"]
            for own, other in zip(outcomes, whole, strict=True)
            if _has_overlap(own) and _has_overlap(other) and own.entry is not None and other.entry is not None
        ]
    )
    return Statistic.of("iou", "", "", gains, np.median) if len(gains) else None


def _has_overlap(outcome: Outcome) -> bool:
    return outcome.entry is not None and outcome.entry["silhouette_iou"] is not None
