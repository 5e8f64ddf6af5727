"""Runs on a Ray cluster of this machine, with real processes; their estimates are stubs."""

from __future__ import annotations

import json
import signal
import tempfile
import time

import psutil
import pytest

from camera_estimation.commands.estimate.executors.ray import RayExecutor
from camera_estimation.results.pose_file import read_poses
from tests.support.process_runs import WIDTH, finish, timeless, wait_for, write_samples
from tests.support.stubbed_estimate import finish_at_gate, start_at_gate, start_estimate, wait_for_gate

RAY = ("--executor", "ray", "--workers", "2")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(RayExecutor.missing() is not None, reason=f"{RayExecutor.missing()}"),
]


@pytest.fixture
def inputs(tmp_path):
    return write_samples(tmp_path, 6)


def listed(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_run_whose_worker_is_killed_has_the_files_of_one_without_ray(inputs, tmp_path):
    trap = {"STUB_KILL": str(WIDTH + 1), "STUB_ONCE": str(tmp_path / "once")}
    code, out, err = finish(start_estimate(inputs, 0.1, *RAY, "--json", env=trap))
    assert code == 0, err
    assert (tmp_path / "once").exists()
    assert sorted(json.loads(line)["name"] for line in out.splitlines()) == [f"s{number}" for number in range(6)]
    assert [line for line in err.splitlines() if not line.strip().startswith(("[", "6 ok", "2 of")) and line] == []
    found, names = timeless(inputs / "out"), listed(inputs / "out")
    camera = (inputs / "out" / "s0" / "camera.json").read_text()
    assert "camera-estimate-ray" not in camera
    code, _, err = finish(start_estimate(inputs, 0.0))
    assert "skipping what is finished: 6 of 6" in err  # its inputs are those that Ray's workers had
    (inputs / "out").rename(inputs / "first")
    assert finish(start_estimate(inputs, 0.0))[0] == 0
    assert timeless(inputs / "out") == found
    assert listed(inputs / "out") == names


def test_inputs_may_be_read_where_they_are_and_those_that_fail_are_told(inputs):
    (inputs / "images" / "s1.png").write_bytes(b"none")
    env = {"STUB_COMPILE": "1"}
    process = start_estimate(inputs, 0.1, *RAY, "--ray_inputs", "shared", "--timeout", "20", env=env)
    code, _, err = finish(process)
    assert code == 1, err
    assert err.count("compiling stubs") == 1  # though each worker does it
    failed = [entry for entry in read_poses(inputs / "out") if entry["status"] == "failed"]
    assert [entry["name"] for entry in failed] == ["s1"]
    assert failed[0]["error"].startswith(f"{inputs / 'images' / 's1.png'}: ")
    errors = failed[0]["error"]
    (inputs / "out").rename(inputs / "first")
    code, _, err = finish(start_estimate(inputs, 0.1, *RAY))
    assert [entry["error"] for entry in read_poses(inputs / "out") if entry["error"]] == [errors]


def test_the_first_signal_lets_workers_finish_and_the_second_ends_them(inputs, tmp_path):
    (tmp_path / "temporary").mkdir()
    temporary = {"TMPDIR": str(tmp_path / "temporary"), "RAY_TMPDIR": tempfile.gettempdir()}
    begun = tmp_path / "begun"
    process = start_at_gate(inputs, *RAY)
    wait_for_gate(inputs)
    process.send_signal(signal.SIGTERM)
    code, err = finish_at_gate(process, inputs)
    assert code == 143, err
    done = {entry["name"] for entry in read_poses(inputs / "out")}
    assert 0 < len(done) < 6
    assert f"{6 - len(done)} of 6 samples are left; the same command goes on with them" in err
    process = start_estimate(inputs, 60.0, *RAY, env={**temporary, "STUB_BEGUN": str(begun)})
    children = wait_for(
        lambda: len(found := [child for child in offspring(process) if "StubbedWorker" in named(child)]) == 2 and found
    )
    wait_for(begun.exists)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert (code, time.monotonic() - start < 30) == (130, True), err
    assert not psutil.wait_procs(children, timeout=20)[1]
    wait_for(lambda: not list((tmp_path / "temporary").iterdir()))


def offspring(process):
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def named(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def test_a_cluster_that_cannot_be_reached_is_told_in_a_line(inputs):
    code, _, err = finish(start_estimate(inputs, 0.1, "--executor", "ray", "--ray_address", "127.0.0.1:9"))
    assert code == 2
    assert "--ray_address 127.0.0.1:9: no Ray cluster can be reached there (" in err.splitlines()[-1]
