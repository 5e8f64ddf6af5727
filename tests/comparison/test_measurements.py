from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.comparison.failure import reason_of
from camera_estimation.comparison.measurements import NAME, Measurement, Measurements
from camera_estimation.comparison.peak_memory import PeakMemory, resident_bytes
from camera_estimation.errors import InputError

MEBIBYTE = 2**20


@pytest.mark.skipif(resident_bytes() is None, reason="the system does not tell")
def test_the_peak_is_seen_after_it_is_gone():
    with PeakMemory(torch.device("cpu")) as memory:
        held = np.ones(200 * MEBIBYTE, dtype=np.uint8)
        del held
    assert memory.peak is not None
    assert memory.before is not None
    assert memory.peak - memory.before > 150 * MEBIBYTE


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


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (InputError("no\nweights"), "no weights"),
        (MemoryError(), "not enough memory (MemoryError)"),
        (torch.OutOfMemoryError("CUDA out of memory"), "not enough memory (CUDA out of memory)"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "not enough memory (Default"),
        (KeyError("x"), "internal error: KeyError: 'x'"),
    ],
)
def test_reasons_are_one_line(error, start):
    assert reason_of(error).startswith(start)
    assert "\n" not in reason_of(error)
