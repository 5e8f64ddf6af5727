"""The script that kills runs and their workers, over small samples and estimates that are stubs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.process_runs import write_samples
from tests.support.script_files import load_script
from tests.support.stubbed_estimate import ROOT

kill_runs = load_script("kill_runs")

pytestmark = pytest.mark.slow
SECONDS, SAMPLES = "0.1", 6  # of each estimate


@pytest.fixture
def flags(tmp_path, monkeypatch):
    write_samples(tmp_path, SAMPLES)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(
        kill_runs,
        "run_command",
        lambda flags, folder: [
            *(sys.executable, "-m", "tests.support.stubbed_estimate", SECONDS, *flags),
            *("--output_dir", str(folder), "--device", "cpu", "--no_pictures"),
        ],
    )
    return ["--input_dir", str(tmp_path / "meshes"), "--source_images_dir", str(tmp_path / "images")]


def open_gate_at_the_kill(gate: Path, monkeypatch) -> None:
    """What is left of the run waits until one of its workers, which does no more, is chosen."""
    monkeypatch.setenv("STUB_GATE", str(gate))
    choose = kill_runs.choose_worker

    def choose_and_open(process, chance):
        worker = choose(process, chance)
        worker.suspend()
        gate.touch()
        return worker

    monkeypatch.setattr(kill_runs, "choose_worker", choose_and_open)


def test_a_run_whose_workers_are_killed_is_equal_to_one_of_one_process(flags, tmp_path, capfd, monkeypatch):
    open_gate_at_the_kill(tmp_path / "gate", monkeypatch)
    disturbing = ["--kill", "worker", "--kills", "1", "--most", "1", "--part", "--workers 2"]
    assert kill_runs.main([str(tmp_path / "kills"), *disturbing, *flags]) == 0
    told = capfd.readouterr().out
    assert "1: killed, " in told
    assert f"{tmp_path / 'kills' / 'killed'}: code 0, 6 finished" in told
    assert "\nequal" in told


def test_shards_are_merged_and_equal_to_one_run(flags, tmp_path, capfd):
    parts = ["--kills", "0", "--part", "--threads 1", "--part", "--threads 1"]
    assert kill_runs.main([str(tmp_path / "kills"), *parts, *flags]) == 0
    told = capfd.readouterr().out
    assert f"{tmp_path / 'kills' / 'killed' / 'shard_2_of_2'}: code 0, 3 finished" in told
    assert "merged, code 0" in told
    assert "\nequal" in told


def test_temporary_files_that_stay_are_told(monkeypatch):
    monkeypatch.setattr(kill_runs, "END_SECONDS", 0.0)
    before = os.environ.get("TMPDIR")
    with kill_runs.temporary_files() as folder:
        assert os.environ["TMPDIR"] == str(folder)
        assert kill_runs.list_left_over(folder) == []
        (folder / "left").touch()
        assert kill_runs.list_left_over(folder) == ["a temporary file is left: left"]
    assert not folder.exists()
    assert os.environ.get("TMPDIR") == before
