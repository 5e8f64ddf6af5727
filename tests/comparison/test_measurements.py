from __future__ import annotations

import pytest

from camera_estimation.comparison._measurements import NAME, Measurement, Measurements


def test_what_earlier_runs_measured_stays(tmp_path):
    first, second = Measurement(5, 2, (3.0, 1.5)), Measurement(7)
    Measurements(tmp_path).record("l1l2", "spot", first)
    Measurements(tmp_path).record("ssim", "spot", second)
    again = Measurements(tmp_path)
    assert (again.of("l1l2", "spot"), again.of("ssim", "spot")) == (first, second)
    assert again.of("l1l2", "other") == Measurement()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"measured": 3}', '{"measured": {"a": 3}}'])
def test_a_damaged_file_is_as_none(tmp_path, text):
    (tmp_path / NAME).write_text(text)
    assert Measurements(tmp_path).of("l1l2", "spot") == Measurement()
