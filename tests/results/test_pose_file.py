from __future__ import annotations

import csv
import json
import math
import time
from dataclasses import replace

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.geometry.orbit import Orbit, world_to_camera_of
from camera_estimation.results.camera_file import crop_values
from camera_estimation.results.entries import RESULT_KEYS, failure_entry, pose_entry
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import PoseFile, read_poses
from tests.support.small_samples import estimate_of

ENTRY_KEYS = ["name", "mesh", "image", "status", "error", *RESULT_KEYS]


@pytest.fixture
def entry(sample, image, mesh):
    return pose_entry(sample, estimate_of(image), mesh, loading_seconds=0.125)


def named(entry, name):
    return {**entry, "name": name}


def test_entry_has_every_key_in_the_documented_order(sample, entry):
    assert list(entry) == ENTRY_KEYS
    assert list(failure_entry(sample, "why")) == ENTRY_KEYS
    assert entry["seconds"] == {"loading": 0.125, "search": 0.5, "refine": 0.25}


def test_camera_comes_back_to_the_last_digit(tmp_path, entry, image):
    PoseFile(tmp_path, ["disc"]).record(entry)
    camera, expected = camera_of(read_poses(tmp_path)[0]), estimate_of(image).camera
    assert torch.equal(camera.world_to_camera, expected.world_to_camera)
    assert torch.equal(camera.focal, expected.focal)
    assert torch.equal(camera.principal_point, expected.principal_point)
    assert (camera.width, camera.height) == (expected.width, expected.height)


def test_orbit_says_the_same_as_the_matrix(entry):
    orbit = entry["orbit"]
    angles = {name: math.radians(orbit[f"{name}_deg"]) for name in ("yaw", "pitch", "roll")}
    pose = world_to_camera_of(Orbit(**angles, radius=orbit["radius"], look_at=tuple(orbit["look_at"])))
    torch.testing.assert_close(pose, torch.tensor(entry["world_to_camera"], dtype=torch.float64))


def test_crop_camera_is_the_camera_of_the_window(entry, image):
    crop = crop_values(estimate_of(image))
    left, scale = crop["window"]["left"], crop["width"] / crop["window"]["width"]
    assert crop["fx"] == pytest.approx(scale * entry["fx"])
    assert crop["cx"] == pytest.approx(scale * (entry["cx"] - left))
    assert crop["world_to_camera"] == entry["world_to_camera"]


def test_values_that_are_not_finite_become_null(sample, image, mesh):
    entry = pose_entry(sample, estimate_of(image, loss=math.nan, silhouette_iou=math.inf), mesh)
    assert entry["loss"] is None
    assert entry["silhouette_iou"] is None


def test_camera_that_is_not_finite_is_an_error(sample, image, mesh):
    estimate = estimate_of(image)
    broken = replace(estimate.camera, translation=torch.full((1, 3), math.nan, dtype=torch.float64))
    with pytest.raises(ValueError, match="not finite"):
        pose_entry(sample, replace(estimate, camera=broken), mesh)


def test_json_states_format_version_and_conventions(tmp_path):
    PoseFile(tmp_path, []).save()
    tree = json.loads((tmp_path / "poses.json").read_text())
    assert tree["format"] == "camera-estimation/poses"
    assert tree["version"] == 1
    assert "OpenCV" in tree["conventions"]["camera_axes"]
    assert tree["poses"] == []


def test_order_is_that_of_the_samples_then_of_earlier_runs(tmp_path, entry):
    earlier = [named(entry, name) for name in ("old", "b", "older")]
    poses = PoseFile(tmp_path, ["a", "b", "c"], earlier)
    for name in ("c", "a"):
        poses.record(named(entry, name))
        assert read_poses(tmp_path)  # valid after every sample
    assert [entry["name"] for entry in read_poses(tmp_path)] == ["a", "b", "c", "old", "older"]


def test_earlier_entry_of_a_sample_stays_until_it_is_replaced(tmp_path, entry, sample):
    poses = PoseFile(tmp_path, ["disc"], [entry])
    poses.save()
    assert read_poses(tmp_path)[0]["status"] == "ok"
    poses.record(failure_entry(sample, "gone"))
    assert [(entry["status"], entry["error"]) for entry in read_poses(tmp_path)] == [("failed", "gone")]


def test_csv_has_the_same_in_columns(tmp_path, entry, sample):
    poses = PoseFile(tmp_path, ["disc", "bad"])
    poses.record(entry)
    poses.record(named(failure_entry(sample, 'no "mask", sorry'), "bad"))
    with (tmp_path / "poses.csv").open(newline="") as stream:
        ok, failed = csv.DictReader(stream)
    matrix = [[float(ok[f"m{row}{column}"]) for column in range(4)] for row in range(4)]
    assert matrix == entry["world_to_camera"]
    assert float(ok["yaw_deg"]) == entry["orbit"]["yaw_deg"]
    assert [float(ok[f"look_at_{axis}"]) for axis in "xyz"] == entry["orbit"]["look_at"]
    assert (ok["alternatives"], float(ok["seconds"]), ok["error"]) == ("1", 0.875, "")
    assert (failed["status"], failed["error"], failed["m00"]) == ("failed", 'no "mask", sorry', "")


def test_cost_of_a_record_hardly_grows_with_the_run(tmp_path, entry):
    names = [f"frame_{index}" for index in range(500)]
    poses = PoseFile(tmp_path, names, [named(entry, name) for name in names])
    start = time.perf_counter()
    poses.record(named(entry, names[250]))
    assert time.perf_counter() - start < 0.2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not valid JSON"),
        ('{"format": "other"}', "is not a file of"),
        ('{"format": "camera-estimation/poses", "version": 99, "poses": []}', "version 99"),
        ('{"format": "camera-estimation/poses", "version": 1, "poses": [1]}', "no list of named poses"),
    ],
)
def test_says_in_one_line_what_is_wrong_with_a_file(tmp_path, content, message):
    (tmp_path / "poses.json").write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_poses(tmp_path)
    assert "\n" not in str(caught.value)
    assert "poses.json" in str(caught.value)
