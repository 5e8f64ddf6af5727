"""How numbers of a comparison are written for people."""

from __future__ import annotations

import math

from camera_estimation.comparison.summary.totals import Totals
from camera_estimation.evaluation import Statistic, number_text

UNKNOWN = "-"
LEAST_ANGLE = 1e-3  # degrees


def optional_number_text(value: float | None) -> str:
    return UNKNOWN if value is None else number_text(value)


def interval_text(statistic: Statistic | None) -> str:
    """As ``1.25 [0.9, 1.4]``, without the interval where there is none."""
    if statistic is None or statistic.value is None:
        return UNKNOWN
    bounds = f" [{', '.join(map(number_text, statistic.bounds))}]" if statistic.bounds else ""
    return number_text(statistic.value) + bounds


def angle_text(degrees: float) -> str:
    """Differences below a thousandth of a degree are noise."""
    if not math.isfinite(degrees):
        return UNKNOWN
    return "<0.001" if 0 < degrees < LEAST_ANGLE else number_text(degrees)


def count_text(count: int, noun: str) -> str:
    """As ``1 sample`` or ``4 samples``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def mebibytes_text(size: int | None) -> str:
    return UNKNOWN if size is None else f"{size / 2**20:.0f}"


def outcome_text(totals: Totals) -> str:
    """As ``ok`` or ``3 ok, 1 failed``."""
    counts = ((totals.ok, "ok"), (totals.failed, "failed"), (totals.not_started, "not started"))
    present = [f"{count} {name}" for count, name in counts if count]
    return present[0] if len(present) == 1 else ", ".join(present)


def reason_lines(totals: Totals) -> list[str]:
    """One line for each reason why samples failed."""
    of = totals.ok + totals.failed + totals.not_started
    return [f"{totals.label}: failed on {count} of {of}: {reason}" for reason, count in totals.reasons.most_common()]
