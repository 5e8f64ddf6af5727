"""Charts of the page as inline SVG: error against time, and loss curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from statistics import median

# As in evaluation/reports/recall_figure.py, for light and dark paper; objectives of one colour differ in their marks.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#c98a00", "#3a9bd4", "#7f7f7f")
MARKS = ("circle", "square", "diamond", "triangle")
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 46
SMALL_WIDTH, SMALL_HEIGHT = 260, 150
TICKS, FINE_TICKS = (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)


@dataclass(frozen=True)
class Points:
    """Of one objective: (seconds, error) for each sample, both above 0."""

    label: str
    values: Sequence[tuple[float, float]]


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


def scatter(series: Sequence[Points], error_title: str) -> str:
    """Every sample as a small mark, the median of each objective as a large one; both axes are logarithmic."""
    present = [points for points in series if points.values]
    if not present:
        return "<p>No results to draw.</p>"
    x = LogScale([seconds for points in present for seconds, _ in points.values], LEFT, WIDTH - RIGHT)
    y = LogScale([error for points in present for _, error in points.values], HEIGHT - BOTTOM, TOP)
    parts = [_axes(x, y, error_title)]
    for size, faint in ((3.5, True), (8.0, False)):
        for index, points in enumerate(series):
            values = points.values if faint else _medians(points.values)
            for seconds, error in values:
                title = f"{points.label}{'' if faint else ' (median)'}: {seconds:.3g} s, {error:.3g}"
                parts.append(_mark(index, x(seconds), y(error), size, faint, title))
    return (
        f'<div class="scroll"><svg class="scatter" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(error_title)} against time">'
        + "".join(parts)
        + "</svg></div>"
        + legend([points.label for points in series])
    )


def legend(labels: Sequence[str]) -> str:
    items = (
        f'<li><svg viewBox="0 0 14 14" aria-hidden="true">{_mark(index, 7, 7, 5, False, "")}</svg>{escape(label)}</li>'
        for index, label in enumerate(labels)
    )
    return f'<ul class="legend">{"".join(items)}</ul>'


def loss_curves(label: str, curves: Sequence[Sequence[float]]) -> str:
    """Each sample's losses over iterations as shares of the first (thin), and their median (thick)."""
    shares = [[value / curve[0] for value in curve] for curve in curves if len(curve) > 1 and curve[0] > 0]
    heading = f"<b>{escape(label)}</b>"
    if not shares:
        return f"<figure><figcaption>{heading}no iterations were kept</figcaption></figure>"
    longest = max(map(len, shares))
    middle = [median(share[min(index, len(share) - 1)] for share in shares) for index in range(longest)]
    top = max(1.0, *(max(share) for share in shares))
    bottom = min(min(share) for share in shares)
    bottom = min(bottom, top - 1e-3)
    left, right, upper, lower = 40, SMALL_WIDTH - 8, 10, SMALL_HEIGHT - 24

    def line(kind: str, share: Sequence[float]) -> str:
        points = " ".join(
            f"{left + (right - left) * index / (longest - 1):.1f},"
            f"{lower + (upper - lower) * (value - bottom) / (top - bottom):.1f}"
            for index, value in enumerate(share)
        )
        return f'<polyline class="{kind}" points="{points}"/>'

    body = [
        f'<path class="axis" d="M{left} {upper}V{lower}H{right}"/>',
        f'<text x="{left - 4}" y="{upper + 4}" text-anchor="end">{top:.3g}</text>',
        f'<text x="{left - 4}" y="{lower + 2}" text-anchor="end">{bottom:.3g}</text>',
        f'<text x="{left}" y="{SMALL_HEIGHT - 8}" text-anchor="middle">0</text>',
        f'<text x="{right}" y="{SMALL_HEIGHT - 8}" text-anchor="end">{longest - 1} iterations</text>',
        *(line("thin", share) for share in shares),
        line("thick", middle),
    ]
    svg = f'<svg viewBox="0 0 {SMALL_WIDTH} {SMALL_HEIGHT}" role="img" aria-label="loss of {escape(label)}">'
    return f"<figure><figcaption>{heading}</figcaption>{svg}{''.join(body)}</svg></figure>"


def _axes(x: LogScale, y: LogScale, error_title: str) -> str:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    for tick in x.ticks:
        parts.append(f'<path class="axis" d="M{x(tick):.1f} {TOP}V{bottom}"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>')
    for tick in y.ticks:
        parts.append(f'<path class="axis" d="M{LEFT} {y(tick):.1f}H{right}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    middle = (TOP + bottom) / 2
    parts.append(
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">seconds of the objective</text>'
    )
    turned = f'transform="rotate(-90 14 {middle})"'
    parts.append(f'<text x="14" y="{middle}" text-anchor="middle" {turned}>{escape(error_title)}</text>')
    return "".join(parts)


def _medians(values: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if not values:
        return []
    return [(median(seconds for seconds, _ in values), median(error for _, error in values))]


def _mark(index: int, x: float, y: float, size: float, faint: bool, title: str) -> str:
    color, kind = COLORS[index % len(COLORS)], MARKS[index // len(COLORS) % len(MARKS)]
    style = f'fill="{color}" ' + ('opacity=".45"' if faint else 'stroke="var(--paper)" stroke-width="1.5"')
    told = f"<title>{escape(title)}</title>" if title else ""
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" {style}>{told}</circle>'
    corners = {"square": 4, "diamond": 4, "triangle": 3}[kind]
    turn = math.pi / 4 if kind == "square" else -math.pi / 2
    angles = [turn + 2 * math.pi * corner / corners for corner in range(corners)]
    points = " ".join(
        f"{x + 1.2 * size * math.cos(angle):.1f},{y + 1.2 * size * math.sin(angle):.1f}" for angle in angles
    )
    return f'<polygon points="{points}" {style}>{told}</polygon>'
