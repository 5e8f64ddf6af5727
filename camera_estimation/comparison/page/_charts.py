"""Charts of the page as what stands where, in pixels: errors against time, and loss curves. The templates draw them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# As in evaluation/reports/_recall_figure.py, for light and dark paper; objectives of one color differ in their marks.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#c98a00", "#3a9bd4", "#7f7f7f")
SHAPES = ("circle", "square", "diamond", "triangle")
CORNERS = {"circle": 0, "square": 4, "diamond": 4, "triangle": 3}
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 46
SMALL_WIDTH, SMALL_HEIGHT = 260, 150
SMALL_LEFT, SMALL_RIGHT, SMALL_TOP, SMALL_BOTTOM = 40, 8, 10, 24
TICKS, FINE_TICKS = (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)
SAMPLE_SIZE, MEDIAN_SIZE, LEGEND_SIZE = 3.5, 8.0, 5

Point = tuple[float, float]


@dataclass(frozen=True)
class Points:
    """Of one objective: (seconds, error) for each sample, both above 0."""

    label: str
    values: Sequence[Point]


@dataclass(frozen=True)
class Tick:
    """A round number at its place on an axis."""

    place: float
    text: str


@dataclass(frozen=True)
class Mark:
    """A point of a chart; without ``corners`` it is a circle. ``title`` shows where the mouse rests on it."""

    x: float
    y: float
    size: float
    color: str
    corners: tuple[Point, ...]
    is_faint: bool = False
    title: str = ""


@dataclass(frozen=True)
class LegendEntry:
    label: str
    mark: Mark


@dataclass(frozen=True)
class ScatterChart:
    """Errors over times, both axes logarithmic."""

    error_title: str
    time_ticks: list[Tick]
    error_ticks: list[Tick]
    marks: list[Mark]
    legend: list[LegendEntry]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top: int = TOP
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class LossCurveChart:
    """Losses of one objective over iterations: a curve for each sample, and their median."""

    label: str
    curves: list[list[Point]]
    median: list[Point]
    greatest: str = ""
    least: str = ""
    iterations: int = 0
    width: int = SMALL_WIDTH
    height: int = SMALL_HEIGHT
    left: int = SMALL_LEFT
    top: int = SMALL_TOP
    right: int = SMALL_WIDTH - SMALL_RIGHT
    bottom: int = SMALL_HEIGHT - SMALL_BOTTOM


class LogScale:
    """Values to coordinates between two ends; ``ticks`` are round numbers within."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        low, high = math.log10(min(values)), math.log10(max(values))
        margin = max(0.04 * (high - low), 0.08)
        self._low, self._high, self._start, self._end = low - margin, high + margin, start, end
        powers = range(math.floor(self._low), math.ceil(self._high) + 1)
        span = self._high - self._low
        steps = FINE_TICKS if span < 0.7 else TICKS if span < 2.5 else (1,)
        round_ones = [step * 10.0**power for power in powers for step in steps]
        self.ticks = [tick for tick in round_ones if self._low <= math.log10(tick) <= self._high]

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + share * (self._end - self._start)


def scatter_chart(series: Sequence[Points], error_title: str) -> ScatterChart | None:
    """Every sample as a small mark, the median of each objective as a large one; None without any point."""
    present = [points for points in series if points.values]
    if not present:
        return None
    x = LogScale([seconds for points in present for seconds, _ in points.values], LEFT, WIDTH - RIGHT)
    y = LogScale([error for points in present for _, error in points.values], HEIGHT - BOTTOM, TOP)
    marks = []
    for is_faint in (True, False):
        for index, points in enumerate(series):
            for seconds, error in points.values if is_faint else _median_point(points.values):
                title = f"{points.label}{'' if is_faint else ' (median)'}: {seconds:.3g} s, {error:.3g}"
                size = SAMPLE_SIZE if is_faint else MEDIAN_SIZE
                marks.append(_mark_of(index, x(seconds), y(error), size, is_faint, title))
    return ScatterChart(
        error_title,
        [Tick(x(tick), f"{tick:g}") for tick in x.ticks],
        [Tick(y(tick), f"{tick:g}") for tick in y.ticks],
        marks,
        [LegendEntry(points.label, _mark_of(index, 7, 7, LEGEND_SIZE)) for index, points in enumerate(series)],
    )


def loss_curve_chart(label: str, curves: Sequence[Sequence[float]]) -> LossCurveChart:
    """Each sample's losses over iterations as shares of the first, and their median; no curves where none is known."""
    shares = [[value / curve[0] for value in curve] for curve in curves if len(curve) > 1 and curve[0] > 0]
    if not shares:
        return LossCurveChart(label, [], [])
    longest = max(map(len, shares))
    middle = [median(share[min(index, len(share) - 1)] for share in shares) for index in range(longest)]
    top = max(1.0, *(max(share) for share in shares))
    bottom = min(min(min(share) for share in shares), top - 1e-3)
    left, right = SMALL_LEFT, SMALL_WIDTH - SMALL_RIGHT
    upper, lower = SMALL_TOP, SMALL_HEIGHT - SMALL_BOTTOM

    def line(share: Sequence[float]) -> list[Point]:
        return [
            (
                left + (right - left) * index / (longest - 1),
                lower + (upper - lower) * (value - bottom) / (top - bottom),
            )
            for index, value in enumerate(share)
        ]

    return LossCurveChart(
        label, [line(share) for share in shares], line(middle), f"{top:.3g}", f"{bottom:.3g}", longest - 1
    )


def _median_point(values: Sequence[Point]) -> list[Point]:
    if not values:
        return []
    return [(median(seconds for seconds, _ in values), median(error for _, error in values))]


def _mark_of(index: int, x: float, y: float, size: float, is_faint: bool = False, title: str = "") -> Mark:
    """In the color and shape of the objective of this index."""
    shape = SHAPES[index // len(COLORS) % len(SHAPES)]
    count = CORNERS[shape]
    turn = math.pi / 4 if shape == "square" else -math.pi / 2
    angles = [turn + 2 * math.pi * corner / count for corner in range(count)]
    corners = tuple((x + 1.2 * size * math.cos(angle), y + 1.2 * size * math.sin(angle)) for angle in angles)
    return Mark(x, y, size, COLORS[index % len(COLORS)], corners, is_faint, title)
