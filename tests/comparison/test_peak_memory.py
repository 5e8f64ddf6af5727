from __future__ import annotations

import time

import pytest
import torch

from camera_estimation.comparison import _peak_memory as peak_memory
from camera_estimation.comparison._peak_memory import INTERVAL, PeakMemory, resident_bytes

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
