from __future__ import annotations

import json
from pathlib import Path

import pytest

from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.geometry.plain_cameras import camera_values
from camera_estimation.results.conventions import CONVENTIONS
from camera_estimation.results.entries import failure_entry
from camera_estimation.results.initial_poses import load_initial_poses
from tests.support.small_samples import camera_around_box

CAMERA = camera_around_box(48, 40)
VALUES = camera_values(CAMERA)


def sample(name: str, image: str | None = None) -> Sample:
    return Sample(name, Path("a.glb"), Path(image or f"{name}.png"))


def write(path: Path, content) -> Path:
    path.write_text(json.dumps(content))
    return path


def poses(*entries) -> dict:
    return {"format": "camera-estimation/poses", "version": 1, "conventions": CONVENTIONS, "poses": list(entries)}


def entry(name: str) -> dict:
    return {"name": name, "mesh": "a.glb", "image": f"{name}.png", "status": "ok", "error": None, **VALUES}


def found(path: Path, wanted: Sample) -> bool:
    camera = load_initial_poses(path).of(wanted)
    return camera is not None and (camera.world_to_camera - CAMERA.world_to_camera).abs().max().item() < 1e-9


def test_poses_of_a_run_by_name_or_folder(tmp_path):
    path = write(tmp_path / "poses.json", poses(entry("a"), failure_entry(sample("b"), "broken")))
    for place in (path, tmp_path):
        assert found(place, sample("a"))
        assert not found(place, sample("b"))
        assert not found(place, sample("c"))


@pytest.mark.parametrize(
    "content",
    [
        {"a": VALUES},
        {"a.png": VALUES, "note": 3},
        {"images/a.png": {"camera": VALUES, "frame": 1}},
        {"format": "camera-estimation/camera", "name": "a", **VALUES},
    ],
)
def test_objects_of_cameras(tmp_path, content):
    assert found(write(tmp_path / "some.json", content), sample("a"))


def test_a_camera_without_a_name_is_that_of_its_file(tmp_path):
    assert found(write(tmp_path / "a.json", VALUES), sample("a"))


def test_names_of_images_count_where_samples_have_others(tmp_path):
    path = write(tmp_path / "poses.json", poses(entry("a")))
    assert found(path, sample("a__mesh", "images/a.png"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1], "is not an object of poses"),
        ({}, "holds no pose"),
        (poses(), "holds no pose"),
        ({"a": {**VALUES, "world_to_camera": [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]]}}, "no rotation"),
        ({"a": {**VALUES, "fx": None}}, "'a'"),
        ({"a": {"world_to_camera": VALUES["world_to_camera"]}}, "lacks"),
    ],
)
def test_what_is_no_pose_is_one_line(tmp_path, content, message):
    path = write(tmp_path / "some.json", content)
    with pytest.raises(InputError, match=message) as error:
        load_initial_poses(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_initial_poses(tmp_path / "poses.json")
