from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from camera_estimation.batch import fingerprint
from camera_estimation.batch.fingerprint import InputFingerprints
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.dataset.image_sources import ImageSources
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.dataset.object_mark import ObjectMark
from camera_estimation.dataset.pairing import Sample
from tests.support.given_poses import initial_poses
from tests.support.small_samples import camera_around_box, write_disc


@pytest.fixture
def sample(tmp_path):
    files = {"mesh.glb": "mesh", "a.png": "image", "masks/a.png": "mask", "keypoints/a.json": "[]", "loss.py": "1"}
    for name, content in {**files, "masks/a_masks.safetensors": "regions", "depth/a.png": "depth"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return Sample("a", tmp_path / "mesh.glb", tmp_path / "a.png")


@pytest.fixture
def config(tmp_path):
    return merge_settings(Configuration(), {"loss": {"file": str(tmp_path / "loss.py")}})


@pytest.fixture
def images(tmp_path):
    folders = {kind: tmp_path / folder for kind, folder in (("keypoints_dir", "keypoints"), ("depth_dir", "depth"))}
    return ImageSources(masks_dir=tmp_path / "masks", **folders)


def fingerprints(config, images, intrinsics=None, **others):
    return InputFingerprints(config, images, intrinsics or KnownIntrinsics(), **others)


@pytest.fixture
def inputs(config, images):
    return fingerprints(config, images)


def test_nothing_changes_by_itself_or_by_a_copy(sample, inputs):
    recorded = inputs.take(sample)
    assert inputs.changes(sample, recorded) == []
    for path in inputs._files_of(sample).values():
        os.utime(path, (1, 1))  # as a copy that does not keep times
    assert inputs.changes(sample, recorded) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mesh.glb", "mesh"),
        ("a.png", "image"),
        ("masks/a.png", "mask"),
        ("masks/a_masks.safetensors", "regions"),
        ("keypoints/a.json", "keypoints"),
        ("depth/a.png", "depth"),
        ("loss.py", "loss file"),
    ],
)
@pytest.mark.parametrize("change", ["longer", "as long", "gone"])
def test_every_file_counts(sample, inputs, tmp_path, name, kind, change):
    recorded = inputs.take(sample)
    path = tmp_path / name
    content = path.read_text()
    if change == "gone":
        path.unlink()
    else:
        path.write_text(content + "." if change == "longer" else content.swapcase().replace("1", "2") or "")
        os.utime(path, (1, 1))
    if content == "[]" and change == "as long":
        path.write_text("{}")
    needed = kind in ("mesh", "image", "loss file")  # without which nothing can be estimated again
    assert inputs.changes(sample, recorded) == ([] if change == "gone" and needed else [kind])


def test_a_file_that_comes_counts(sample, config, images, tmp_path):
    (tmp_path / "masks" / "a.png").unlink()
    before = fingerprints(config, images)
    recorded = before.take(sample)
    (tmp_path / "masks" / "a.png").write_text("mask")
    assert before.changes(sample, recorded) == ["mask"]


def test_files_with_the_same_size_and_time_are_not_read(sample, inputs, monkeypatch):
    recorded = inputs.take(sample)
    monkeypatch.setattr(fingerprint, "file_sha256", None)
    assert inputs.changes(sample, recorded) == []


def test_settings_count_that_poses_depend_on(sample, config, images, inputs):
    recorded = inputs.take(sample)
    for other in ({"device": "cuda"}, {"batch": 3}, {"pictures": "none"}, {"search": {"cache": False}}):
        assert fingerprints(merge_settings(config, other), images).changes(sample, recorded) == []
    for other in (
        {"seed": 3},
        {"camera": {"fov_deg": 50.0}},
        {"loss": {"resolution": 99}},
        {"search": {"method": "cma"}},
    ):
        assert fingerprints(merge_settings(config, other), images).changes(sample, recorded) == ["settings"]
    for mode in ({"sequence": True}, {"random_init": 4}):
        assert fingerprints(config, images, mode=mode).changes(sample, recorded) == ["settings"]


def test_a_setting_that_a_new_version_has_makes_nothing_out_of_date(sample, images, monkeypatch):
    recorded = fingerprints(Configuration(seed=3), images).take(sample)
    to_dict = Configuration.to_dict
    monkeypatch.setattr(Configuration, "to_dict", lambda self: {**to_dict(self), "new": {"speed": 1}})
    assert fingerprints(Configuration(seed=3), images).changes(sample, recorded) == []
    assert fingerprints(Configuration(seed=4), images).changes(sample, recorded) == ["settings"]


def test_what_tables_say_of_the_image_counts(sample, config, images, inputs):
    recorded = inputs.take(sample)
    known = KnownIntrinsics({"a.png": KnownCamera((1.0, 1.0, 2.0, 2.0), where="x.json")})
    with_intrinsics = fingerprints(config, images, known)
    assert with_intrinsics.changes(sample, recorded) == ["intrinsics"]
    moved = KnownIntrinsics({"a.png": KnownCamera((1.0, 1.0, 2.0, 2.0), where="y.json")})
    assert fingerprints(config, images, moved).changes(sample, with_intrinsics.take(sample)) == []
    others = KnownIntrinsics({"b.png": KnownCamera((1.0, 1.0, 2.0, 2.0))})
    assert fingerprints(config, images, others).changes(sample, recorded) == []
    assert inputs.changes(replace(sample, intrinsics=(1.0, 1.0, 2.0, 2.0)), recorded) == ["intrinsics"]
    marked = replace(sample, mark=ObjectMark(box=(0.0, 0.0, 5.0, 5.0)))
    assert inputs.changes(marked, recorded) == ["box"]
    pointed = replace(images, points={"a": ((1.0, 2.0),)})
    assert fingerprints(config, pointed).changes(sample, recorded) == ["points"]


def test_the_pose_to_start_from_counts(sample, config, images, inputs):
    near = fingerprints(config, images, initial=initial_poses({"a": camera_around_box(48, 40)}))
    far = fingerprints(config, images, initial=initial_poses({"a": camera_around_box(48, 40, distance=9.0)}))
    assert near.changes(sample, inputs.take(sample)) == ["start"]
    assert near.changes(sample, near.take(sample)) == []
    assert far.changes(sample, near.take(sample)) == ["start"]
    assert inputs.changes(sample, near.take(sample)) == ["start"]


def test_an_input_that_cannot_be_read_is_left_to_who_loads_it(sample, inputs):
    sample.image_path.unlink()
    recorded = inputs.take(sample)
    assert "image" not in recorded
    write_disc(Path(sample.image_path))
    assert inputs.changes(sample, recorded) == ["image"]


def test_files_that_a_mesh_names_count(sample, inputs, tmp_path):
    (tmp_path / "mesh.obj").write_text("mtllib mesh.mtl\n")
    (tmp_path / "mesh.mtl").write_text("map_Kd color.png\n")
    (tmp_path / "color.png").write_text("red")
    textured = replace(sample, mesh_path=tmp_path / "mesh.obj")
    recorded = inputs.take(textured)
    assert inputs.changes(textured, recorded) == []
    (tmp_path / "color.png").write_text("green")
    assert inputs.changes(textured, recorded) == ["mesh file color.png"]
    assert inputs.take_mesh(textured.mesh_path).keys() == {"mesh", "mesh file mesh.mtl", "mesh file color.png"}
