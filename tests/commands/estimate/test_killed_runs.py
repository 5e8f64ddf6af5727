"""Runs that are ended from outside, by real signals to real processes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time

import pytest

from camera_estimation.results.pose_file import read_poses
from tests.support.process_runs import MOST_SECONDS, finish, recorded, timeless, wait_for, write_samples
from tests.support.stubbed_estimate import start_estimate


def relative(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.slow
def test_killed_several_times_and_resumed_it_ends_as_if_it_had_not_been(tmp_path):
    write_samples(tmp_path, 12)
    chance = random.Random(7)
    counts = []
    for _ in range(4):
        process = start_estimate(tmp_path, 0.1)
        before = len(recorded(tmp_path))
        wait_for(lambda before=before: len(recorded(tmp_path)) > before)
        time.sleep(0.3 * chance.random())
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()
        counts.append(len(recorded(tmp_path)))
        assert (tmp_path / "out" / ".lock").exists()
    code, _, err = finish(start_estimate(tmp_path, 0.0))
    assert code == 0, err
    assert f"skipping what is finished: {counts[-1]} of 12;" in err
    assert counts == sorted(set(counts))
    killed = timeless(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "killed")
    assert finish(start_estimate(tmp_path, 0.0))[0] == 0
    assert killed == timeless(tmp_path / "out")
    assert relative(tmp_path / "killed") == relative(tmp_path / "out")
    assert not [name for name in relative(tmp_path / "killed") if "tmp" in name or "lock" in name or "jsonl" in name]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("flags", [(), ("--batch", "2")])
def test_the_first_signal_lets_what_runs_finish(tmp_path, number, code, flags):
    write_samples(tmp_path, 6)
    process = start_estimate(tmp_path, 0.7, *flags)
    wait_for(lambda: recorded(tmp_path))
    process.send_signal(number)
    ended, _, err = finish(process)
    assert ended == code, err
    names = {entry["name"] for entry in read_poses(tmp_path / "out")}
    assert 2 <= len(names) < 6
    assert f"{6 - len(names)} of 6 samples are left; the same command goes on with them" in err
    assert "Traceback" not in err
    assert json.loads((tmp_path / "out" / "run.json").read_text())["interrupted"] is True
    assert not (tmp_path / "out" / ".lock").exists()
    if not flags:
        assert "what runs is finished and written" in err
    ended, _, err = finish(start_estimate(tmp_path, 0.0))
    assert (ended, f"skipping what is finished: {len(names)} of 6;" in err) == (0, True)


@pytest.mark.slow
def test_the_second_signal_ends_it_at_once(tmp_path):
    write_samples(tmp_path, 3)
    process = start_estimate(tmp_path, 60.0)
    wait_for(lambda: (tmp_path / "out" / "run.json").exists())
    time.sleep(0.5)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, time.monotonic() - start < 30) == (130, True)
    assert "3 of 3 samples are left" in err
    assert read_poses(tmp_path / "out") == []
    assert "Traceback" not in err


@pytest.mark.slow
def test_two_runs_into_one_folder_are_kept_apart(tmp_path):
    write_samples(tmp_path, 2)
    first = start_estimate(tmp_path, 60.0)
    wait_for(lambda: (tmp_path / "out" / "run.json").exists())
    code, _, err = finish(start_estimate(tmp_path, 0.0))
    assert code == 2
    assert f"another run writes there (process {first.pid} on " in err
    assert len(err.splitlines()) == 1
    first.kill()
    first.communicate()
    code, out, _ = finish(start_estimate(tmp_path, 0.0, "--json"))
    assert code == 0
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["s0", "s1"]


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--batch", "2"), ("--workers", "2")])
def test_a_run_whose_lines_nobody_reads_ends_after_what_runs(tmp_path, flags):
    write_samples(tmp_path, 9)
    process = start_estimate(tmp_path, 0.3, "--json", *flags)
    assert json.loads(process.stdout.readline())["status"] == "ok"
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(MOST_SECONDS) == 141, err
    assert "stdout: Broken pipe; the run ends after what runs, for nobody reads its lines" in err
    assert "Exception" not in err
    names = {entry["name"] for entry in read_poses(tmp_path / "out")}
    assert 2 <= len(names) < 9
    assert f"{9 - len(names)} of 9 samples are left; the same command goes on with them" in err
    code, _, err = finish(start_estimate(tmp_path, 0.0))
    assert (code, f"skipping what is finished: {len(names)} of 9;" in err) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_results_are_more_than_what_is_said_of_them(tmp_path, flags):
    write_samples(tmp_path, 3)
    process = start_estimate(tmp_path, 0.1, *flags, stderr=subprocess.STDOUT)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(MOST_SECONDS) == 0
    assert len(read_poses(tmp_path / "out")) == 3
    assert not (tmp_path / "out" / ".lock").exists()


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["1", "2", "0 1 2"])
def test_a_run_without_streams_writes_its_results_and_nothing_else(tmp_path, closed):
    write_samples(tmp_path, 1)

    def close():
        for descriptor in map(int, closed.split()):
            os.close(descriptor)

    process = start_estimate(tmp_path, 0.0, stdout=None, stderr=None, preexec_fn=close)
    assert process.wait(MOST_SECONDS) == 0
    assert len(read_poses(tmp_path / "out")) == 1


@pytest.mark.slow
def test_lines_for_a_stdout_that_is_closed_are_refused(tmp_path):
    write_samples(tmp_path, 1)
    process = start_estimate(tmp_path, 0.0, "--json", stdout=None, preexec_fn=lambda: os.close(1))
    code, _, err = finish(process)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "--json writes lines to stdout, which is closed" in err
    assert not (tmp_path / "out").exists()
