"""Which processors may be used: of control groups as files, of the load as a process of our own makes it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from camera_estimation.io import processors
from camera_estimation.io.processors import FreeProcessors, ProcessorQuota, find_quota, usable_processors


@pytest.fixture
def groups(tmp_path):
    """Writes files of control groups; gives what ``find_quota`` finds in them."""

    def find(membership, **files):
        (tmp_path / "cgroup").write_text(membership)
        for name, text in files.items():
            path = tmp_path / "fs" / name.replace("__", "/").replace("cpu_", "cpu.")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return find_quota(tmp_path / "cgroup", tmp_path / "fs")

    return find


def test_the_tightest_quota_of_a_group_and_those_above_it(groups):
    quota = groups(
        "0::/a/b\n",
        **{"a__cpu_max": "150000 100000\n", "a__b__cpu_max": "max 100000\n", "a__cpu_stat": "usage_usec 2500000\n"},
    )
    assert quota.processors == 1.5
    assert quota.used_seconds() == 2.5


def test_the_older_kind_of_groups(groups):
    files = {"cpu__docker__cpu_cfs_quota_us": "200000\n", "cpu__docker__cpu_cfs_period_us": "100000\n"}
    quota = groups("3:cpuset:/\n1:cpu,cpuacct:/docker\n0::/\n", **files)
    assert quota.processors == 2
    assert quota.used_seconds() is None


def test_a_container_that_names_its_path_outside_of_it(groups):
    files = {"cpu__cpu_cfs_quota_us": "50000\n", "cpu__cpu_cfs_period_us": "100000\n"}
    assert groups("1:cpu:/docker/0123\n", **files).processors == 0.5


@pytest.mark.parametrize("limit", ["max 100000\n", "", "nonsense\n"])
def test_no_quota(groups, limit):
    assert groups("0::/\n", cpu_max=limit) is None
    assert find_quota(processors.Path("/nowhere/cgroup"), processors.Path("/nowhere")) is None


def test_usable_processors_are_those_that_the_process_is_bound_to(monkeypatch, tmp_path):
    monkeypatch.setattr(processors, "find_quota", lambda: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 3, 5}, raising=False)
    assert usable_processors() == 3
    monkeypatch.setattr(processors, "find_quota", lambda: ProcessorQuota(1.5, tmp_path))
    assert usable_processors() == 1.5


@pytest.fixture
def clock(monkeypatch, tmp_path):
    """Time, and seconds that were used: by all, by us, by our group."""
    now = {"time": 0.0, "all": 0.0, "own": 0.0, "group": 0.0}
    monkeypatch.setattr(processors.time, "monotonic", lambda: now["time"])
    monkeypatch.setattr(processors.time, "process_time", lambda: now["own"])
    monkeypatch.setattr(processors, "_busy_seconds", lambda _: now["all"])
    monkeypatch.setattr(processors, "_bound_processors", lambda: list(range(8)))
    monkeypatch.setattr(processors, "find_quota", lambda: None)
    monkeypatch.setattr(ProcessorQuota, "used_seconds", lambda self: now["group"])
    return now


def test_what_others_use_is_not_free_and_what_we_use_is(clock):
    free = FreeProcessors()
    assert free.look() is None  # just now
    clock.update(time=2.0, all=10.0, own=4.0)
    assert free.look() == 5.0
    clock.update(time=4.0, all=14.0, own=8.0)
    assert free.look() == 8.0


def test_others_of_the_group_share_its_quota(clock, monkeypatch, tmp_path):
    monkeypatch.setattr(processors, "find_quota", lambda: ProcessorQuota(4.0, tmp_path))
    free = FreeProcessors()
    clock.update(time=1.0, all=3.0, own=1.0, group=2.5)
    assert free.look() == 2.5


@pytest.mark.slow
def test_a_process_that_computes_is_seen():
    """Other programs may compute here too, so that only what it takes away at least is certain."""
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        free = FreeProcessors()
        time.sleep(0.5)
        assert free.look() < len(processors._bound_processors()) - 0.3
    finally:
        busy.kill()
        busy.wait()
