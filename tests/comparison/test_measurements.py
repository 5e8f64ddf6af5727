from __future__ import annotations

import time

import pytest
import torch

from camera_estimation.comparison import peak_memory
from camera_estimation.comparison.failure import reason_of
from camera_estimation.comparison.measurements import NAME, Measurement, Measurements
from camera_estimation.comparison.peak_memory import INTERVAL, PeakMemory, resident_bytes
from camera_estimation.errors import InputError

MEBIBYTE = 2**20


def test_the_peak_is_seen_after_it_is_gone(monkeypatch):
    resident = [100]
    monkeypatch.setattr(peak_memory, "resident_bytes", lambda: resident[-1])
    with PeakMemory(torch.device("cpu")) as memory:
        resident.append(500)
        time.sleep(10 * INTERVAL)
        resident.append(200)
    assert (memory.before, memory.peak) == (100, 500)


def test_where_the_system_does_not_tell_nothing_is_known(monkeypatch, tmp_path):
    monkeypatch.setattr(peak_memory, "STATM", tmp_path / "absent")
    with PeakMemory(torch.device("cpu")) as memory:
        pass
    assert (memory.before, memory.peak) == (None, None)


@pytest.mark.skipif(not peak_memory.STATM.exists(), reason="the system does not tell")
def test_this_process_takes_more_than_a_mebibyte():
    assert resident_bytes() > MEBIBYTE


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
