"""The curve of an objective over the steps of an estimate, drawn as far as they have come."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from PIL import Image, ImageDraw, ImageFont

from camera_estimation.visualization import FAINT_INK, INK, PAPER

DETAIL = 2  # times as many pixels are drawn as shown, so that lines are smooth
LEFT, RIGHT, TOP, BOTTOM = 74, 18, 44, 48  # margins in shown pixels
LABEL_SIZE = 15
BAND, GRID, LINE = (240, 243, 248), (222, 222, 228), (0, 114, 178)
LOGARITHMIC_FROM = 8.0  # ratio of greatest to least
ROOM = 0.06  # of the range of values, above and below the curve


class LossCurve:
    """``values`` (not all finite, perhaps) of one step each, which belong to ``stages``; ``size`` is in pixels."""

    def __init__(self, values: Sequence[float], stages: Sequence[str], name: str, size: tuple[int, int]) -> None:
        self.values, self.size = values, size
        finite = [value for value in values if math.isfinite(value)] or [0.0]
        self.logarithmic = min(finite) > 0 and max(finite) / min(finite) > LOGARITHMIC_FROM
        low, high = self._scale(min(finite)), self._scale(max(finite))
        room = ROOM * (high - low) or 0.5 * abs(high) or 1.0
        self.low, self.high = low - room, high + room
        self.font = ImageFont.load_default(DETAIL * LABEL_SIZE)
        self._empty = Image.new("RGB", (DETAIL * size[0], DETAIL * size[1]), PAPER)
        draw = ImageDraw.Draw(self._empty)
        self._draw_stages(draw, stages)
        self._draw_axes(draw, name)

    def at(self, step: int) -> Image.Image:
        """Up to and with this step."""
        sheet = self._empty.copy()
        draw = ImageDraw.Draw(sheet)
        points = [(self._x(i), self._y(v)) for i, v in enumerate(self.values[: step + 1]) if math.isfinite(v)]
        if len(points) > 1:
            draw.line(points, LINE, 3 * DETAIL, joint="curve")
        if points:
            (x, y), radius = points[-1], 6 * DETAIL
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), LINE, PAPER, 2 * DETAIL)
        return sheet.resize(self.size, Image.Resampling.BOX)

    def _draw_stages(self, draw: ImageDraw.ImageDraw, stages: Sequence[str]) -> None:
        """A band for each, every second one tinted, with its name, or all but its first word, where there is room."""
        first = 0
        for number, (stage, members) in enumerate(groupby(stages)):
            count = len(list(members))
            left, right = self._x(first - 0.5), self._x(first + count - 0.5)
            left, right = max(left, DETAIL * LEFT), min(right, DETAIL * (self.size[0] - RIGHT))
            if number % 2 == 0:
                draw.rectangle((left, DETAIL * TOP, right, DETAIL * (self.size[1] - BOTTOM)), BAND)
            names = [name for name in (stage, stage.partition(" ")[2]) if self.font.getlength(name) < right - left]
            if names:
                draw.text(((left + right) / 2, DETAIL * (TOP - 4)), names[0], FAINT_INK, self.font, anchor="ms")
            first += count

    def _draw_axes(self, draw: ImageDraw.ImageDraw, name: str) -> None:
        left, right = DETAIL * LEFT, DETAIL * (self.size[0] - RIGHT)
        bottom = DETAIL * (self.size[1] - BOTTOM)
        for value in self._ticks():
            y = self._y(value)
            draw.line((left, y, right, y), GRID, DETAIL)
            draw.text((left - 8 * DETAIL, y), f"{value:.4g}", FAINT_INK, self.font, anchor="rm")
        steps = len(self.values) - 1
        for step in round_numbers(0, max(steps, 1), 6):
            if step == round(step):
                x = self._x(step)
                draw.line((x, bottom, x, bottom + 5 * DETAIL), GRID, DETAIL)
                draw.text((x, bottom + 8 * DETAIL), f"{step:.0f}", FAINT_INK, self.font, anchor="mt")
        draw.line((left, DETAIL * TOP, left, bottom, right, bottom), FAINT_INK, DETAIL)
        draw.text(((left + right) / 2, bottom + 28 * DETAIL), "step", FAINT_INK, self.font, anchor="mt")
        draw.text((DETAIL * 8, DETAIL * 4), name, INK, self.font)

    def _ticks(self) -> list[float]:
        if not self.logarithmic:
            return round_numbers(self.low, self.high, 6)
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        ticks = [lead * 10.0**decade for decade in decades for lead in (1, 2, 5)]
        return [tick for tick in ticks if self.low <= math.log10(tick) <= self.high]

    def _scale(self, value: float) -> float:
        return math.log10(value) if self.logarithmic else value

    def _x(self, step: float) -> float:
        share = (step + 0.5) / max(len(self.values), 1)
        return DETAIL * (LEFT + share * (self.size[0] - LEFT - RIGHT))

    def _y(self, value: float) -> float:
        share = (self._scale(value) - self.low) / (self.high - self.low)
        return DETAIL * (self.size[1] - BOTTOM - share * (self.size[1] - TOP - BOTTOM))


def round_numbers(low: float, high: float, at_most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between ``low`` and ``high``."""
    rough = (high - low) / max(at_most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(lead * power for lead in (1, 2, 5, 10) if lead * power >= rough * (1 - 1e-9))
    return [step * count for count in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
