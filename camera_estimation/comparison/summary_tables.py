"""summary.csv, a row for each objective and sample, and summary.xlsx, the same with a sheet for each objective and one
of totals."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from camera_estimation.comparison.ablation_table import ablation_headings, ablation_rows
from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.runner import source_path
from camera_estimation.comparison.totals import ADD, ROTATION, SOLVED, TRANSLATION, Totals
from camera_estimation.evaluation import Statistic
from camera_estimation.results import sample_folder

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

CSV_NAME, WORKBOOK_NAME = "summary.csv", "summary.xlsx"
COLUMNS = (
    *("objective", "sample", "status", "error", "loss_type", "loss", "silhouette_iou"),
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
LONGEST_SHEET_NAME = 31  # characters, of Excel
WIDEST_COLUMN = 48  # characters


def summary_rows(comparison: ComparisonOutcomes, outcomes: Iterable[Outcome]) -> list[list[Any]]:
    """Values of ``COLUMNS``; None where there is none. Pictures are relative to the comparison's folder."""
    return [_row(comparison, outcome) for outcome in outcomes]


def summary_csv(comparison: ComparisonOutcomes) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for outcomes in comparison.outcomes:
        writer.writerows(summary_rows(comparison, outcomes))
    return stream.getvalue()


def workbook(comparison: ComparisonOutcomes, listed: Sequence[Totals]) -> bytes:
    """The xlsx file; numbers are numbers, and text is never a formula."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    taken = {TOTALS_SHEET, ABLATION_SHEET, "history"}  # the last is Excel's own
    _fill(book.create_sheet(TOTALS_SHEET), TOTAL_COLUMNS, [_total_row(item) for item in listed])
    if comparison.terms:
        _fill(book.create_sheet(ABLATION_SHEET), ablation_headings(comparison), ablation_rows(comparison, listed))
    for item, outcomes in zip(listed, comparison.outcomes, strict=True):
        sheet = book.create_sheet(_sheet_name(item.label, taken))
        _fill(sheet, COLUMNS, summary_rows(comparison, outcomes))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _row(comparison: ComparisonOutcomes, outcome: Outcome) -> list[Any]:
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
        entry.get("silhouette_iou"),
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
        render.relative_to(comparison.folder).as_posix() if outcome.status == "ok" else None,
    ]


def _total_row(item: Totals) -> list[Any]:
    return [
        *(item.label, item.ok, item.failed, item.not_started, "; ".join(item.reasons) or None),
        *(item.silhouette_iou.value, item.differs.value, item.decide.value, *_bounds(item.decide)),
        *(item.total.value, item.peak_memory, item.memory_growth),
        *_with_bounds(item.errors.get(SOLVED)),
        *_with_bounds(item.errors.get(ROTATION)),
        item.errors[TRANSLATION].value if item.errors else None,
        *_with_bounds(item.errors.get(ADD)),
    ]


def _with_bounds(statistic: Statistic | None) -> tuple[float | None, ...]:
    return (statistic.value if statistic else None, *_bounds(statistic))


def _bounds(statistic: Statistic | None) -> tuple[float | None, float | None]:
    return statistic.bounds if statistic and statistic.bounds else (None, None)


def _fill(sheet: Worksheet, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    for number, values in enumerate((columns, *rows), start=1):
        for column, value in enumerate(values, start=1):
            if value is None:
                continue
            cell = sheet.cell(number, column)
            if isinstance(value, str):
                cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
                cell.data_type = "s"  # a name that begins with = is no formula
            else:
                cell.value = value
            if number == 1:
                cell.font = Font(bold=True)
    for column, name in enumerate(columns, start=1):
        longest = max(len(str(row[column - 1])) for row in (columns, *rows) if row[column - 1] is not None)
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST_COLUMN, max(longest, len(name)) + 2)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions


def _sheet_name(label: str, taken: set[str]) -> str:
    """Without what Excel forbids, and different from the others by more than case."""
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", label).strip("'")[:LONGEST_SHEET_NAME] or "objective"
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{base[: LONGEST_SHEET_NAME - len(str(number)) - 1]}_{number}"
    taken.add(name.casefold())
    return name
