"""BOP's own files: those of data sets, and results of other methods."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from camera_estimation.dataset import Sample, load_intrinsics
from camera_estimation.errors import InputError
from camera_estimation.results.initial_poses import load_initial_poses
from camera_estimation.results.pose_reader import read_file_poses

ROTATION = [0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
MATRIX = [500.0, 0.0, 319.5, 0.0, 510.0, 239.5, 0.0, 0.0, 1.0]
POSE = {"cam_R_m2c": ROTATION, "cam_t_m2c": [10.0, 20.0, 300.0], "obj_id": 5}
HEADER = "scene_id,im_id,obj_id,score,R,t,time\n"
SAMPLE = Sample("000012", Path("models/obj_000005.ply"), Path("there/000048/rgb/000012.png"))


def write_scene(folder: Path, poses=(POSE,), matrix=MATRIX) -> Path:
    scene = folder / "test" / "000048"
    scene.mkdir(parents=True)
    (scene / "scene_gt.json").write_text(json.dumps({"12": list(poses)}))
    (scene / "scene_camera.json").write_text(json.dumps({"12": {"cam_K": matrix, "depth_scale": 0.1}}))
    (folder / "ids.csv").write_text("mm_per_unit\n1\n")
    return scene


def write_results(folder: Path, *rows: str) -> Path:
    path = folder / "other_ycbv-test.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    (folder / "ids.csv").write_text("mm_per_unit\n1000\n")
    return path


def test_a_scene_of_a_data_set(tmp_path):
    scene = write_scene(tmp_path)
    for path in (scene, scene / "scene_gt.json", tmp_path):
        pose = load_initial_poses(path).of(SAMPLE)
        np.testing.assert_allclose(pose.world_to_camera[:3, :3].ravel(), ROTATION)
        assert pose.world_to_camera[:3, 3].tolist() == [10, 20, 300]
        assert pose.known.intrinsics == (500.0, 510.0, 320.0, 240.0)
        assert pose.known.size is None
    assert load_intrinsics(scene).of(SAMPLE.image_path).intrinsics == (500.0, 510.0, 320.0, 240.0)


def test_of_several_results_the_surest_counts(tmp_path):
    rotation = " ".join(map(str, ROTATION))
    path = write_results(
        tmp_path,
        f"48,12,5,0.2,{rotation},1 2 3000,0.5",
        f"48,12,5,0.9,{rotation},10 20 300,0.5",
        f"48,12,6,0.95,{rotation},7 7 7,0.5",
    )
    pose = load_initial_poses(path).of(SAMPLE)
    np.testing.assert_allclose(pose.world_to_camera[:3, 3], [0.01, 0.02, 0.3])
    assert pose.known is None


def test_instances_that_nothing_tells_apart_are_refused(tmp_path):
    write_scene(tmp_path, [POSE, {**POSE, "cam_t_m2c": [0.0, 0.0, 1.0]}])
    with pytest.raises(InputError, match=r"there are several poses for 000012\.png with obj_000005\.ply"):
        load_initial_poses(tmp_path).of(SAMPLE)


def test_without_a_table_the_unit_is_asked_for(tmp_path):
    scene = write_scene(tmp_path)
    (tmp_path / "ids.csv").unlink()
    with pytest.raises(InputError, match="does not say how many millimeters a unit of the meshes is"):
        read_file_poses(scene)
    assert load_intrinsics(scene).of(SAMPLE.image_path) is not None  # no unit is needed for these


def test_other_tables_are_not_its_own(tmp_path):
    (tmp_path / "ids.csv").write_text("mm_per_unit\n1\n")
    (tmp_path / "pairs.csv").write_text("mesh,image,gt\n")
    assert read_file_poses(tmp_path / "ids.csv") is None
    assert read_file_poses(tmp_path / "pairs.csv") is None


@pytest.mark.parametrize(
    ("pose", "message"),
    [
        ({**POSE, "cam_R_m2c": ROTATION[:8]}, "image 12: cam_R_m2c is not 9 numbers in a row"),
        ({**POSE, "cam_t_m2c": None}, "image 12: cam_t_m2c is not 3 numbers in a row"),
        ({**POSE, "cam_R_m2c": [1.0, 0, 0, 0, 1, 0, 0, 0, -1]}, "image 12: R mirrors"),
        ({**POSE, "obj_id": "5"}, "image 12 has an object without obj_id"),
        (3, "image 12 has an object without obj_id"),
    ],
)
def test_poses_that_are_none_are_one_line(tmp_path, pose, message):
    path = write_scene(tmp_path, [pose]) / "scene_gt.json"
    with pytest.raises(InputError, match=message) as error:
        read_file_poses(path)
    assert str(error.value).startswith(str(path))
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (MATRIX[:4], "cam_K is not 9 numbers in a row"),
        (np.array(MATRIX).reshape(3, 3).T.ravel().tolist(), "is transposed or has skew"),
        ([-1.0, *MATRIX[1:]], "a focal length is positive"),
    ],
)
def test_cameras_that_are_none_are_one_line(tmp_path, matrix, message):
    scene = write_scene(tmp_path, matrix=matrix)
    for read in (read_file_poses, load_intrinsics):
        with pytest.raises(InputError, match=message) as error:
            read(scene)
        assert str(error.value).startswith(str(scene / "scene_camera.json"))


@pytest.mark.parametrize(
    "row", ["48,12", "48,12,5,0.2,1 0 0,1 2 3,1", "a,b,c,d,e,f,g", "48,12,5,1,nan 0 0 0 1 0 0 0 1,1 2 3,1"]
)
def test_results_that_are_none_are_one_line(tmp_path, row):
    with pytest.raises(InputError, match=r"pose 1 is not scene_id,im_id,obj_id"):
        read_file_poses(write_results(tmp_path, row))
