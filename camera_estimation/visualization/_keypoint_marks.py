"""Marks, labels and the legend of keypoints in a picture, and where there is room for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import ImageDraw

from camera_estimation.visualization.comparison import Font

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Color = tuple[int, int, int, int]

EDGE = (0, 0, 0, 235)  # around every mark, so that it shows on bright pictures too
TEXT, PLATE = (255, 255, 255, 255), (20, 20, 24, 180)
DASHES = 8  # of a dashed circle
LEGEND_SHARE = 0.2  # of the picture that the legend may cover
LabeledMark = tuple[str, Color | None, bool]


@dataclass(frozen=True)
class Pen:
    """Draws marks with a dark edge whose circles have one ``radius``; positions are pixels of what is drawn on."""

    draw: ImageDraw.ImageDraw
    radius: float
    font: Font

    @property
    def width(self) -> int:
        return max(1, round(self.radius / 4))

    @property
    def edge(self) -> int:
        """Pixels that a mark's edge stands out on each side."""
        return max(1, round(self.radius / 8))

    def line(self, start: Point, end: Point, color: Color) -> None:
        for width, fill in ((self.width + 2 * self.edge, EDGE), (self.width, color)):
            self.draw.line((*start, *end), fill=fill, width=width)

    def cross(self, center: Point, color: Color, hollow: bool) -> None:
        """A diagonal cross; ``hollow``: only its ends."""
        for width, fill, longer in ((self.width + 2 * self.edge, EDGE, self.edge), (self.width, color, 0)):
            outer = 0.75 * self.radius + 0.7 * longer
            inner = 0.35 * self.radius - 0.7 * longer if hollow else 0.0
            for x, y in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                ends = (center[0] + x * inner, center[1] + y * inner, center[0] + x * outer, center[1] + y * outer)
                self.draw.line(ends, fill=fill, width=width)

    def circle(self, center: Point, color: Color, dashed: bool) -> None:
        step = 360 / DASHES
        for wider, fill in ((self.edge, EDGE), (0, color)):
            reach = self.radius + wider
            box = (center[0] - reach, center[1] - reach, center[0] + reach, center[1] + reach)
            for dash in range(DASHES):
                end = (dash + (0.55 if dashed else 1)) * step
                self.draw.arc(box, dash * step, end, fill=fill, width=self.width + 2 * wider)

    def join(self, cross: Point, circle: Point, color: Color) -> None:
        """A line from a cross to the rim of a circle, if the cross is outside of it."""
        distance = math.dist(cross, circle)
        if distance > self.radius:
            share = 1 - self.radius / distance
            end = (cross[0] + share * (circle[0] - cross[0]), cross[1] + share * (circle[1] - cross[1]))
            self.line(cross, end, color)

    def box_around(self, center: Point) -> Box:
        reach = self.radius + self.edge
        return center[0] - reach, center[1] - reach, center[0] + reach, center[1] + reach

    def label(self, box: Box, text: str, color: Color) -> None:
        """Text on a dark plate."""
        self.draw.rounded_rectangle(box, self.radius / 3, fill=PLATE)
        self.draw.text((box[0] + self.radius / 2, (box[1] + box[3]) / 2), text, color, self.font, anchor="lm")

    def boxes_beside(self, center: Point, text: str) -> list[Box]:
        """Places for a label around a mark, the best first."""
        width, height = self.font.getlength(text) + self.radius, self.line_height
        gap = 1.3 * self.radius
        right, left, centered = center[0] + gap, center[0] - gap - width, center[0] - width / 2
        middle, below, above = center[1] - height / 2, center[1] + gap, center[1] - gap - height
        corners = (
            *((right, middle), (left, middle), (right, below), (right, above)),
            *((left, below), (left, above), (centered, below), (centered, above)),
        )
        return [(x, y, x + width, y + height) for x, y in corners]

    @property
    def line_height(self) -> float:
        top, bottom = self.font.getbbox("Ag")[1::2]
        return 1.5 * (bottom - top)


def freest_box(boxes: Sequence[Box], size: tuple[int, int], taken: Sequence[Box]) -> Box:
    """The box, moved into the picture, that covers least of what is ``taken``; of equals the first."""
    inside = [_shift_inside(box, size) for box in boxes]
    return min(inside, key=lambda box: sum(_common_area(box, other) for other in taken))


def draw_legend(pen: Pen, size: tuple[int, int], rows: Sequence[LabeledMark], taken: Sequence[Box]) -> None:
    """Rows of text, with a cross and a circle before those that have a colour, on a dark plate in the freest corner of
    the picture; only the first row, or none, where that would cover much of it."""
    line, margin = 1.3 * max(pen.line_height, 2 * pen.radius), 0.6 * pen.radius
    indent = 5 * pen.radius
    for shown in (rows, rows[:1]):
        width = max(pen.font.getlength(text) + (indent if color else 0) for text, color, _ in shown) + 2 * pen.radius
        height = len(shown) * line + 2 * margin
        if width <= size[0] and width * height <= LEGEND_SHARE * size[0] * size[1]:
            break
    else:
        return
    corners = [(x, y) for x in (0.0, size[0] - width) for y in (size[1] - height, 0.0)]
    left, top, right, bottom = freest_box([(x, y, x + width, y + height) for x, y in corners], size, taken)
    pen.draw.rectangle((left, top, right, bottom), fill=PLATE)
    for number, (text, color, is_hidden) in enumerate(shown):
        middle = top + margin + (number + 0.5) * line
        if color:
            pen.cross((left + 2 * pen.radius, middle), color, is_hidden)
            pen.circle((left + 4.2 * pen.radius, middle), color, is_hidden)
        pen.draw.text((left + pen.radius + (indent if color else 0), middle), text, TEXT, pen.font, anchor="lm")


def _shift_inside(box: Box, size: tuple[int, int]) -> Box:
    x = max(0.0, min(box[0], size[0] - (box[2] - box[0])))
    y = max(0.0, min(box[1], size[1] - (box[3] - box[1])))
    return x, y, x + box[2] - box[0], y + box[3] - box[1]


def _common_area(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(0.0, width) * max(0.0, height)
