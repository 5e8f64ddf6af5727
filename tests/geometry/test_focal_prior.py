from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from camera_estimation.geometry import FocalPrior


@given(st.floats(1, 150), st.floats(0.01, 40))
def test_degrees_come_back(fov_deg, deviation_deg):
    prior = FocalPrior.from_degrees(fov_deg, deviation_deg, "exif")
    assert prior.fov_deg == pytest.approx(fov_deg)
    assert prior.deviation_deg == pytest.approx(deviation_deg)


def test_a_small_deviation_is_the_difference_that_it_makes():
    prior = FocalPrior.from_degrees(50.0, 0.01, "exif")
    assert math.tan(math.radians(50.01) / 2) - prior.tan_half_fov == pytest.approx(prior.deviation, rel=1e-3)
