"""Poses of transforms.json: the published formulas, written down anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.dataset.pairing import Sample
from camera_estimation.errors import InputError
from camera_estimation.evaluation.ground_truth import load_ground_truth
from camera_estimation.results.initial_poses import load_initial_poses
from camera_estimation.results.pose_reader import read_file_poses
from tests.support.runs import HEIGHT, TRUE, WIDTH

POSE = TRUE.world_to_camera[0].numpy()
Z_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
INTRINSICS = {"fl_x": TRUE.focal[0, 0].item(), "cx": 20.5, "cy": 21.25, "w": WIDTH, "h": HEIGHT}
SAMPLE = Sample("a", Path("box.glb"), Path("elsewhere/a.png"))


def opengl(world: np.ndarray, scale: float = 1.0) -> list[list[float]]:
    """Camera to world in axes of OpenGL, in a world that was turned and scaled."""
    matrix = world @ np.linalg.inv(POSE) @ np.diag([1, -1, -1, 1.0])
    matrix[:3, 3] *= scale
    return matrix.tolist()


def write(folder: Path, matrix, **shared) -> Path:
    tree = {**INTRINSICS, **shared, "frames": [{"file_path": "images/a.png", "transform_matrix": matrix}]}
    path = folder / "transforms.json"
    path.write_text(json.dumps(tree))
    return path


def test_a_world_without_a_word_is_z_up(tmp_path):
    path = write(tmp_path, opengl(Z_UP))
    for place in (path, tmp_path):
        pose = load_initial_poses(place).of(SAMPLE)
        np.testing.assert_allclose(pose.world_to_camera, POSE, atol=1e-12)
        camera = pose.camera(WIDTH, HEIGHT)
        assert camera.focal.tolist() == [[INTRINSICS["fl_x"]] * 2]
        assert camera.principal_point.tolist() == [[20.5, 21.25]]


def test_what_was_applied_is_taken_back(tmp_path):
    turned = np.array([[0.0, 1, 0, 3], [1, 0, 0, 2], [0, 0, -1, 1], [0, 0, 0, 1]])
    write(tmp_path, opengl(turned, 0.5), applied_transform=turned[:3].tolist(), applied_scale=0.5)
    np.testing.assert_allclose(load_initial_poses(tmp_path).of(SAMPLE).world_to_camera, POSE, atol=1e-12)


def test_it_is_a_ground_truth(tmp_path):
    truth = load_ground_truth(write(tmp_path, opengl(Z_UP)))
    entry = {"name": "a", "mesh": "box.glb", "image": "a.png", "status": "ok", "width": WIDTH, "height": HEIGHT}
    assert torch.allclose(truth(entry).world_to_camera, TRUE.world_to_camera)
    assert truth({**entry, "name": "b", "image": "b.png"}) is None
    assert truth({**entry, "status": "failed", "width": None, "height": None}) is not None
    with pytest.raises(InputError, match=r"is for an image of 48 x 40 pixels, a\.png has 96 x 80"):
        truth({**entry, "width": 96, "height": 80})


@pytest.mark.parametrize(
    ("matrix", "shared", "message"),
    [
        (None, {}, "its transform_matrix is not 4x4 finite numbers"),
        ([[1, 0], [0, 1]], {}, "its transform_matrix is not 4x4 finite numbers"),
        (np.array(opengl(Z_UP)).T.tolist(), {}, "the last row of transform_matrix must be 0 0 0 1; transpose it"),
        (np.diag([1, 1, -1, 1.0]).tolist(), {}, "transform_matrix mirrors"),
        (opengl(Z_UP), {"applied_scale": 0}, "its applied_scale is no positive number"),
        (opengl(Z_UP), {"applied_transform": [[1, 2]]}, "its applied_transform is not 4x4"),
        (opengl(Z_UP), {"fl_x": "f"}, "has no usable number fx"),
    ],
)
def test_what_cannot_be_used_is_one_line(tmp_path, matrix, shared, message):
    path = write(tmp_path, matrix, **shared)
    with pytest.raises(InputError, match=message) as error:
        read_file_poses(path)
    assert str(error.value).startswith(str(path))
    assert len(str(error.value).splitlines()) == 1


def test_other_files_are_not_its_own(tmp_path):
    (tmp_path / "transforms.json").write_text("{")
    assert read_file_poses(tmp_path) is None
    (tmp_path / "transforms.json").write_text('{"frames": {}}')
    assert read_file_poses(tmp_path / "transforms.json") is None
