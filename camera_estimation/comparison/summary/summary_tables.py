"""summary.csv, a row for each objective and sample, and summary.xlsx, the same with a sheet for each objective and one
of totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.runner import source_path
from camera_estimation.comparison.summary.ablation_table import ablation_cells, ablation_columns
from camera_estimation.comparison.summary.totals import ADD, ROTATION, SOLVED, TRANSLATION, Totals
from camera_estimation.evaluation import Statistic
from camera_estimation.io import Sheet, csv_text, sheet_names, workbook_bytes
from camera_estimation.results import sample_folder

CSV_NAME, WORKBOOK_NAME = "summary.csv", "summary.xlsx"
COLUMNS = (
    *("objective", "sample", "status", "error", "loss_type", "loss", "silhouette_iou"),
    *("confidence", "verdict", "verdict_reason"),
    *("rotation_error_deg", "translation_over_diameter", "add_over_diameter", "mssd_over_diameter", "solved"),
    *("differs_deg", "decide_seconds", "total_seconds", "peak_memory_bytes", "memory_growth_bytes"),
    *("mesh", "image", "source", "render"),
)
TOTAL_COLUMNS = (
    *("objective", "ok", "failed", "not_started", "reason"),
    *("median_silhouette_iou", "median_differs_deg", "median_decide_seconds", "decide_low_95", "decide_high_95"),
    *("median_total_seconds", "peak_memory_bytes", "memory_growth_bytes"),
    *("within_5deg_5pct", "within_low_95", "within_high_95"),
    *("median_rotation_error_deg", "rotation_low_95", "rotation_high_95"),
    *("median_translation_error_pct", "median_add_pct", "add_low_95", "add_high_95"),
)
TOTALS_SHEET, ABLATION_SHEET = "totals", "ablation"


def outcome_rows(comparison: ComparisonOutcomes, outcomes: Iterable[Outcome]) -> list[list[Any]]:
    """Values of ``COLUMNS``; None where there is none. Pictures are relative to the comparison's folder."""
    return [_outcome_row(comparison, outcome) for outcome in outcomes]


def summary_csv(comparison: ComparisonOutcomes) -> str:
    rows = [row for outcomes in comparison.outcomes for row in outcome_rows(comparison, outcomes)]
    return csv_text([COLUMNS, *rows])


def summary_workbook(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> bytes:
    """The xlsx file; numbers are numbers, and text is never a formula."""
    sheets = [Sheet(TOTALS_SHEET, TOTAL_COLUMNS, [_total_row(item) for item in totals], has_filter=True)]
    if comparison.terms:
        headings, rows = ablation_columns(comparison), ablation_cells(comparison, totals)
        sheets.append(Sheet(ABLATION_SHEET, headings, rows, has_filter=True))
    labels = [item.label for item in totals]
    names = sheet_names(labels, taken=(TOTALS_SHEET, ABLATION_SHEET), separator="_", unnamed="objective")
    for name, outcomes in zip(names, comparison.outcomes, strict=True):
        sheets.append(Sheet(name, COLUMNS, outcome_rows(comparison, outcomes), has_filter=True))
    return workbook_bytes(sheets)


def _outcome_row(comparison: ComparisonOutcomes, outcome: Outcome) -> list[Any]:
    entry, measured = outcome.entry or {}, outcome.measurement
    errors = outcome.judged.errors if outcome.judged else None
    names = ("rotation_deg", "translation_share", "add_share", "mssd_share")
    render = sample_folder(comparison.folder / outcome.objective.folder, outcome.sample.name) / "render.png"
    source = source_path(comparison.folder, outcome.sample)
    return [
        outcome.objective.label,
        outcome.sample.name,
        outcome.status,
        entry.get("error"),
        outcome.objective.loss.name,
        entry.get("loss"),
        *(entry.get(key) for key in ("silhouette_iou", "confidence", "verdict", "reason")),
        *(getattr(errors, name) if errors else None for name in names),
        int(outcome.judged.solved) if outcome.judged else None,
        outcome.differs_deg,
        outcome.decide_seconds,
        outcome.total_seconds,
        measured.peak_memory if outcome.status == "ok" else None,
        measured.memory_growth if outcome.status == "ok" else None,
        outcome.sample.mesh_path.as_posix(),
        outcome.sample.image_path.as_posix(),
        source.relative_to(comparison.folder).as_posix() if source.is_file() else None,
        render.relative_to(comparison.folder).as_posix() if outcome.status == "ok" and render.is_file() else None,
    ]


def _total_row(item: Totals) -> list[Any]:
    return [
        *(item.label, item.ok, item.failed, item.not_started, "; ".join(item.reasons) or None),
        *(item.silhouette_iou.value, item.differs.value, item.decide.value, *_interval_cells(item.decide)),
        *(item.total.value, item.peak_memory, item.memory_growth),
        *_value_cells(item.errors.get(SOLVED)),
        *_value_cells(item.errors.get(ROTATION)),
        item.errors[TRANSLATION].value if item.errors else None,
        *_value_cells(item.errors.get(ADD)),
    ]


def _value_cells(statistic: Statistic | None) -> tuple[float | None, ...]:
    return (statistic.value if statistic else None, *_interval_cells(statistic))


def _interval_cells(statistic: Statistic | None) -> tuple[float | None, float | None]:
    return statistic.bounds if statistic and statistic.bounds else (None, None)
