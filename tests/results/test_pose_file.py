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


@pytest.mark.parametrize(
    ("names", "earlier", "expected"),
    [
        (["c", "a", "b"], ["b"], ["c", "a", "b"]),  # goes on with a run
        (["a"], ["c", "a", "b"], ["c", "a", "b"]),  # a part of it anew
        (["f_10"], ["f_9", "f_1", "other"], ["f_1", "f_9", "f_10", "other"]),  # one after the other
    ],
)
def test_order_is_that_of_the_samples_else_of_their_names(tmp_path, entry, names, earlier, expected):
    poses = PoseFile(tmp_path, names, [named(entry, name) for name in earlier])
    for name in reversed(names):
        poses.record(named(entry, name))
        assert read_poses(tmp_path)  # valid after every sample
    assert [entry["name"] for entry in read_poses(tmp_path)] == expected


def test_a_call_for_each_image_leaves_them_in_natural_order(tmp_path, entry):
    for name in ("f_1", "f_10", "f_11", "f_2"):
        earlier = read_poses(tmp_path) if (tmp_path / "poses.json").exists() else []
        PoseFile(tmp_path, [name], earlier).record(named(entry, name))
    assert [entry["name"] for entry in read_poses(tmp_path)] == ["f_1", "f_2", "f_10", "f_11"]


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


def test_csv_says_how_sure_and_of_what(tmp_path, entry):
    mark = {"mask": str(tmp_path / "masks.png"), "instance": "3", "box": [1.0, 2.5, 3.0, 4.0]}
    keypoints = {"error": [1.0, None, 9.0], "mean_error": 1.0, "rejected": [False, False, True], "hidden": [False] * 3}
    distortion = {"model": "opencv", "k1": -0.25, "p1": 0.0}
    details = {"object": mark, "keypoints": keypoints, "distortion": distortion, "depth_difference": 0.5}
    PoseFile(tmp_path, ["disc"]).record({**entry, **details})
    with (tmp_path / "poses.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert list(row)[:8] == ["name", "mesh", "image", "frame", "time_s", "status", "error", "width"]
    assert float(row["rotation_deviation_deg"]) == entry["uncertainty"]["rotation_deg"]
    shift = [float(row[f"translation_deviation_{axis}"]) for axis in "xyz"]
    assert shift == entry["uncertainty"]["translation"]
    assert (row["ambiguous"], row["occluded"], row["start"], row["mask"]) == ("False", "False", "search", "given")
    assert (float(row["deformation"]), float(row["focal_deviation_share"])) == (0.0, 0.0)
    assert (row["keypoints"], row["keypoints_rejected"], row["keypoint_error"]) == ("3", "1", "1.0")
    assert (row["depth_difference"], row["distortion"]) == ("0.5", "opencv k1=-0.25 p1=0.0")
    assert (row["object_mask"], row["object_instance"], row["object_box"]) == ("masks.png", "3", "1 2.5 3 4")
    assert (row["mesh"], row["mesh_absolute"]) == ("in/disc.glb", str(tmp_path / "in" / "disc.glb"))


def test_cost_of_a_record_hardly_grows_with_the_run(tmp_path, entry):
    names = [f"frame_{index}" for index in range(500)]
    poses = PoseFile(tmp_path, names, [named(entry, name) for name in names])
    start = time.process_time()
    poses.record(named(entry, names[250]))
    assert time.process_time() - start < 0.2


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
