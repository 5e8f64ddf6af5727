"""The words and tables of an evaluation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import chain

from camera_estimation.evaluation.bootstrap import Interval
from camera_estimation.evaluation.judgment import JudgedRun, JudgedSample
from camera_estimation.evaluation.paired import PairedDifference
from camera_estimation.evaluation.statistics import Statistic
from camera_estimation.evaluation.symmetries import Symmetries
from camera_estimation.io import Rows

SAMPLE_HEADINGS = (
    *("sample", "rot deg", "transl %", "ADD %", "ADD-S %", "MSSD %", "MSPD px", "proj px", "IoU", "s"),
    "",
)
NOT_SOLVED = "<-"  # at the end of the rows of samples that are not within 5 degrees and 5 %
MOST_NAMES = 12  # of samples in one line
SMALLEST_DECIMAL = 1e-4  # smaller numbers are written with an exponent


def worst_first(run: JudgedRun) -> list[JudgedSample]:
    """Samples without a pose, then those that are not solved, each by MSSD, which holds rotation and translation."""
    return sorted(run.samples, key=lambda sample: (sample.solved, -_badness(sample)))


def sample_rows(run: JudgedRun) -> Rows:
    """One row for each sample with a pose, the worst first, for ``SAMPLE_HEADINGS``."""
    return [_sample_row(sample) for sample in worst_first(run) if sample.errors]


def failure_lines(run: JudgedRun) -> list[str]:
    """What has no pose, and why."""
    return [f"no pose: {sample.name}: {sample.entry.get('error')}" for sample in run.samples if not sample.errors]


def without_truth_line(run: JudgedRun) -> str | None:
    """Which samples were left out; None if none was."""
    if not run.without_truth:
        return None
    count = len(run.without_truth)
    return (
        f"{run.label}: left out {count} of {count + len(run.samples)}, without ground truth: {names(run.without_truth)}"
    )


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
        lines.append(f"  only {label} solves: {names(solved) if solved else 'none'}")
    return lines


def symmetries_text(symmetries: Symmetries) -> str:
    """How many there are of each kind."""
    kinds = []
    if len(symmetries.transforms) > 1:
        kinds.append(f"{len(symmetries.transforms)} poses look the same")
    if symmetries.axes:
        kinds.append(f"any turn about {len(symmetries.axes)} {'axis' if len(symmetries.axes) == 1 else 'axes'}")
    return ", ".join(kinds)


def names(listed: Sequence[str]) -> str:
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
    text = f"{_value_text(statistic, _signed)} {_bounds_text(statistic.bounds, _signed)}".rstrip()
    low, high = statistic.bounds or (0.0, 0.0)
    return f"{text} (could be chance)" if low <= 0 <= high and low < high else text


def _value_text(statistic: Statistic, show: Callable[[float], str]) -> str:
    return "-" if statistic.value is None else f"{show(statistic.value)} {statistic.unit}".rstrip()


def _bounds_text(bounds: Interval | None, show: Callable[[float], str]) -> str:
    return f"[{', '.join(map(show, bounds))}]" if bounds else ""


def _summary_row(title: str, cells: Sequence[tuple[str, str]]) -> list[str]:
    return [title, *chain.from_iterable(cells)]


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number_text(value)


def _badness(sample: JudgedSample) -> float:
    return sample.errors.mssd_share if sample.errors else math.inf


def _sample_row(sample: JudgedSample) -> list[str]:
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
