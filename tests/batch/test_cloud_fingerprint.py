"""Results of inputs in cloud storage are out of date when an object has changed, as they are with files."""

from __future__ import annotations

import pytest

from camera_estimation.batch import InputFingerprints
from camera_estimation.configuration import Configuration
from camera_estimation.dataset import ImageSources, KnownIntrinsics, Sample
from camera_estimation.io import input_path
from camera_estimation.io.cloud.object_states import forget_states


@pytest.fixture
def sample(memory_store):
    memory_store.pipe("bucket/a.obj", b"mtllib a.mtl\nv 0 0 0\n")
    memory_store.pipe("bucket/a.mtl", b"newmtl m\n")
    memory_store.pipe("bucket/a.png", b"picture")
    return Sample("a", input_path("memory://bucket/a.obj"), input_path("memory://bucket/a.png"))


@pytest.fixture
def fingerprints():
    return InputFingerprints(Configuration(), ImageSources(), KnownIntrinsics())


def test_nothing_has_changed(sample, fingerprints):
    taken = fingerprints.take(sample)
    assert set(taken) == {"mesh", "mesh file a.mtl", "image", "settings"}
    assert taken["image"][1] == len(b"picture")
    forget_states()
    assert fingerprints.changes(sample, taken) == []


@pytest.mark.parametrize(
    ("name", "changed"), [("a.png", "image"), ("a.obj", "mesh"), ("a.mtl", "mesh file a.mtl"), ("a_mask.png", "mask")]
)
def test_an_object_has_changed_or_come(memory_store, sample, fingerprints, name, changed):
    taken = fingerprints.take(sample)
    memory_store.pipe(f"bucket/{name}", b"mtllib a.mtl\nv 0 0 1\n")
    forget_states()
    assert fingerprints.changes(sample, taken) == [changed]


def test_one_that_is_gone_has_not_changed(memory_store, sample, fingerprints):
    taken = fingerprints.take(sample)
    memory_store.rm("bucket/a.png")
    forget_states()
    assert fingerprints.changes(sample, taken) == []
