"""Files of samples on their way to other machines and back, without Ray."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from camera_estimation.commands.estimate._worker import SampleOutcome
from camera_estimation.commands.estimate.executors._file_sender import FileSender
from camera_estimation.commands.estimate.executors._ray_worker import RemoteWorker
from camera_estimation.commands.estimate.executors._returned_files import keep_files
from camera_estimation.commands.estimate.executors._sent_files import ReturnedSample
from camera_estimation.commands.estimate.executors._worker_files import ABANDONED_SECONDS, PREFIX, WorkerFiles
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.work import WorkedSample, work_of
from camera_estimation.commands.estimate.work_queue import WorkPiece, WorkQueue
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, pair_by_name
from camera_estimation.io import lock_folder

OBJ = "mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"


@pytest.fixture
def store():
    return []


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """With relative paths, a mesh of three files, and a mask in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    for name in ("meshes", "images", "masks", "temporary"):
        Path(name).mkdir()
    Path("meshes/a.obj").write_text(OBJ)
    Path("meshes/a.mtl").write_text("newmtl m\nmap_Kd wood.png\n")
    for path in ("meshes/wood.png", "images/a.png", "masks/a.png", "images/stranger.png", "secret.txt"):
        Path(path).write_bytes(path.encode())
    samples = pair_by_name(Path("meshes"), Path("images")).samples
    assert [sample.name for sample in samples] == ["a"]
    config = Configuration(pictures="none")
    return EstimatePlan(config=config, samples=samples, output_dir=Path("out"), images=ImageSources(Path("masks")))


def sender(store, told=None, sends=True):
    def put(content):
        store.append(content)
        return len(store) - 1

    return FileSender(put, (told if told is not None else []).append, sends=sends)


def fetch(store):
    return lambda references: [store[reference] for reference in references]


def test_a_worker_has_the_files_of_its_samples_and_no_others(plan, store):
    piece = sender(store).pack(work_of(plan, plan.samples))
    assert sorted(store) == sorted([OBJ.encode(), b"newmtl m\nmap_Kd wood.png\n", b"meshes/wood.png"])
    files = WorkerFiles()
    moved = files.receive(piece, fetch(store)).plan
    found = sorted(path.name for path in files.inputs.rglob("*") if path.is_file())
    assert found == ["a.mtl", "a.obj", "a.png", "a.png", "wood.png"]
    sample = moved.samples[0]
    assert sample.image_path.read_bytes() == b"images/a.png"
    assert moved.images.files_of(sample, moved.config)["mask"].read_bytes() == b"masks/a.png"
    assert moved.fingerprints.take(sample) == plan.fingerprints.take(plan.samples[0])  # so that nothing is out of date
    files.forget_own()
    assert not sample.image_path.exists()
    assert sample.mesh_path.exists()
    files.remove()
    assert not files.root.exists()


def test_a_mesh_is_stored_and_fetched_once_until_it_changes(plan, store):
    files, packer, asked = WorkerFiles(), sender(store), []

    def counted(references):
        asked.append(len(references))
        return fetch(store)(references)

    for _ in range(2):
        files.receive(packer.pack(work_of(plan, plan.samples)), counted)
    assert (len(store), asked) == (3, [3, 0])
    plan.samples[0].mesh_path.write_text(OBJ + "# another\n")
    moved = files.receive(packer.pack(work_of(plan, plan.samples)), counted).plan
    assert (len(store), asked) == (4, [3, 0, 1])
    assert moved.samples[0].mesh_path.read_text().endswith("# another\n")


def test_paths_are_told_as_the_user_wrote_them(plan, store):
    piece = sender(store).pack(work_of(plan, plan.samples))
    files = WorkerFiles()
    moved = files.receive(piece, fetch(store)).plan
    place = moved.output_dir / "a" / "camera.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"mesh": str(moved.samples[0].mesh_path), "image": str(moved.samples[0].image_path)}))
    [(name, content)] = files.take_results(piece)
    assert name == "a/camera.json"
    assert json.loads(content) == {"mesh": "meshes/a.obj", "image": "images/a.png"}
    assert files.take_results(piece) == []


def test_what_is_read_where_it_is_is_not_sent(plan, store):
    piece = sender(store, sends=False).pack(work_of(plan, plan.samples))
    moved = WorkerFiles().receive(piece, fetch(store)).plan
    assert (store, list(piece.own)) == ([], [])
    assert moved.samples[0].mesh_path == Path.cwd() / "meshes" / "a.obj"


def test_a_worker_tells_what_fails_by_the_names_of_the_run(plan, store, monkeypatch):
    Path("images/a.png").unlink()
    monkeypatch.setattr("camera_estimation.commands.estimate.executors._ray_worker.fetch_contents", fetch(store))
    worker = RemoteWorker("cpu", 1)
    [returned] = worker.perform(sender(store).pack(work_of(plan, plan.samples)))
    entry = returned.worked.outcome.entry
    assert entry["status"] == "failed"
    assert (entry["mesh"], entry["image"]) == ("meshes/a.obj", "images/a.png")
    assert entry["error"].startswith("images/a.png: ")
    worker.leave()
    assert not list(Path("temporary").glob(f"{PREFIX}*"))


def test_meshes_that_may_name_unknown_files_are_told_once(plan, store):
    Path("meshes/a.dae").write_text("<COLLADA/>")
    told: list[str] = []
    packer = sender(store, told)
    sample = replace(plan.samples[0], mesh_path=Path("meshes/a.dae"))
    for _ in range(2):
        packer.pack(work_of(plan, [sample]))
    assert len(told) == 1
    assert "use --ray_inputs shared, or a .glb" in told[0]


def test_folders_of_killed_workers_are_removed_and_those_of_others_stay(plan):
    left, held, young = (Path("temporary") / f"{PREFIX}{name}" for name in ("left", "held", "young"))
    for folder in (left, held, young):
        folder.mkdir()
    with lock_folder(held):
        for folder in (left, held):
            old = folder.stat().st_mtime - 2 * ABANDONED_SECONDS
            os.utime(folder, (old, old))
        files = WorkerFiles()
    assert (left.exists(), held.exists(), young.exists(), files.root.exists()) == (False, True, True, True)


@pytest.mark.parametrize(
    "name", ["../b", "/etc/passwd", "b/camera.json", "a/../../b", "a//b", "a/./b", "a\\b", "a", "a/C:x", "poses.json"]
)
def test_files_of_other_places_are_refused(plan, name):
    worked = keep(plan, [(name, b"content")])
    assert worked.outcome.entry["status"] == "failed"
    assert "a worker gave back a file called" in worked.outcome.entry["error"]
    assert not Path("out").exists() or not [path for path in Path("out").rglob("*") if path.is_file()]


def test_files_replace_those_of_an_earlier_run(plan):
    Path("out/a").mkdir(parents=True)
    Path("out/a/overlay.png").write_bytes(b"old")
    Path("out/a/notes.txt").write_bytes(b"the user's")
    worked = keep(plan, [("a/camera.json", b"new")])
    assert worked.outcome.entry["status"] == "ok"
    assert worked.outcome.sample is plan.samples[0]
    assert sorted(path.name for path in Path("out/a").iterdir()) == ["camera.json", "notes.txt"]


def keep(plan, files):
    def fail(sample, reason):
        return SampleOutcome(sample, {"name": sample.name, "status": "failed", "error": reason})

    sample = plan.samples[0]
    queue = WorkQueue(plan, [[sample]], {"a"}, {}, fail)
    outcome = SampleOutcome(replace(sample), {"name": "a", "status": "ok", "error": None})
    piece = WorkPiece((sample,), sample.mesh_path, False, {"a": sample})
    return keep_files(ReturnedSample(WorkedSample(outcome, ()), files), piece, plan.output_dir, queue)
