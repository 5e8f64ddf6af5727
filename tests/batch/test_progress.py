"""What a run says while it works."""

from __future__ import annotations

from threading import Thread

import pytest

from camera_estimation.batch import progress
from camera_estimation.batch.progress import RunProgress


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_without_a_bar_it_tells_after_a_while_what_it_is_at(clock, capsys):
    told = RunProgress(1, 0)
    told.start("spot")
    told.stage("search", None)
    assert capsys.readouterr().err == ""
    clock[0] = 21.0
    told.stage("refine random starts 17 to 32 of 64", None)
    told.stage("refine", 0.25)
    assert capsys.readouterr().err == "spot: refine random starts 17 to 32 of 64 ...\n"
    clock[0] = 42.0
    told.stage("refine", 0.25)
    assert capsys.readouterr().err == "spot: refine, loss 0.25 ...\n"


def test_a_quiet_run_stays_quiet(clock, capsys):
    told = RunProgress(1, 0, quiet=True)
    clock[0] = 100.0
    told.stage("search", None)
    assert capsys.readouterr().err == ""


def test_each_thread_tells_of_its_own_sample(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SILENT_SECONDS", -1.0)
    told = RunProgress(2, 0)
    told.begin("first")
    other = Thread(target=told.begin, args=("second",))
    other.start()
    other.join()
    told.stage("search", None)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["first: loading ...", "second: loading ...", "first: search ..."]
