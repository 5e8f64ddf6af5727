from __future__ import annotations

import pytest

from camera_estimation.comparison._measurements import JOURNAL_NAME, NAME, Measurement, Measurements


def test_what_earlier_runs_measured_stays(tmp_path):
    first, second = Measurement(5, 2, (3.0, 1.5)), Measurement(7)
    for objective, measurement in (("l1l2", first), ("ssim", second)):
        measurements = Measurements(tmp_path)
        measurements.record(objective, "spot", measurement)
        measurements.close()
    again = Measurements(tmp_path)
    assert (again.of("l1l2", "spot"), again.of("ssim", "spot")) == (first, second)
    assert again.of("l1l2", "other") == Measurement()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"measured": 3}', '{"measured": {"a": 3}}'])
def test_a_damaged_file_is_as_none(tmp_path, text):
    (tmp_path / NAME).write_text(text)
    assert Measurements(tmp_path).of("l1l2", "spot") == Measurement()


def test_what_was_measured_before_a_kill_is_there_afterwards(tmp_path):
    Measurements(tmp_path).record("l1l2", "a", Measurement(5, 2, (3.0,)))
    with (tmp_path / JOURNAL_NAME).open("a") as stream:
        stream.write('"odd"\n["l1l2", "b"')  # a damaged line, and one that the kill has cut off
    assert not (tmp_path / NAME).exists()
    again = Measurements(tmp_path)
    assert again.of("l1l2", "a") == Measurement(5, 2, (3.0,))
    again.record("l1l2", "b", Measurement(7))
    again.close()
    assert not (tmp_path / JOURNAL_NAME).exists()
    assert Measurements(tmp_path).of("l1l2", "b") == Measurement(7)
