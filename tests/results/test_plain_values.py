"""Cameras of users' files: what is a rotation, and what is made of one that is a little skewed."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.results.plain_values import parse_camera
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
