"""The benchmarks of whole programs: how often they run what, with pretended programs."""

from __future__ import annotations

import json
import time

import pytest

from benchmarks import start_up, two_runs


@pytest.fixture
def programs(monkeypatch):
    """The arguments of all that are started, each of which takes a second."""
    started = []

    def take_a_second(arguments):
        started.append(list(arguments))
        if arguments[1] == start_up.FOLLOWED:
            now = time.time()
            with open(arguments[2], "w") as file:
                json.dump({"python": now + 1, "estimate and files": now + 3}, file)
        return 1.0

    monkeypatch.setattr(start_up, "process_seconds", take_a_second)
    return started


@pytest.mark.parametrize(("flags", "repeats"), [(["--quick"], 1), (["--repeats", "3"], 3)])
def test_starting_is_measured_as_often_as_is_asked(programs, tmp_path, flags, repeats):
    start_up.main([*flags, "--output_dir", str(tmp_path)])
    followed = [arguments for arguments in programs if arguments[1] == start_up.FOLLOWED]
    assert len(followed) == repeats + 1
    assert followed[0][3] == "--demo"
    assert len(programs) - len(followed) == repeats * len(start_up.IMPORTED)
    report = (tmp_path / "start_up.md").read_text()
    assert "| the command line | 1 |" in report
    assert "| estimate and files | 2 |" in report
    assert {path.name for path in tmp_path.iterdir()} == {"start_up.md", "imports.csv", "parts.csv"}


def test_other_flags_are_those_of_the_command(programs, tmp_path):
    start_up.main(["--quick", "--output_dir", str(tmp_path), "--pairs", "a.csv", "--quiet", "--out", "b"])
    assert programs[-1][3:8] == ["--pairs", "a.csv", "--quiet", "--out", "b"]


@pytest.mark.parametrize(("flags", "images"), [(["--quick"], two_runs.QUICK_IMAGES), (["--images", "3"], 3)])
def test_runs_at_once_are_compared_with_one(monkeypatch, tmp_path, flags, images):
    commands = []

    def take_seconds(arguments, count, folder):
        commands.append(list(arguments))
        return 2.0 * count

    monkeypatch.setattr(two_runs, "estimate_at_once", take_seconds)
    two_runs.main([*flags, "--pairs", "a.csv", "--output_dir", str(tmp_path)])
    first, *others = commands
    assert first[-2:] == ["--max_samples", "1"]
    for command in others:
        assert command == ["--pairs", "a.csv", "--max_samples", str(images), "--threads", "0"]
    report = (tmp_path / "two_runs.md").read_text()
    assert "| one run | 2 | 1 |" in report
    assert "| two at once | 4 | 2 |" in report


def test_made_pairs_are_as_many_as_images(tmp_path):
    assert len(two_runs.write_made_pairs(tmp_path, 1).read_text().splitlines()) == 2
