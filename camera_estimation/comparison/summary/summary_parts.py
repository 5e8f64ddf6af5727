"""experiment_summary.txt: the comparison in words and tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import camera_estimation
from camera_estimation.comparison.outcomes import ComparisonOutcomes
from camera_estimation.comparison.summary.ablation_table import ablation_headings, ablation_rows
from camera_estimation.comparison.summary.rankings import QUALITY_HEADINGS, SPEED_HEADINGS, quality_rows, speed_rows
from camera_estimation.comparison.summary.totals import (
    ADD,
    ROTATION,
    SOLVED,
    TRANSLATION,
    Totals,
    interval_draws,
)
from camera_estimation.comparison.summary.wording import (
    UNKNOWN,
    angle_text,
    count_text,
    interval_text,
    mebibytes_text,
    outcome_text,
    reason_lines,
)
from camera_estimation.io import Rows, text_table
from camera_estimation.results import device_name

SUMMARY_NAME = "experiment_summary.txt"


def summary_text(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> str:
    """The whole file; ``totals`` are the totals of the comparison."""
    parts = [_opening_part(comparison, totals), _objectives_part(totals), _agreement_part(comparison)]
    if comparison.has_truth:
        parts.append(_errors_part(comparison, totals))
    parts.append(_speed_part(totals))
    if comparison.has_truth:
        parts.append(_quality_part(comparison, totals))
    if comparison.terms:
        parts.append(_ablation_part(comparison, totals))
    return "\n\n\n".join("\n".join(part) for part in parts) + "\n"


def _opening_part(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> list[str]:
    ok, failed, missing = (sum(getattr(item, key) for item in totals) for key in ("ok", "failed", "not_started"))
    device = str(comparison.run.runs[0].device)
    counts = f"{count_text(ok, 'result')}, {failed} failed" + (
        f", {missing} not started (interrupted)" if missing else ""
    )
    whole = sum(item.ok == len(comparison.samples) for item in totals)
    return [
        f"{count_text(len(totals), 'objective')} on {count_text(len(comparison.samples), 'sample')}: {counts}",
        f"{whole} of {len(totals)} objectives have a result for every sample",
        "",
        f"command: {comparison.command_line}",
        f"camera-estimation {camera_estimation.__version__} on {device} ({device_name(device)})",
        f"Intervals in brackets hold with a confidence of 95 % (rates: Wilson's; others: {interval_draws(totals)}).",
        *comparison.remarks,
    ]


def _objectives_part(totals: Sequence[Totals]) -> list[str]:
    rows = [
        (
            item.label,
            outcome_text(item),
            interval_text(item.silhouette_iou),
            interval_text(item.differs),
            interval_text(item.decide),
            interval_text(item.total),
            mebibytes_text(item.peak_memory),
            mebibytes_text(item.memory_growth),
        )
        for item in totals
    ]
    headings = ("objective", "samples", "IoU", "differs deg", "decide s", "total s", "peak MiB", "own MiB")
    reasons = [line for item in totals for line in reason_lines(item)]
    return [
        "OBJECTIVES",
        "Medians over samples. differs: angle from the rotations of the other objectives; decide: the objective's own",
        "time a sample; total: with loading and search, which all objectives share; peak: memory while it decided;",
        "own: what of it came with loading this objective and deciding (0: memory taken before served again).",
        "",
        *text_table(headings, rows),
        *(["", *reasons] if reasons else []),
    ]


def _agreement_part(comparison: ComparisonOutcomes) -> list[str]:
    labels = [run.objective.label for run in comparison.run.runs]
    headings = ("", *(str(index + 1) for index in range(len(labels))))
    rows = [
        (f"{index + 1} {label}", *(_angle_cell(value, index == column) for column, value in enumerate(values)))
        for index, (label, values) in enumerate(zip(labels, comparison.agreement.tolist(), strict=True))
    ]
    line = _spread_line(comparison)
    return [
        "AGREEMENT",
        "Median angle in degrees between the rotations that two objectives found; symmetries do not count.",
        "",
        *text_table(headings, rows),
        *(["", line] if line else []),
    ]


def _spread_line(comparison: ComparisonOutcomes) -> str | None:
    """The two that differ most."""
    angles = np.where(np.isfinite(comparison.agreement), comparison.agreement, -1.0)
    row, column = np.unravel_index(int(angles.argmax()), angles.shape)
    if row == column or angles[row, column] < 0:
        return None
    first, second = (comparison.run.runs[index].objective.label for index in (int(row), int(column)))
    return f"furthest apart: {first} and {second}, {angle_text(float(angles[row, column]))} degrees"


def _errors_part(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> list[str]:
    judged = max(len(run.samples) for run in comparison.judged)
    rows = [
        (item.label, *(interval_text(item.errors.get(key)) for key in (SOLVED, ROTATION, TRANSLATION, ADD)))
        for item in totals
    ]
    return [
        "POSE ERRORS",
        f"Against the ground truth of {count_text(judged, 'sample')}; lengths in % of the mesh's diameter.",
        "",
        *text_table(("objective", "within 5 deg and 5 %", "rotation deg", "translation %", "ADD %"), rows),
    ]


def _speed_part(totals: Sequence[Totals]) -> list[str]:
    return ["RANKING BY SPEED", "", *_table_lines(SPEED_HEADINGS, speed_rows(totals))]


def _quality_part(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> list[str]:
    return [
        "RANKING BY QUALITY",
        "By samples within 5 degrees and 5 %, then by the median ADD; differences are sample by sample.",
        "",
        *_table_lines(QUALITY_HEADINGS, quality_rows(comparison, totals)),
    ]


def _ablation_part(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> list[str]:
    name = totals[0].label
    return [
        "ABLATION",
        f"Terms of {name} that are on (x), and the effect beside the whole objective, sample by sample.",
        "",
        *text_table(ablation_headings(comparison), ablation_rows(comparison, totals)),
    ]


def _table_lines(headings: Sequence[str], rows: Rows) -> list[str]:
    return text_table(headings, rows) if rows else ["no results"]


def _angle_cell(value: float, own: bool) -> str:
    return UNKNOWN if own else angle_text(value)
