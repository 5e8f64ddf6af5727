"""The benchmark of many samples through Ray: what it makes of the lines of a run."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

from benchmarks import ray

PRETEND = """
import json, time
for number in range({lines}):
    time.sleep(0.005)
    print(json.dumps({{"name": f"s{{number}}"}}), flush=True)
time.sleep(1)
raise SystemExit({code})
"""


@pytest.fixture
def pretend(monkeypatch):
    """Runs that only print so many lines."""

    def choose(lines, code=0):
        def estimate_process(seconds, flags, folder, **options):
            options.pop("env")
            return subprocess.Popen(
                [sys.executable, "-c", PRETEND.format(lines=lines, code=code)], text=True, **options
            )

        monkeypatch.setattr(ray, "estimate_process", estimate_process)

    return choose


def test_a_row_is_of_the_samples_since_the_row_before(pretend, tmp_path):
    pretend(40)
    rows = ray.measure_run("Ray", tmp_path / "table.csv", tmp_path, [], [20, 39])
    assert [(row["case"], row["samples"]) for row in rows] == [("Ray", 20), ("Ray", 39)]
    for row in rows:
        assert row["wall_ms"] > 5
        assert 0 <= row["processor_ms"] < row["wall_ms"]
        assert row["memory_mb"] > 1


@pytest.mark.parametrize(("lines", "code"), [(10, 0), (40, 1)])
def test_a_run_that_loses_samples_is_told(pretend, tmp_path, lines, code):
    pretend(lines, code)
    with pytest.raises(SystemExit, match=f"error: Ray: code {code} after {lines} samples"):
        ray.measure_run("Ray", tmp_path / "table.csv", tmp_path, [], [20, 39])


def test_samples_are_pictures_of_some_meshes(tmp_path):
    with ray.write_samples(tmp_path, 45).open() as file:
        rows = list(csv.DictReader(file))
    assert len({row["image"] for row in rows}) == 45
    assert len({row["mesh"] for row in rows}) == ray.MESHES


def test_done_are_those_that_poses_json_has(tmp_path):
    statuses = {"a": "ok", "b": "failed", "c": "ok"}
    entries = [{"name": name, "status": status} for name, status in statuses.items()]
    (tmp_path / "poses.json").write_text(json.dumps({"poses": entries}))
    assert ray.count_done(tmp_path) == 2
