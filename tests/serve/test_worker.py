"""The process that estimates: what it makes of tasks, and what the server makes of its death."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from camera_estimation.configuration import Configuration, load_preset, merge_settings, preset_names
from camera_estimation.serve.jobs import EstimatingProcess, WorkerDiedError
from camera_estimation.serve.worker._channel import Channel
from camera_estimation.serve.worker._prepared_meshes import PreparedMeshes, UnusableMeshError
from camera_estimation.serve.worker.loop import TaskLoop, TaskStopped, _first_task
from tests.support.orbits import QUICK
from tests.support.small_samples import write_box, write_disc

# Says that it is ready, then echoes tasks; what "die", "hang" and "wait" ask for it does.
ECHO = """
import json, os, sys, time
settings = json.loads(sys.stdin.readline())
print(json.dumps({"unusable": settings["refuse"]} if settings.get("refuse") else {"ready": True}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    if task.get("die"):
        os.kill(os.getpid(), task["die"])
    if task.get("leave") is not None:
        sys.exit(task["leave"])
    if "stop" in task:
        print(json.dumps({"problem": "it was left off", "status": 503}), flush=True)
        continue
    print(json.dumps({"stage": "search", "loss": 0.5}), flush=True)
    if not task.get("wait"):
        print(json.dumps({"result": task, "memory_bytes": 123}), flush=True)
"""


def echoing(**settings: Any) -> EstimatingProcess:
    return EstimatingProcess(settings, (sys.executable, "-c", ECHO))


def test_a_process_is_started_once_and_answers_in_order():
    async def use() -> None:
        worker, told = echoing(), []
        for number in range(3):
            answer = await worker.run({"number": number}, lambda *stage: told.append(stage))
            assert answer["result"] == {"number": number}
        assert told == [("search", 0.5)] * 3
        assert (worker.starts, worker.memory_bytes, worker.ready) == (1, 123, True)
        await worker.end()
        assert not worker.ready

    asyncio.run(use())


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("task", "how"),
    [
        ({"die": 9}, "it was ended by signal 9, as systems do that are short of memory"),
        ({"die": 11}, "it was ended by signal 11"),
        ({"leave": 3}, "it ended with exit code 3"),
    ],
)
def test_a_process_that_dies_is_followed_by_another(task, how):
    async def use() -> None:
        worker = echoing()
        with pytest.raises(WorkerDiedError) as died:
            await worker.run(task, lambda *stage: None)
        assert str(died.value) == how
        assert (await worker.run({"next": 1}, lambda *stage: None))["result"] == {"next": 1}
        assert worker.starts == 2
        await worker.end()

    asyncio.run(use())


def test_a_process_leaves_off_or_is_ended():
    async def use() -> None:
        worker = echoing()
        work = asyncio.create_task(worker.run({"wait": True}, lambda *stage: None))
        await asyncio.sleep(0.3)
        await worker.interrupt()
        assert (await work)["problem"] == "it was left off"
        work = asyncio.create_task(worker.run({"wait": True}, lambda *stage: None))
        await asyncio.sleep(0.1)
        await worker.kill()
        with pytest.raises(WorkerDiedError):
            await work
        await worker.end()

    asyncio.run(use())


def test_settings_that_cannot_be_used_are_told():
    async def use() -> None:
        worker = echoing(refuse="no such device")
        with pytest.raises(WorkerDiedError, match="no such device"):
            await worker.start()
        assert worker.unusable == "no such device"

    asyncio.run(use())


class PretendedChannel(Channel):
    """To nobody."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.stopping = threading.Event()

    def send(self, **values: Any) -> None:
        self.sent.append(json.loads(json.dumps(values, allow_nan=False)))


@pytest.fixture
def loop() -> TaskLoop:
    return TaskLoop(PretendedChannel(), PreparedMeshes(2, 1000))


@pytest.fixture
def task(tmp_path) -> dict[str, Any]:
    files = {"mesh": str(write_box(tmp_path / "m" / "box.glb")), "picture": str(write_disc(tmp_path / "p" / "a.png"))}
    names = {"mesh": "sent.glb", "picture": "sent.png", "mask": None, "sample": "mine"}
    given = {"mask": None, "intrinsics": None, "focal_length": None, "render": None, "mesh_id": "1"}
    return {"kind": "estimate", "config": json.loads(json.dumps(QUICK.to_dict())), "names": names, **files, **given}


def test_an_estimate_is_what_poses_json_has(loop, task, tmp_path):
    from camera_estimation.results import read_poses
    from camera_estimation.results.pose_file import PoseFile

    render = tmp_path / "render.png"
    answer = loop.answer({**task, "focal_length": 70.0, "render": str(render)})
    pose = answer["result"]["pose"]
    assert (pose["name"], pose["mesh"], pose["image"], pose["status"]) == ("mine", "sent.glb", "sent.png", "ok")
    assert pose["fx"] == pytest.approx(70.0)
    assert pose["cx"] == pytest.approx(24.0)
    assert render.read_bytes().startswith(b"\x89PNG")
    PoseFile(tmp_path, ["mine"]).record(pose)
    (kept,) = read_poses(tmp_path)
    assert {**kept, "mesh": "sent.glb", "image": "sent.png"} == json.loads(json.dumps(pose))
    assert {"stage": "preparing the mesh", "loss": None} in loop.channel.sent


def test_the_same_estimate_is_made_by_the_library(loop, task, tmp_path):
    from camera_estimation import CameraEstimator, load_mesh, load_source_image

    pose = loop.answer(task)["result"]["pose"]
    again = loop.answer(task)["result"]["pose"]
    own = CameraEstimator(load_mesh(task["mesh"]), QUICK).estimate(load_source_image(task["picture"]))
    assert pose["world_to_camera"] == again["world_to_camera"]
    assert pose["world_to_camera"] == own.to_dict()["world_to_camera"]


def test_what_cannot_be_used_is_told_by_the_clients_names(loop, task, tmp_path):
    (tmp_path / "b").mkdir()
    broken = tmp_path / "b" / "broken.glb"
    broken.write_bytes(b"no mesh at all")
    answer = loop.answer({**task, "mesh": str(broken), "mesh_id": "2"})
    assert (answer["status"], answer["unusable_mesh"]) == (422, True)
    assert answer["problem"].startswith("broken.glb: ")
    answer = loop.answer({**task, "intrinsics": str(broken)})
    assert answer["status"] == 422
    assert answer["problem"].startswith("broken.glb: ")
    assert "unusable_mesh" not in answer
    few = TaskLoop(PretendedChannel(), PreparedMeshes(2, faces=3)).answer({**task, "kind": "prepare"})
    assert few["status"] == 413
    assert few["problem"] == "box.glb: has 12 faces, more than the 3 that are taken here; simplify it"


def test_what_nobody_foresaw_and_a_lack_of_memory_are_told(loop, task, monkeypatch):
    def fail(*args):
        raise error

    monkeypatch.setattr("camera_estimation.serve.worker._tasks.do_task", fail)
    error: BaseException = RuntimeError("unforeseen")
    assert loop.answer(task) == {"problem": "internal error: RuntimeError: unforeseen", "status": 500}
    error = MemoryError()
    answer = loop.answer(task)
    assert answer["status"] == 503
    assert answer["problem"].startswith("the server is short of memory: ")
    error = TaskStopped()
    assert loop.answer(task) == {"problem": "it was left off", "status": 503}


def test_an_estimate_is_left_off_at_its_next_stage(loop, task):
    loop.channel.stopping.set()
    assert loop.answer(task)["problem"] == "it was left off"


def test_the_last_meshes_are_kept_prepared(task, monkeypatch):
    made = []
    meshes = PreparedMeshes(2, 1000)

    def make(path, config):
        made.append(config)
        return SimpleNamespace(with_loss=lambda loss: "the same with another objective")

    monkeypatch.setattr(meshes, "_make", make)
    one, path = meshes.estimator("a", Path("a"), QUICK), Path("a")
    assert meshes.estimator("a", path, QUICK) is one
    other = replace(QUICK, loss=replace(QUICK.loss, name="l1l2"))
    assert meshes.estimator("a", path, other) == "the same with another objective"
    assert len(made) == 1
    meshes.estimator("a", path, replace(QUICK, seed=3))
    meshes.estimator("b", path, QUICK)
    meshes.estimator("c", path, QUICK)
    assert [*meshes._kept] == ["b", "c"]
    meshes.forget()
    assert not meshes._kept


def test_meshes_that_are_none_are_unusable(tmp_path):
    with pytest.raises(UnusableMeshError, match="no such"):
        PreparedMeshes(1, 9).estimator("a", tmp_path / "no.glb", QUICK)


@pytest.mark.parametrize("preset", [*preset_names(), *(f"models/{name}" for name in preset_names("models"))])
def test_settings_are_the_same_after_they_were_sent(preset):
    config = load_preset(preset)
    sent = json.loads(json.dumps(config.to_dict()))
    assert merge_settings(Configuration(), sent) == config


def test_the_limits_of_the_server_hold_in_the_process_that_estimates(loop, task, own_limits):
    own_limits()  # those of before come back after the test
    answer = loop.answer({**task, "config": {**task["config"], "limits": {"faces": 7}}, "kind": "prepare"})
    assert (answer["status"], answer["unusable_mesh"]) == (422, True)
    assert answer["problem"].startswith("box.glb: has 12 triangles, more than limits.faces = 7; ")
    settings = {"config": {**task["config"], "limits": {"faces": 7}}, "warms_up": False}
    assert "limits" not in _first_task(settings)["config"]  # the packaged example is no stranger's


@pytest.mark.slow
def test_fewer_faces_than_the_packaged_example_has_are_a_limit_as_any_other(task):
    async def use() -> None:
        settings = {"prepared": 1, "faces": 3, "warms_up": False, "config": Configuration(device="cpu").to_dict()}
        worker = EstimatingProcess(settings)
        answer = await worker.run({**task, "kind": "prepare"}, lambda *stage: None)
        assert (answer["status"], answer["unusable_mesh"]) == (413, True)
        await worker.end()

    asyncio.run(use())


@pytest.mark.slow
def test_what_is_compiled_at_the_first_start_is_in_the_log_of_the_server(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("WARP_CACHE_PATH", str(tmp_path))

    async def use() -> None:
        settings = {"prepared": 1, "faces": 10**6, "warms_up": True, "config": Configuration(device="cpu").to_dict()}
        worker = EstimatingProcess(settings)
        await worker.start()
        await worker.end()

    asyncio.run(use())
    assert capfd.readouterr().err.count("compiling the drawing of meshes for this machine") == 1
    asyncio.run(use())
    assert "compiling" not in capfd.readouterr().err
