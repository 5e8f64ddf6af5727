from __future__ import annotations

import math

import numpy as np
import pytest

from camera_estimation.records._loss_curve import LossCurve, round_numbers


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (-0.03, 0.05, [-0.02, 0, 0.02, 0.04])],
)
def test_round_numbers(low, high, expected):
    assert round_numbers(low, high, 6) == pytest.approx(expected)


@pytest.mark.parametrize(
    "values", [[1.0, 0.5, 0.01], [0.3, 0.3, 0.3], [0.0, 0.0, 0.0], [-1.0, 2.0, math.nan], [math.inf] * 3, [1.0]]
)
def test_any_values_can_be_drawn(values):
    curve = LossCurve(values, ["refine 64 px"] * len(values), "l1", (320, 240))
    first, last = (np.asarray(curve.at(step)) for step in (0, len(values) - 1))
    assert first.shape == last.shape == (240, 320, 3)
    if sum(map(math.isfinite, values)) > 1:
        assert (first != last).any()


def test_scale_is_logarithmic_where_values_differ_much():
    assert LossCurve([1.0, 0.01], ["a", "a"], "l1", (320, 240)).logarithmic
    assert not LossCurve([1.0, 0.5], ["a", "a"], "l1", (320, 240)).logarithmic
    assert not LossCurve([1.0, -0.01], ["a", "a"], "l1", (320, 240)).logarithmic
