"""The tables of the page: what their cells show, and what their columns sort by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from camera_estimation.comparison.outcomes import ComparisonOutcomes, Outcome
from camera_estimation.comparison.summary import (
    ADD,
    QUALITY_HEADINGS,
    ROTATION,
    SOLVED,
    SPEED_HEADINGS,
    TRANSLATION,
    UNKNOWN,
    Totals,
    ablation_headings,
    ablation_rows,
    angle_text,
    mebibytes_text,
    optional_number_text,
    outcome_text,
    quality_rows,
    speed_rows,
)
from camera_estimation.evaluation import Statistic, number_text


@dataclass(frozen=True)
class PageCell:
    """``value`` is what the column sorts by, None: at the end. ``note`` stands smaller after the text."""

    text: str
    value: float | str | None = None
    note: str = ""
    kind: str = ""  # "text", "reason" or "bad"


@dataclass(frozen=True)
class Heading:
    """``is_text``: the column is aligned to the left."""

    text: str
    is_text: bool = False


@dataclass(frozen=True)
class Table:
    headings: list[Heading]
    rows: list[list[PageCell]]
    is_sortable: bool = True


def objectives_table(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> Table:
    """A row for each objective with its medians."""
    errors = ["within 5° and 5 %", "rotation °", "translation %", "ADD %"] if comparison.has_truth else []
    keys = (SOLVED, ROTATION, TRANSLATION, ADD) if comparison.has_truth else ()
    numbers = [*errors, "IoU", "differs °", "decide s", "total s", "peak MiB", "own MiB"]
    rows = [
        [
            PageCell(item.label, item.label),
            PageCell(outcome_text(item), item.ok, kind="text" if item.ok == len(comparison.samples) else "text bad"),
            *(_statistic_cell(item.errors.get(key)) for key in keys),
            *map(_statistic_cell, (item.silhouette_iou, item.differs, item.decide, item.total)),
            PageCell(mebibytes_text(item.peak_memory), item.peak_memory),
            PageCell(mebibytes_text(item.memory_growth), item.memory_growth),
        ]
        for item in totals
    ]
    return Table([*_headings("objective", "samples", is_text=True), *_headings(*numbers)], rows)


def ablation_table(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> Table:
    """Which terms are on, and the effect."""
    rows = [[PageCell(text) for text in row] for row in ablation_rows(comparison, totals)]
    return Table(_headings(*ablation_headings(comparison)), rows, is_sortable=False)


def quality_table(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> Table | None:
    """The objectives, the best first, and how each differs from it, sample by sample; None without ground truth."""
    return _ranking(QUALITY_HEADINGS, quality_rows(comparison, totals))


def speed_table(totals: Sequence[Totals]) -> Table | None:
    """The objectives, the fastest first; None without results."""
    return _ranking(SPEED_HEADINGS, speed_rows(totals))


def _ranking(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table | None:
    cells = [[PageCell(text) for text in row] for row in rows]
    return Table(_headings(*headings), cells, is_sortable=False) if cells else None


def agreement_table(comparison: ComparisonOutcomes) -> Table:
    """Angles between the rotations of each two objectives."""
    labels = [run.objective.label for run in comparison.run.runs]
    rows = [
        [
            PageCell(f"{row + 1} {label}"),
            *(
                PageCell(UNKNOWN if row == column else angle_text(degrees))
                for column, degrees in enumerate(comparison.agreement[row].tolist())
            ),
        ]
        for row, label in enumerate(labels)
    ]
    return Table(_headings("", *(str(index + 1) for index in range(len(labels)))), rows, is_sortable=False)


def samples_table(comparison: ComparisonOutcomes) -> Table:
    """A row for each objective and sample."""
    errors = ["rotation °", "translation %", "ADD %"] if comparison.has_truth else []
    numbers = ["loss", *errors, "IoU", "confidence", "differs °", "decide s", "total s"]
    headings = [
        *_headings("sample", "objective", is_text=True),
        *_headings(*numbers),
        *_headings("remark", is_text=True),
    ]
    outcomes = [outcome for outcomes in comparison.outcomes for outcome in outcomes]
    return Table(headings, [_outcome_cells(outcome, comparison.has_truth) for outcome in outcomes])


def _outcome_cells(outcome: Outcome, has_truth: bool) -> list[PageCell]:
    entry, errors = outcome.entry or {}, outcome.judged.errors if outcome.judged else None
    found: tuple[float | None, ...] = (None, None, None)
    if errors:
        found = (errors.rotation_deg, 100 * errors.translation_share, 100 * errors.add_share)
    reason = entry.get("error") or (entry.get("reason") or "" if outcome.status == "ok" else outcome.status)
    values = (
        *(entry.get("loss"), *(found if has_truth else ()), entry.get("silhouette_iou"), entry.get("confidence")),
        *(outcome.differs_deg, outcome.decide_seconds, outcome.total_seconds),
    )
    return [
        PageCell(outcome.sample.name, outcome.sample.name),
        PageCell(outcome.objective.label, outcome.objective.label, kind="text"),
        *(PageCell(optional_number_text(value), value) for value in values),
        PageCell(reason, reason or None, kind="reason bad"),
    ]


def _headings(*texts: str, is_text: bool = False) -> list[Heading]:
    # The unit stays at its word.
    return [Heading(re.sub(r" (\S{1,3})$", "\N{NO-BREAK SPACE}\\1", text), is_text) for text in texts]


def _statistic_cell(statistic: Statistic | None) -> PageCell:
    if statistic is None or statistic.value is None:
        return PageCell(UNKNOWN)
    low_high = statistic.bounds
    note = f"[{number_text(low_high[0])}, {number_text(low_high[1])}]" if low_high else ""
    return PageCell(number_text(statistic.value), statistic.value, note)
