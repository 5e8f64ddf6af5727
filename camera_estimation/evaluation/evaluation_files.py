"""evaluation.csv, summary.csv and summary.md."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from camera_estimation.evaluation.explanation import FailureExplanation
from camera_estimation.evaluation.judgment import MARKS, JudgedRun, JudgedSample
from camera_estimation.evaluation.paired import PairedDifference
from camera_estimation.evaluation.report import (
    SAMPLE_HEADINGS,
    difference_lines,
    failure_lines,
    sample_rows,
    summary_headings,
    summary_rows,
    without_truth_line,
)
from camera_estimation.evaluation.statistics import Statistic, mark_key
from camera_estimation.io import markdown_table, write_text

SAMPLES_NAME, SUMMARY_NAME, REPORT_NAME = "evaluation.csv", "summary.csv", "summary.md"
ERROR_COLUMNS = {
    "rotation_error_deg": "rotation_deg",
    "translation_error": "translation",
    "translation_error_over_diameter": "translation_share",
    "add": "add",
    "add_over_diameter": "add_share",
    "adds": "adds",
    "adds_over_diameter": "adds_share",
    "mssd": "mssd",
    "mssd_over_diameter": "mssd_share",
    "mspd_px": "mspd",
    "projection_error_px": "projection",
    "silhouette_iou_with_true_render": "silhouette_iou",
    "diameter": "diameter",
}
RECORDED_COLUMNS = {"silhouette_iou_with_mask": "silhouette_iou", "loss_type": "loss_type", "loss": "loss"}
SAMPLE_COLUMNS = [
    *("run", "name", "mesh", "image", "status", "error", *ERROR_COLUMNS, *RECORDED_COLUMNS, "seconds"),
    *(mark_key(degrees, share) for degrees, share in MARKS),
    "cause",
]
Causes = Mapping[tuple[str, str], FailureExplanation]  # by run and sample


def write_samples(path: Path, runs: Sequence[JudgedRun], causes: Causes) -> None:
    """A row for each sample of each run; lengths in world units, empty where there is no pose."""
    rows = (_sample_row(run.label, sample, causes) for run in runs for sample in run.samples)
    write_text(path, _csv_text(SAMPLE_COLUMNS, rows))


def write_summary(
    path: Path, runs: Sequence[JudgedRun], summaries: Sequence[Sequence[Statistic]], pairs: Sequence[PairedDifference]
) -> None:
    """A row for each statistic of each run, then for each difference from the first run (column ``minus``)."""
    single = (_statistic_row(run.label, "", item) for run, items in zip(runs, summaries, strict=True) for item in items)
    paired = (_statistic_row(pair.label, pair.reference, item) for pair in pairs for item in pair.differences)
    columns = ["run", "minus", "statistic", "unit", "value", "low_95", "high_95", "samples"]
    write_text(path, _csv_text(columns, [*single, *paired]))


def write_report(
    path: Path,
    runs: Sequence[JudgedRun],
    summaries: Sequence[Sequence[Statistic]],
    pairs: Sequence[PairedDifference],
    has_figure: bool,
) -> None:
    """What the command prints, as Markdown."""
    lines = ["# Evaluation", "", *markdown_table(summary_headings(runs), summary_rows(summaries, runs)), ""]
    lines += ["Intervals hold with a confidence of 95 % (bootstrap over samples).", ""]
    if has_figure:
        lines += ["![Recall curves](recall.png)", ""]
    for pair in pairs:
        first, *others = difference_lines(pair)
        lines += [first, "", *(f"- {' '.join(line.split())}" for line in others), ""]
    for run in runs:
        lines += [f"## {run.label}", "", *markdown_table(SAMPLE_HEADINGS, sample_rows(run)), ""]
        remarks = [*failure_lines(run), without_truth_line(run)]
        listed = [f"- {remark}" for remark in remarks if remark]
        lines += [*listed, ""] if listed else []
    write_text(path, "\n".join(lines))


def _sample_row(label: str, sample: JudgedSample, causes: Causes) -> list[Any]:
    entry = sample.entry
    heading = [label, sample.name, *(entry.get(key) for key in ("mesh", "image", "status", "error"))]
    errors = [sample.errors and getattr(sample.errors, field) for field in ERROR_COLUMNS.values()]
    recorded = [entry.get(key) for key in RECORDED_COLUMNS.values()]
    marks = [int(sample.within(*mark)) for mark in MARKS]
    return [*heading, *errors, *recorded, sample.seconds, *marks, causes.get((label, sample.name), "")]


def _statistic_row(label: str, reference: str, item: Statistic) -> list[Any]:
    return [label, reference, item.key, item.unit, item.value, *(item.bounds or ("", "")), item.count]


def _csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()
