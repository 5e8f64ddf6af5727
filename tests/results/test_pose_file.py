from __future__ import annotations

import csv
import json
import time

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.results.entries import failure_entry, pose_entry
from camera_estimation.results.plain_values import camera_of
from camera_estimation.results.pose_file import PoseFile, read_poses
from tests.support.small_samples import estimate_of


@pytest.fixture
def entry(sample, image, mesh):
    return pose_entry(sample, estimate_of(image), mesh, loading_seconds=0.125)


def named(entry, name):
    return {**entry, "name": name}


def test_camera_comes_back_to_the_last_digit(tmp_path, entry, image):
    PoseFile(tmp_path, ["disc"]).record(entry)
    camera, expected = camera_of(read_poses(tmp_path)[0]), estimate_of(image).camera
    assert torch.equal(camera.world_to_camera, expected.world_to_camera)
    assert torch.equal(camera.focal, expected.focal)
    assert torch.equal(camera.principal_point, expected.principal_point)
    assert (camera.width, camera.height) == (expected.width, expected.height)


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
    assert (ok["focal_source"], ok["focal_prior"], float(ok["fov_deviation_deg"])) == ("intrinsics", "", 0.0)
    assert float(ok["fov_deg"]) == entry["focal"]["fov_deg"]
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
