"""An evaluation in words and tables, for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TypeVar

from camera_estimation.evaluation.failures import failure_trace_lines
from camera_estimation.evaluation.judgment import JudgedRun, JudgedSample
from camera_estimation.evaluation.run_evaluation import Evaluation
from camera_estimation.evaluation.statistics import Interval, PairedDifference, Statistic
from camera_estimation.evaluation.symmetries import Symmetries
from camera_estimation.io import Rows, terminal_width, text_table

SAMPLE_HEADINGS = (
    *("sample", "rot deg", "transl %", "ADD %", "ADD-S %", "MSSD %", "MSPD px", "proj px", "IoU", "s"),
    "",
)
NOT_SOLVED = "<-"  # at the end of the rows of samples that are not within 5 degrees and 5 %
MOST_NAMES = 12  # of samples in one line
MOST_ROWS = 1000  # of samples, the worst ones: evaluation.csv has all
Item = TypeVar("Item")
SMALLEST_DECIMAL = 1e-4  # smaller numbers are written with an exponent


def report_lines(evaluation: Evaluation, explain: bool) -> list[str]:
    """What ``camera-evaluate`` prints: the samples of each run, the worst first, then the summary of all.

    Args:
        evaluation: What it is about.
        explain: Whether the stages of failed samples are listed as well.
    """
    lines = []
    for run in evaluation.runs:
        remarks = [*failure_lines(run), without_truth_line(run)]
        lines += [f"{run.label}: the worst first; {NOT_SOLVED} not within 5 degrees and 5 %", ""]
        rows, more = limit_rows(sample_rows(run))
        lines += [*text_table(SAMPLE_HEADINGS, rows, terminal_width()), *more, *filter(None, remarks), ""]
    if explain:
        for run, traced in zip(evaluation.runs, evaluation.failures, strict=True):
            lines += [*failure_trace_lines(run.label, traced), ""]
    rows = summary_rows(evaluation.summaries, evaluation.runs)
    lines += [*text_table(summary_headings(evaluation.runs), rows, terminal_width(), together=2), ""]
    for pair in evaluation.pairs:
        lines += [*difference_lines(pair), ""]
    return lines


def sample_rows(run: JudgedRun) -> Rows:
    """One row for each sample with a pose, the worst first, for ``SAMPLE_HEADINGS``."""
    return [_sample_cells(sample) for sample in run.worst_first() if sample.errors]


def limit_rows(listed: Sequence[Item]) -> tuple[Sequence[Item], list[str]]:
    """The first ``MOST_ROWS`` of what is listed of samples, and a line that tells of the others, if there are some."""
    more = len(listed) - MOST_ROWS
    return listed[:MOST_ROWS], [f"and {more} more: evaluation.csv has all"] if more > 0 else []


def failure_lines(run: JudgedRun) -> list[str]:
    """What has no pose, and why."""
    lines = [f"no pose: {sample.name}: {sample.entry.get('error')}" for sample in run.samples if not sample.errors]
    shown, more = limit_rows(lines)
    return [*shown, *more]


def without_truth_line(run: JudgedRun) -> str | None:
    """Which samples were left out; None if none was."""
    if not run.without_truth:
        return None
    count = len(run.without_truth)
    names = name_list(run.without_truth)
    return f"{run.label}: left out {count} of {count + len(run.samples)}, without ground truth: {names}"


def summary_rows(summaries: Sequence[Sequence[Statistic]], runs: Sequence[JudgedRun]) -> Rows:
    """Statistics as rows; for each run a column of values and one of intervals, as ``summary_headings`` has them."""
    without_pose = [str(sum(not sample.errors for sample in run.samples)) for run in runs]
    rows = [_summary_row("samples", [(str(len(run.samples)), "") for run in runs])]
    rows.append(_summary_row("without a pose", [(count, "") for count in without_pose]))
    for together in zip(*summaries, strict=True):
        cells = [
            (_value_text(statistic, number_text), _bounds_text(statistic.bounds, number_text)) for statistic in together
        ]
        rows.append(_summary_row(together[0].title, cells))
    return rows


def summary_headings(runs: Sequence[JudgedRun]) -> list[str]:
    return _summary_row("", [(run.label, "95 % interval") for run in runs])


def difference_lines(paired: PairedDifference) -> list[str]:
    """Two runs compared, in words."""
    lines = [f"{paired.label} against {paired.reference}, on {paired.common} common samples:"]
    width = max(len(statistic.title) for statistic in paired.differences)
    for statistic in paired.differences:
        lines.append(f"  {statistic.title.ljust(width)}  {difference_text(statistic)}")
    for label, solved in (
        (paired.label, paired.only_this_solves),
        (paired.reference, paired.only_reference_solves),
    ):
        lines.append(f"  only {label} solves: {name_list(solved) if solved else 'none'}")
    return lines


def symmetries_text(symmetries: Symmetries) -> str:
    """How many there are of each kind."""
    kinds = []
    if len(symmetries.transforms) > 1:
        kinds.append(f"{len(symmetries.transforms)} poses look the same")
    if symmetries.axes:
        kinds.append(f"any turn about {len(symmetries.axes)} {'axis' if len(symmetries.axes) == 1 else 'axes'}")
    return ", ".join(kinds)


def name_list(listed: Sequence[str]) -> str:
    """Names of samples, the first of them if they are many."""
    more = len(listed) - MOST_NAMES
    return ", ".join(listed[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def number_text(value: float) -> str:
    """Three significant digits."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    if abs(value) < SMALLEST_DECIMAL:
        return f"{value:.0e}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def difference_text(statistic: Statistic) -> str:
    """As ``+2.95 deg [+0.957, +59.9]``."""
    text = f"{_value_text(statistic, _with_sign)} {_bounds_text(statistic.bounds, _with_sign)}".rstrip()
    low, high = statistic.bounds or (0.0, 0.0)
    return f"{text} (could be chance)" if low <= 0 <= high and low < high else text


def _value_text(statistic: Statistic, show: Callable[[float], str]) -> str:
    return "-" if statistic.value is None else f"{show(statistic.value)} {statistic.unit}".rstrip()


def _bounds_text(bounds: Interval | None, show: Callable[[float], str]) -> str:
    return f"[{', '.join(map(show, bounds))}]" if bounds else ""


def _summary_row(title: str, cells: Sequence[tuple[str, str]]) -> list[str]:
    return [title, *chain.from_iterable(cells)]


def _with_sign(value: float) -> str:
    return ("+" if value > 0 else "") + number_text(value)


def _sample_cells(sample: JudgedSample) -> list[str]:
    errors = sample.errors
    assert errors is not None
    shares = (errors.translation_share, errors.add_share, errors.adds_share, errors.mssd_share)
    return [
        sample.name,
        f"{errors.rotation_deg:.3f}",
        *(f"{100 * share:.3f}" for share in shares),
        f"{errors.mspd:.2f}",
        f"{errors.projection:.2f}",
        "-" if errors.silhouette_iou is None else f"{errors.silhouette_iou:.3f}",
        "-" if sample.seconds is None else f"{sample.seconds:.2f}",
        "" if sample.solved else NOT_SOLVED,
    ]
