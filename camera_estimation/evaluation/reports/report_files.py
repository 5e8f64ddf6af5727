"""evaluation.csv, summary.csv, summary.md, summary.tex and recall.png."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from camera_estimation.evaluation.failures import FailureExplanation
from camera_estimation.evaluation.judgment import MARKS, JudgedSample
from camera_estimation.evaluation.reports._recall_figure import write_recall_figure
from camera_estimation.evaluation.reports.report_text import (
    SAMPLE_HEADINGS,
    difference_lines,
    failure_lines,
    limit_rows,
    sample_rows,
    summary_headings,
    summary_rows,
    without_truth_line,
)
from camera_estimation.evaluation.run_evaluation import Evaluation
from camera_estimation.evaluation.statistics import Statistic, describe_draws, mark_key
from camera_estimation.io import csv_text, latex_table, markdown_table, write_text

SAMPLES_NAME, SUMMARY_NAME, REPORT_NAME = "evaluation.csv", "summary.csv", "summary.md"
FIGURE_NAME, LATEX_NAME = "recall.png", "summary.tex"
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
SUMMARY_COLUMNS = ("run", "minus", "statistic", "unit", "value", "low_95", "high_95", "samples")
Causes = Mapping[tuple[str, str], FailureExplanation]  # by run and sample


def write_reports(folder: Path, evaluation: Evaluation) -> list[str]:
    """evaluation.csv, summary.csv, summary.md, summary.tex and, where matplotlib is installed, recall.png, .pdf, .svg;
    gives remarks on them.

    Args:
        folder: Is made where it is not there.
        evaluation: What they are about.

    Raises:
        InputError: A file cannot be written.
    """
    remarks = []
    try:
        write_recall_figure(folder / FIGURE_NAME, evaluation.runs)
        has_figure = True
    except ImportError:
        has_figure = False
        remarks.append("no recall.png: matplotlib is not installed; pip install matplotlib")
    write_samples(folder / SAMPLES_NAME, evaluation)
    write_summary(folder / SUMMARY_NAME, evaluation)
    write_report(folder / REPORT_NAME, evaluation, has_figure)
    headings, rows = summary_headings(evaluation.runs), summary_rows(evaluation.summaries, evaluation.runs)
    write_text(folder / LATEX_NAME, "\n".join(latex_table(headings, rows)) + "\n")
    return remarks


def write_samples(path: Path, evaluation: Evaluation) -> None:
    """A row for each sample of each run; lengths in world units, empty where there is no pose."""
    causes = {
        (run.label, traced.sample.name): traced.explanation
        for run, failures in zip(evaluation.runs, evaluation.failures, strict=True)
        for traced in failures
        if not traced.sample.solved
    }
    rows = (_csv_sample_row(run.label, sample, causes) for run in evaluation.runs for sample in run.samples)
    write_text(path, csv_text([SAMPLE_COLUMNS, *rows]))


def write_summary(path: Path, evaluation: Evaluation) -> None:
    """A row for each statistic of each run, then for each difference from the first run (column ``minus``)."""
    single = [
        _csv_statistic_row(run.label, "", item)
        for run, items in zip(evaluation.runs, evaluation.summaries, strict=True)
        for item in items
    ]
    paired = [
        _csv_statistic_row(pair.label, pair.reference, item) for pair in evaluation.pairs for item in pair.differences
    ]
    write_text(path, csv_text([SUMMARY_COLUMNS, *single, *paired]))


def write_report(path: Path, evaluation: Evaluation, has_figure: bool) -> None:
    """What the command prints, as Markdown."""
    summary = markdown_table(summary_headings(evaluation.runs), summary_rows(evaluation.summaries, evaluation.runs))
    lines = ["# Evaluation", "", *summary, ""]
    draws = describe_draws(max((item.count for items in evaluation.summaries for item in items), default=0))
    lines += [f"Intervals hold with a confidence of 95 % (rates: Wilson's; others: {draws}).", ""]
    if has_figure:
        lines += [f"![Recall curves]({FIGURE_NAME})", ""]
    for pair in evaluation.pairs:
        first, *others = difference_lines(pair)
        lines += [first, "", *(f"- {' '.join(line.split())}" for line in others), ""]
    for run in evaluation.runs:
        rows, more = limit_rows(sample_rows(run))
        lines += [f"## {run.label}", "", *markdown_table(SAMPLE_HEADINGS, rows), ""]
        remarks = [*more, *failure_lines(run), without_truth_line(run)]
        listed = [f"- {remark}" for remark in remarks if remark]
        lines += [*listed, ""] if listed else []
    write_text(path, "\n".join(lines))


def _csv_sample_row(label: str, sample: JudgedSample, causes: Causes) -> list[Any]:
    entry = sample.entry
    heading = [label, sample.name, *(entry.get(key) for key in ("mesh", "image", "status", "error"))]
    errors = [sample.errors and getattr(sample.errors, field) for field in ERROR_COLUMNS.values()]
    recorded = [entry.get(key) for key in RECORDED_COLUMNS.values()]
    marks = [int(sample.within(*mark)) for mark in MARKS]
    return [*heading, *errors, *recorded, sample.seconds, *marks, causes.get((label, sample.name), "")]


def _csv_statistic_row(label: str, reference: str, item: Statistic) -> list[Any]:
    return [label, reference, item.key, item.unit, item.value, *(item.bounds or ("", "")), item.count]
