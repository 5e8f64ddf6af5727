"""The effect of switching terms off, as rows of text: for the summary, the workbook and the page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.summary.totals import ADD, ROTATION, SOLVED, Totals, differences
from camera_estimation.comparison.summary.wording import UNKNOWN, angle_text, interval_text
from camera_estimation.evaluation import Statistic, difference_text
from camera_estimation.io import Rows

ON, OFF = "x", ""


def ablation_headings(comparison: ComparisonOutcomes) -> list[str]:
    errors = ["within 5 deg and 5 %", "rotation deg", "ADD %", "effect on success", "effect on rotation"]
    measured = ["turned deg", "effect on IoU", "decide s"]
    return ["objective", *comparison.terms, *(errors if comparison.has_truth else []), *measured]


def ablation_rows(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> Rows:
    """A row for each variant, the whole objective first; turned: the median angle from the whole one's rotation."""
    pairs = differences(comparison, totals[0].label)
    rows = []
    for index, item in enumerate(totals):
        cells = [item.label, *(OFF if term in item.objective.switched_off else ON for term in comparison.terms)]
        if comparison.has_truth:
            pair = pairs.get(item.label)
            effects = (pair.differences[0], pair.differences[-1]) if pair else ()
            cells += [interval_text(item.errors.get(key)) for key in (SOLVED, ROTATION, ADD)]
            cells += [difference_text(effect) for effect in effects] or [UNKNOWN, UNKNOWN]
        turned = float(comparison.agreement[0, index])
        cells.append(angle_text(turned) if index else UNKNOWN)
        cells.append(_overlap_effect(comparison.outcomes[index], comparison.outcomes[0]) if index else UNKNOWN)
        cells.append(interval_text(item.decide))
        rows.append(cells)
    return rows


def _overlap_effect(outcomes: Sequence[Outcome], whole: Sequence[Outcome]) -> str:
    """Median difference of the silhouette IoU."""
    gains = np.array(
        [
            own.entry["silhouette_iou"] - other.entry["silhouette_iou"]
            for own, other in zip(outcomes, whole, strict=True)
            if _has_overlap(own) and _has_overlap(other) and own.entry is not None and other.entry is not None
        ]
    )
    return difference_text(Statistic.of("iou", "", "", gains, np.median)) if len(gains) else UNKNOWN


def _has_overlap(outcome: Outcome) -> bool:
    return outcome.entry is not None and outcome.entry["silhouette_iou"] is not None
