"""Runs with worker processes, which are real ones; their estimates are stubs."""

from __future__ import annotations

import json
import os
import random
import signal
import time

import psutil
import pytest

from camera_estimation.results.pose_file import read_poses
from tests.support.process_runs import WIDTH, finish, recorded, wait_for, write_samples
from tests.support.stubbed_estimate import finish_at_gate, start_at_gate, start_estimate, wait_for_gate

pytestmark = pytest.mark.slow


@pytest.fixture
def inputs(tmp_path):
    return write_samples(tmp_path, 5)


def workers_of(process):
    try:
        children = psutil.Process(process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


def statuses(folder):
    return {entry["name"]: entry["status"] for entry in read_poses(folder / "out")}


def left_over(folder):
    return [path.name for path in (folder / "out").rglob("*") if path.name.endswith((".tmp", ".lock", ".jsonl"))]


def test_the_files_are_those_of_a_run_without_workers(inputs):
    code, out, err = finish(start_estimate(inputs, 0.1, "--workers", "2", "--json"))
    assert code == 0, err
    assert sorted(json.loads(line)["name"] for line in out.splitlines()) == [f"s{number}" for number in range(5)]
    assert "[5/5] s" in err
    timeless = [{**entry, "seconds": None} for entry in read_poses(inputs / "out")]
    names = sorted(path.relative_to(inputs / "out").as_posix() for path in (inputs / "out").rglob("*"))
    (inputs / "out").rename(inputs / "first")
    assert finish(start_estimate(inputs, 0.0))[0] == 0
    assert [{**entry, "seconds": None} for entry in read_poses(inputs / "out")] == timeless
    assert sorted(path.relative_to(inputs / "out").as_posix() for path in (inputs / "out").rglob("*")) == names


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_is_compiled_is_told_once_before_the_first_sample_ends(inputs, workers):
    flags, env = ("--workers", workers, "--json"), {"STUB_COMPILE": "1"}
    code, out, err = finish(start_estimate(inputs, 0.2, *flags, env=env))
    assert (code, len(out.splitlines())) == (0, 5), err
    assert err.count("compiling stubs") == 1
    assert err.index("compiling stubs") < err.index("[1/5]")
    code, out, err = finish(start_estimate(inputs, 0.0, *flags, "--overwrite", "--quiet", env=env))
    assert (code, len(out.splitlines()), err) == (0, 5, "")


def test_a_sample_whose_worker_is_killed_is_tried_again(inputs, tmp_path):
    trap = {"STUB_KILL": str(WIDTH + 1), "STUB_ONCE": str(tmp_path / "once")}
    code, _, err = finish(start_estimate(inputs, 0.1, "--workers", "2", env=trap))
    assert (code, set(statuses(inputs).values())) == (0, {"ok"}), err
    assert not left_over(inputs)


def test_a_sample_that_kills_two_workers_fails_and_the_others_go_on(inputs):
    code, _, err = finish(start_estimate(inputs, 0.1, "--workers", "2", env={"STUB_KILL": str(WIDTH + 1)}))
    assert code == 1
    assert statuses(inputs) == {"s0": "ok", "s1": "failed", "s2": "ok", "s3": "ok", "s4": "ok"}
    assert "FAILED s1: its worker was killed by SIGKILL twice: look for a lack of memory" in err
    failures = json.loads((inputs / "out" / "failures.json").read_text())["failures"]
    assert [failure["name"] for failure in failures] == ["s1"]
    code, _, err = finish(start_estimate(inputs, 0.0, "--workers", "2", "--retry_failed"))
    assert (code, set(statuses(inputs).values())) == (0, {"ok"}), err


@pytest.mark.parametrize("flags", [("--workers", "2"), ()])
def test_a_sample_that_hangs_is_ended_by_the_timeout(inputs, flags):
    process = start_estimate(inputs, 0.1, "--timeout", "8", *flags, env={"STUB_HANG": str(WIDTH + 2)})
    code, _, err = finish(process)
    assert code == 1
    assert statuses(inputs) == {"s0": "ok", "s1": "ok", "s2": "failed", "s3": "ok", "s4": "ok"}
    assert "FAILED s2: took more than 8 s and was ended: allow it more by --timeout" in err


def test_workers_end_with_the_run_that_is_killed(inputs):
    process = start_estimate(inputs, 60.0, "--workers", "2")
    workers = wait_for(lambda: len(found := workers_of(process)) == 2 and found)
    process.kill()
    process.communicate()
    psutil.wait_procs(workers, timeout=20)
    assert not [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]


def test_killed_several_times_and_resumed_it_ends_as_if_it_had_not_been(inputs):
    write_samples(inputs, 12)
    chance = random.Random(3)
    for _ in range(3):
        process = start_estimate(inputs, 0.3, "--workers", "2")
        before = len(recorded(inputs))
        wait_for(lambda before=before: len(recorded(inputs)) > before)
        time.sleep(0.4 * chance.random())
        workers = workers_of(process)
        process.kill()
        process.communicate()
        psutil.wait_procs(workers, timeout=20)
        assert len(recorded(inputs)) < 12
    code, _, err = finish(start_estimate(inputs, 0.0, "--workers", "2"))
    assert code == 0, err
    killed = [{**entry, "seconds": None} for entry in read_poses(inputs / "out")]
    names = sorted(path.relative_to(inputs / "out").as_posix() for path in (inputs / "out").rglob("*"))
    (inputs / "out").rename(inputs / "killed")
    assert finish(start_estimate(inputs, 0.0))[0] == 0
    assert [{**entry, "seconds": None} for entry in read_poses(inputs / "out")] == killed
    assert sorted(path.relative_to(inputs / "out").as_posix() for path in (inputs / "out").rglob("*")) == names


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_first_signal_lets_workers_finish_their_samples(inputs, number, code):
    process = start_at_gate(inputs, "--workers", "2", start_new_session=True)
    wait_for_gate(inputs)
    before = len(recorded(inputs))
    os.killpg(process.pid, number)  # to workers too, as a terminal does
    ended, err = finish_at_gate(process, inputs)
    assert ended == code, err
    done = set(statuses(inputs))
    assert before < len(done) < 5
    assert f"{5 - len(done)} of 5 samples are left; the same command goes on with them" in err
    assert not left_over(inputs)
    assert finish(start_estimate(inputs, 0.0, "--workers", "2"))[0] == 0
    assert set(statuses(inputs).values()) == {"ok"}


def test_the_second_signal_ends_workers_at_once(inputs):
    begun = inputs / "begun"
    process = start_estimate(inputs, 60.0, "--workers", "2", env={"STUB_BEGUN": str(begun)})
    wait_for(begun.exists)
    workers = wait_for(lambda: len(found := workers_of(process)) == 2 and found)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, time.monotonic() - start < 30) == (130, True), err
    assert not [worker for worker in workers if worker.is_running()]
    assert not left_over(inputs)
