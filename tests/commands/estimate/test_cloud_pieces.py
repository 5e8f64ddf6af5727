"""Work with inputs in cloud storage: workers read them there, and a run that goes on asks for many at once."""

from __future__ import annotations

import pickle

import pytest

from camera_estimation.commands.estimate import _pending
from camera_estimation.commands.estimate._pending import find_pending
from camera_estimation.commands.estimate.executors._file_sender import FileSender
from camera_estimation.commands.estimate.executors._worker_files import WorkerFiles
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.work import work_of
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, Sample
from camera_estimation.io import ObjectPath, input_path
from tests.support.small_samples import write_box, write_disc


@pytest.fixture
def plan(memory_store, tmp_path, monkeypatch):
    """A mesh and a mask in storage, with a picture there and one here."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    memory_store.pipe("bucket/a.obj", b"mtllib a.mtl\nv 0 0 0\n")
    for name in ("a.mtl", "x.png", "masks/x.png", "masks/y.png"):
        memory_store.pipe(f"bucket/{name}", b"1")
    mesh = input_path("memory://bucket/a.obj")
    samples = (
        Sample("x", mesh, input_path("memory://bucket/x.png")),
        Sample("y", mesh, write_disc(tmp_path / "y.png")),
    )
    images = ImageSources(masks_dir=input_path("memory://bucket/masks"))
    return EstimatePlan(
        config=Configuration(pictures="none"), samples=samples, output_dir=tmp_path / "out", images=images
    )


def note_calls(cls, name, monkeypatch):
    """The places that a method is called for, as they are."""
    places = []
    method = getattr(cls, name)

    def note(self, place, **options):
        places.append(place)
        return method(self, place, **options)

    monkeypatch.setattr(cls, name, note)
    return places


@pytest.mark.parametrize("sends", [True, False])
def test_what_is_in_storage_is_not_sent(plan, sends, tmp_path):
    stored, told = [], []
    piece = FileSender(stored.append, told.append, sends=sends).pack(work_of(plan, plan.samples))
    assert [file.version[0] for file in piece.own] == ([str(tmp_path / "y.png")] if sends else [])
    assert (stored, told) == ([], [])
    files = WorkerFiles()
    received = files.receive(pickle.loads(pickle.dumps(piece)), lambda references: []).plan
    assert [str(sample.mesh_path) for sample in received.samples] == ["memory://bucket/a.obj"] * 2
    assert isinstance(received.samples[0].image_path, ObjectPath)
    assert received.samples[1].image_path.read_bytes() == (tmp_path / "y.png").read_bytes()
    assert str(received.images.masks_dir) == "memory://bucket/masks"
    assert received.images.files_of(received.samples[0], received.config)["mask"].name == "x.png"
    files.remove()


def test_storage_is_not_asked_by_who_sends(plan, memory_store, monkeypatch):
    monkeypatch.setattr(type(memory_store), "info", lambda *arguments, **options: pytest.fail("it was asked"))
    FileSender(lambda content: 0, lambda line: None, sends=True).pack(work_of(plan, plan.samples[:1]))


def test_folders_of_many_finished_samples_are_listed(plan, memory_store, monkeypatch):
    listed, asked = [], []
    monkeypatch.setattr(_pending, "LISTED_FROM", 2)
    ls, info = type(memory_store).ls, type(memory_store).info
    monkeypatch.setattr(
        type(memory_store), "ls", lambda self, place, **o: (listed.append(place), ls(self, place, **o))[1]
    )
    monkeypatch.setattr(
        type(memory_store), "info", lambda self, place, **o: (asked.append(place), info(self, place, **o))[1]
    )
    assert find_pending(plan, {}).names == {"x", "y"}
    assert (listed, asked) == ([], [])
    entry = {"status": "ok", "mesh": "memory://bucket/a.obj", "loss_type": "no", "image": "", "inputs": None}
    find_pending(plan, {"x": entry, "y": entry})
    assert listed == ["bucket"]
    assert asked == []


def test_a_mesh_here_and_a_picture_there(memory_store, tmp_path):
    memory_store.pipe("bucket/x.png", b"1")
    mesh = write_box(tmp_path / "a.glb")
    sample = Sample("x", mesh, input_path("memory://bucket/x.png"))
    plan = EstimatePlan(config=Configuration(), samples=(sample,), output_dir=tmp_path / "out")
    stored = []
    piece = FileSender(lambda content: stored.append(content) or 0, lambda line: None, sends=True).pack(
        work_of(plan, plan.samples)
    )
    assert stored == [mesh.read_bytes()]
    assert list(piece.own) == []
