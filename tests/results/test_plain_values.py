"""Cameras of users' files: what is a rotation, and what is made of one that is a little skewed."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.geometry import OPENCV, Distortion, Lens
from camera_estimation.results.plain_values import check_in_front, lens_of, parse_camera
from tests.support.shapes import view_from


def entry_with(change: torch.Tensor) -> dict:
    """A camera whose rotation is multiplied by a matrix."""
    pose = view_from((0.3, 0.4, 1.0)).world_to_camera[0].double()
    pose[:3, :3] = torch.linalg.qr(pose[:3, :3])[0] @ change
    if torch.linalg.det(pose[:3, :3]) < 0:
        pose[:3, :3] *= -1
    size = {"width": 128, "height": 96, "fx": 150.0, "fy": 150.0, "cx": 64.0, "cy": 48.0}
    return {**size, "world_to_camera": pose.tolist()}


def test_an_annotation_that_is_a_little_skewed_is_the_nearest_rotation():
    shear = torch.eye(3, dtype=torch.float64)
    shear[0, 1] = 2e-3
    camera = parse_camera(entry_with(shear), "gt.json")
    rotation, given = camera.rotation[0], torch.tensor(entry_with(shear)["world_to_camera"])[:3, :3]
    assert torch.allclose(rotation @ rotation.T, torch.eye(3, dtype=torch.float64), atol=1e-12)
    assert (rotation - given).abs().max() < 2e-3


def test_one_that_is_orthonormal_comes_back_as_it_was():
    entry = entry_with(torch.eye(3, dtype=torch.float64))
    assert parse_camera(entry, "gt.json").world_to_camera[0].tolist() == entry["world_to_camera"]


@pytest.mark.parametrize("change", [1.01 * torch.eye(3), torch.diag(torch.tensor([1.0, 1.0, 0.98]))])
def test_scale_is_no_rotation(change):
    with pytest.raises(InputError, match="no rotation in it"):
        parse_camera(entry_with(change.double()), "gt.json")


def test_a_transposed_pose_is_told():
    entry = entry_with(torch.eye(3, dtype=torch.float64))
    entry["world_to_camera"] = torch.tensor(entry["world_to_camera"]).T.tolist()
    with pytest.raises(InputError, match=r"^gt.json: the last row of world_to_camera must be 0 0 0 1; transpose it$"):
        parse_camera(entry, "gt.json")


def test_a_last_row_that_is_none_is_told():
    entry = entry_with(torch.eye(3, dtype=torch.float64))
    entry["world_to_camera"][3] = [0.0, 0.0, 0.0, 2.0]
    with pytest.raises(InputError, match="the last row of world_to_camera must be 0 0 0 1; give a rigid pose"):
        parse_camera(entry, "gt.json")


def test_a_pose_that_mirrors_is_told():
    entry = entry_with(torch.eye(3, dtype=torch.float64))
    pose = torch.tensor(entry["world_to_camera"])
    pose[1] *= -1
    with pytest.raises(InputError, match=r"mirrors \(its determinant is -1\)"):
        parse_camera({**entry, "world_to_camera": pose.tolist()}, "gt.json")


def test_axes_of_opengl_are_told():
    camera = parse_camera(entry_with(torch.eye(3, dtype=torch.float64)), "gt.json")
    center = torch.zeros(3, dtype=torch.float64)
    check_in_front(camera, center, "gt.json")
    flip = torch.diag(torch.tensor([1.0, -1.0, -1.0, 1.0], dtype=torch.float64))
    pose = (flip @ camera.world_to_camera[0]).tolist()
    turned = parse_camera({**entry_with(torch.eye(3, dtype=torch.float64)), "world_to_camera": pose}, "gt.json")
    with pytest.raises(InputError, match=r"^gt.json: world_to_camera puts the object behind the camera.*OpenGL"):
        check_in_front(turned, center, "gt.json")


@pytest.mark.parametrize("side", ["../x", "64", None, [64]])
def test_sizes_that_are_no_numbers(side):
    entry = {**entry_with(torch.eye(3, dtype=torch.float64)), "width": side}
    with pytest.raises(InputError, match=r"^gt.json: width and height are not numbers"):
        parse_camera(entry, "gt.json")


def test_the_lens_of_an_entry():
    entry = {"width": 64, "height": 48, "fx": 90.0, "fy": 91.0, "cx": 32.0, "cy": 24.0}
    lens = Lens((90.0, 91.0, 32.0, 24.0), Distortion.of(OPENCV, {"k1": -0.3}), 64, 48)
    assert lens_of({**entry, "distortion": {"model": "opencv", "k1": -0.3}}) == lens
    assert lens_of({**entry, "distortion": None}) is None
    assert lens_of(entry) is None
