"""What a run decides about workers of a Ray cluster, with a stand-in for Ray."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from camera_estimation import __version__
from camera_estimation.commands.estimate.executors import _ray_cluster
from camera_estimation.commands.estimate.executors._ray_handle import RayWorker
from camera_estimation.commands.estimate.executors._ray_worker import WorkerDescription
from camera_estimation.commands.estimate.executors.ray import MOST_SAMPLES, RayExecutor, _check_versions
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.configuration import Configuration, ExecutionConfig
from camera_estimation.errors import InputError

NICENESS = "RAY_worker_niceness"


def stand_in(**functions):
    module = ModuleType("ray")
    vars(module).update(functions, __version__="2.60.0")
    return module


def worker(seconds):
    made = object.__new__(RayWorker)
    made.mean_seconds = seconds
    return made


def executor(told, **execution):
    config = replace(Configuration(), execution=ExecutionConfig(executor="ray", **execution))
    return RayExecutor(EstimatePlan(config=config, samples=(), output_dir=Path("out")), told.append)


@pytest.mark.parametrize(
    ("resources", "gpus", "places"),
    [({"CPU": 8}, 0, 8), ({"CPU": 8, "GPU": 2}, 1, 2), ({"CPU": 8, "GPU": 2}, 0.5, 4), ({"CPU": 3, "GPU": 2}, 0.5, 3)],
)
def test_workers_are_as_many_as_there_is_room_for(resources, gpus, places):
    cluster = stand_in(cluster_resources=lambda: resources)
    told: list[str] = []
    assert executor(told, workers=0, gpus_per_worker=float(gpus))._choose_count(cluster, lambda: False) == places
    assert told == [f"{places} of {places} workers that the Ray cluster has room for"]


def test_no_room_and_unused_room_are_told():
    told: list[str] = []
    cluster = stand_in(cluster_resources=lambda: {"CPU": 8})
    with pytest.raises(InputError, match="no room for a worker with 1 CPU and 1 GPU; change --gpus_per_worker"):
        executor(told, gpus_per_worker=1.0)._choose_count(cluster, lambda: False)
    assert executor(told)._choose_count(cluster, lambda: False) == 1
    assert told[-1].endswith("; --workers auto takes all")


def test_other_versions_are_told_with_the_machine():
    same = WorkerDescription(__version__, _ray_cluster.platform.python_version(), 1, "node7")
    _check_versions(same)
    with pytest.raises(InputError, match=r"worker on node7: has camera-estimation 0\.0\.1 .* install the same on all"):
        _check_versions(replace(same, package="0.0.1"))


def test_short_samples_are_sent_together_and_long_ones_alone():
    chosen = executor([], workers=2)
    chosen._count = 2
    samples = {seconds: chosen._choose_samples(worker(seconds), 10000) for seconds in (0.0, 0.001, 0.1, 5.0)}
    assert samples == {0: 1, 0.001: MOST_SAMPLES, 0.1: 20, 5: 1}
    assert chosen._choose_samples(worker(0.001), 9) == 2  # all workers end at the same time


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            RuntimeError("Version mismatch: The cluster was started with: Ray: 2.1"),
            "another version of Ray or Python",
        ),
        (ConnectionError("Could not find any running Ray instance."), "no Ray cluster can be reached there (Could not"),
    ],
)
def test_clusters_that_cannot_be_used_are_told_in_a_line(error, line):
    def fail(**_):
        raise error

    with pytest.raises(InputError) as raised:
        _ray_cluster._connect(stand_in(init=fail), "auto", 1)
    assert line in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_ray_of_this_machine_alone_leaves_no_folder_and_has_workers_of_ordinary_priority(tmp_path, monkeypatch):
    session = tmp_path / "session_1"
    (session / "logs").mkdir(parents=True)
    (tmp_path / "session_latest").symlink_to(session)
    monkeypatch.delenv(_ray_cluster.ADDRESS_VARIABLE, raising=False)
    for variable in _ray_cluster.OWN_RAY:
        monkeypatch.delenv(variable, raising=False)
    seen = []

    def init(address, **options):
        seen.append((address, os.environ[NICENESS]))
        return SimpleNamespace(address_info={"session_dir": str(session)})

    ray = stand_in(init=init, shutdown=lambda: seen.append(session.exists()))
    monkeypatch.setattr(_ray_cluster, "_import_ray", lambda: ray)
    with _ray_cluster.connect_ray(ExecutionConfig(executor="ray")):
        assert session.exists()
    assert seen == [("local", "0"), True]
    assert list(tmp_path.iterdir()) == []


def test_folders_and_priorities_of_a_cluster_are_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv(NICENESS, "7")
    context = SimpleNamespace(address_info={"session_dir": str(tmp_path)})
    ray = stand_in(init=lambda **_: context, shutdown=lambda: None)
    monkeypatch.setattr(_ray_cluster, "_import_ray", lambda: ray)
    with _ray_cluster.connect_ray(ExecutionConfig(executor="ray", ray_address="auto")):
        assert os.environ[NICENESS] == "7"
    assert tmp_path.exists()
