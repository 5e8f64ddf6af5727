"""The objectives in order, by speed and by quality, as rows that summary and page show."""

from __future__ import annotations

from collections.abc import Sequence

from camera_estimation.comparison.outcomes import ComparisonOutcomes
from camera_estimation.comparison.summary.totals import ADD, SOLVED, Totals, by_quality, by_speed, differences
from camera_estimation.comparison.summary.wording import UNKNOWN, interval_text
from camera_estimation.evaluation import Statistic, difference_text

SPEED_HEADINGS = ("objective", "decide s", "times the fastest")
QUALITY_HEADINGS = (
    *("objective", "within 5 deg and 5 %", "median ADD %"),
    *("success against the first", "rotation against it"),
)


def speed_rows(totals: Sequence[Totals]) -> list[tuple[str, ...]]:
    """Of ``SPEED_HEADINGS``, the fastest first; none without results."""
    ranked = by_speed(totals)
    fastest = ranked[0].decide.value if ranked else None
    return [
        (f"{place}. {item.label}", interval_text(item.decide), _ratio_text(item.decide.value, fastest))
        for place, item in enumerate(ranked, start=1)
    ]


def quality_rows(comparison: ComparisonOutcomes, totals: Sequence[Totals]) -> list[tuple[str, ...]]:
    """Of ``QUALITY_HEADINGS``, the best first; none without ground truth. Differences are sample by sample."""
    ranked = by_quality(totals)
    against = differences(comparison, ranked[0].label) if ranked else {}
    rows: list[tuple[str, ...]] = []
    for place, item in enumerate(ranked, start=1):
        pair = against.get(item.label)
        solved, rotation = (pair.differences[0], pair.differences[-1]) if pair else (None, None)
        rows.append(
            (
                f"{place}. {item.label}",
                interval_text(item.errors[SOLVED]),
                interval_text(item.errors[ADD]),
                _text_of_pair(solved),
                _text_of_pair(rotation),
            )
        )
    return rows


def _text_of_pair(statistic: Statistic | None) -> str:
    return UNKNOWN if statistic is None else difference_text(statistic)


def _ratio_text(value: float | None, fastest: float | None) -> str:
    return UNKNOWN if not value or not fastest else f"{value / fastest:.2f}"
