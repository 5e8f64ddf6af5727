from __future__ import annotations

import re

import pytest

from camera_estimation.comparison.page._charts import LogScale, Points, loss_curve_chart, scatter_chart
from camera_estimation.comparison.page.report import templates


def draw(name, chart):
    return getattr(templates().get_template("charts.html").module, name)(chart)


def test_logarithmic_axes_have_round_ticks():
    scale = LogScale([0.1, 10.0], 0, 100)
    assert scale(1.0) == pytest.approx(50)
    assert scale.ticks == [0.1, 0.2, 0.5, 1, 2, 5, 10]
    assert LogScale([3.0], 0, 100)(3.0) == pytest.approx(50)


def test_every_point_is_drawn_within_the_chart():
    drawing = draw("scatter", scatter_chart([Points("<a>", [(0.1, 5.0), (2.0, 0.001)]), Points("none", [])], "error"))
    marks = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawing)
    assert len(marks) == 2 + 1 + 2  # samples, their median, the legend
    assert all(0 <= float(x) <= 720 and 0 <= float(y) <= 400 for x, y in marks)
    assert "<a>" not in drawing


def test_curves_are_shares_of_the_first_loss():
    drawing = draw("loss_curves", loss_curve_chart("l1l2", [(4.0, 2.0, 1.0), (2.0, 2.0), ()]))
    assert drawing.count("<polyline") == 3
    assert ">0.25<" in drawing
    assert "2 iterations" in drawing
    assert "no iterations" in draw("loss_curves", loss_curve_chart("l1l2", []))
