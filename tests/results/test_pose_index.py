"""Which pose of a file is of which sample."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from camera_estimation.dataset.known_intrinsics import KnownCamera
from camera_estimation.errors import InputError
from camera_estimation.results.file_pose import FilePose
from camera_estimation.results.pose_index import PoseIndex


def pose(number: float, **named) -> FilePose:
    matrix = torch.eye(4, dtype=torch.float64)
    matrix[2, 3] = number
    return FilePose(matrix, f"file: {number}", **named)


def found(poses: list[FilePose], sample="a", image="x/a.png", mesh="cup.glb", time=None) -> float | None:
    result = PoseIndex(poses).find(sample, Path(image), Path(mesh), time)
    return None if result is None else result.world_to_camera[2, 3].item()


def test_the_samples_name_goes_before_the_pictures():
    poses = [pose(1, image=Path("x/a.png")), pose(2, sample="a__cup", image=Path("x/a.png"))]
    assert found(poses, sample="a__cup") == 2


def test_the_pictures_path_goes_before_its_name_and_that_before_its_stem():
    poses = [pose(1, image=Path("y/a.png")), pose(2, image=Path("x/a.png")), pose(3, image=Path("a.jpg"))]
    assert found(poses) == 2
    assert found(poses, image="z/a.jpg") == 3
    assert found(poses[2:]) == 3
    assert found([pose(4, image=Path("a"))]) == 4


def test_dots_in_names_are_no_endings():
    assert found([pose(1, image=Path("a.b"))], sample="s", image="a.png") is None
    assert found([pose(1, image=Path("clip_v1.2"))], sample="s", image="clip_v1.2") == 1


def test_the_mesh_tells_several_apart():
    poses = [pose(1, image=Path("a.png"), mesh="meshes/pot.obj"), pose(2, image=Path("a.png"), mesh="cup")]
    assert found(poses) == 2


def test_several_that_differ_are_refused_and_equal_ones_taken():
    assert found([pose(1, image=Path("a.png")), pose(1, image=Path("a.png"))]) == 1
    with pytest.raises(InputError, match=r"^file: 2: there are several poses for a\.png with cup\.glb; leave one"):
        found([pose(1, image=Path("a.png")), pose(2, image=Path("a.png"))])


def test_times_count_where_there_are_no_names():
    poses = [pose(number, time=number / 30) for number in range(9)]
    assert found(poses, time=round(4 / 30, 6)) == 4
    assert found(poses, time=0.05) is None
    assert found(poses) is None
    assert found([pose(1, time=0.0, image=Path("b.png"))], time=0.0) is None


def test_a_camera_has_what_the_file_says_scaled_to_the_picture():
    camera = pose(1, known=KnownCamera((100.0, 110.0, 50.0, 40.0), size=(100, 80))).camera(200, 160)
    assert (camera.width, camera.height) == (200, 160)
    assert camera.focal.tolist() == [[200, 220]]
    assert camera.principal_point.tolist() == [[100, 80]]
    with pytest.raises(InputError, match="cropped"):
        pose(1, known=KnownCamera((100.0, 110.0, 50.0, 40.0), size=(100, 80))).camera(80, 80)
    assert math.isnan(pose(1).camera(20, 10).focal[0, 0].item())


def test_another_object_of_the_same_picture_is_not_meant():
    """That its own pose is not in the file must not give it that of its neighbor."""
    pot = pose(1, sample="a__pot", image=Path("a.png"), mesh="pot.glb")
    assert found([pot], sample="a__cup") is None
    assert found([pot], sample="a__pot", mesh="pot.glb") == 1
    assert found([pot], sample="renamed", mesh="pot.glb") == 1
    assert found([pose(1, image=Path("a.png"), mesh="pot.glb")]) == 1


def test_names_without_their_spaces_are_found():
    assert found([pose(1, sample="a_b")], sample="a b", image="x.png") == 1
    assert found([pose(1, sample="a_b")], sample="a  c", image="x.png") is None
