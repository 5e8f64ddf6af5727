from __future__ import annotations

import json

import pytest

from benchmarks import large_runs
from camera_estimation.results import read_poses


@pytest.mark.slow
def test_a_made_run_is_one_that_the_commands_take(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(large_runs, "LINKS", 3)
    flags = ["--samples", "5", "--folder", str(tmp_path / "run"), "--output_dir", str(tmp_path / "out")]
    large_runs.main([*flags, "--only", "start after a kill", "evaluate", "merge", "export csv"])
    report = (tmp_path / "out" / "large_runs.md").read_text()
    assert [line.split("|")[1].strip() for line in report.splitlines() if line.startswith("| ")][1:] == [
        "start after a kill",
        "evaluate",
        "merge",
        "export csv",
    ]
    names = [f"sample_{number:06d}" for number in range(5)]
    for folder in ("run", "merged"):
        assert [entry["name"] for entry in read_poses(tmp_path / "run" / folder)] == names
    assert not (tmp_path / "run" / "run" / "poses.jsonl").exists()
    assert len((tmp_path / "run" / "export" / "csv" / "cameras.csv").read_text().splitlines()) == 6
    assert json.loads((tmp_path / "run" / "merged" / "run.json").read_text())["shards"] == 2
    assert report.strip() in capsys.readouterr().out
