"""Pins: points of a mesh that are dragged, and the pose that follows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.geometry import Camera, rotmat_geodesic_distance, rotvec_to_rotmat
from camera_estimation.images.keypoints import Keypoints
from camera_estimation.poses.pnp import nearest_pose
from tests.support.runs import BOX_CENTER_TENSOR, turned
from tests.support.small_samples import camera_around_box

CAMERA = camera_around_box(640, 480)
POINTS = BOX_CENTER_TENSOR + torch.tensor(
    [[0.5, 1.0, 0.25], [-0.5, 0.3, 0.25], [0.3, -0.9, -0.2], [-0.4, -0.2, -0.25], [0.1, 0.5, 0.1]], dtype=torch.float64
)


def pins(camera: Camera, count: int) -> Keypoints:
    """Points where a camera sees them."""
    xyz = POINTS[:count]
    uv = camera.project(xyz[None])[0][0] if count else torch.zeros(0, 2, dtype=torch.float64)
    return Keypoints(xyz, uv, torch.ones(count, dtype=torch.float64), tuple(map(str, range(count))))


def errors(camera: Camera, keypoints: Keypoints) -> torch.Tensor:
    return (camera.project(keypoints.xyz[None])[0][0] - keypoints.uv).norm(dim=-1)


def angle_deg(first: Camera, second: Camera) -> float:
    return math.degrees(float(rotmat_geodesic_distance(first.rotation, second.rotation)))


@pytest.mark.parametrize("count", [3, 4, 5])
def test_points_tell_the_pose(count):
    true = turned(CAMERA, 8.0, axis=(0.3, 1.0, 0.2))
    found = nearest_pose(pins(true, count), CAMERA, BOX_CENTER_TENSOR)
    assert errors(found, pins(true, count)).max() < 0.1
    assert angle_deg(found, true) < 0.1


def test_one_point_shifts():
    keypoints = pins(CAMERA, 1)
    moved = replace(keypoints, uv=keypoints.uv + torch.tensor([40.0, -25.0]))
    found = nearest_pose(moved, CAMERA, BOX_CENTER_TENSOR)
    assert errors(found, moved).max() < 0.5
    assert angle_deg(found, CAMERA) < 1.5


def test_two_points_roll_and_scale():
    """A turn in the image's plane is met by a roll about the camera's axis."""
    roll = rotvec_to_rotmat(torch.tensor([[0.0, 0.0, math.radians(10.0)]], dtype=torch.float64))
    middle = CAMERA.rotation[0] @ BOX_CENTER_TENSOR + CAMERA.translation[0]
    rotation = roll @ CAMERA.rotation
    true = replace(CAMERA, rotation=rotation, translation=(middle - rotation[0] @ BOX_CENTER_TENSOR)[None])
    found = nearest_pose(pins(true, 2), CAMERA, BOX_CENTER_TENSOR)
    assert errors(found, pins(true, 2)).max() < 0.5
    assert angle_deg(found, true) < 4


def test_nothing_stays_and_what_is_met_stays():
    assert angle_deg(nearest_pose(pins(CAMERA, 0), CAMERA, BOX_CENTER_TENSOR), CAMERA) == 0
    assert angle_deg(nearest_pose(pins(CAMERA, 3), CAMERA, BOX_CENTER_TENSOR), CAMERA) < 1e-3


def test_the_focal_length_follows_where_it_may():
    true = replace(CAMERA, focal=CAMERA.focal * 1.3)
    keypoints = pins(true, 5)
    free = nearest_pose(keypoints, CAMERA, BOX_CENTER_TENSOR, optimize_focal=True)
    held = nearest_pose(keypoints, CAMERA, BOX_CENTER_TENSOR)
    assert errors(free, keypoints).max() < 0.2
    assert float(free.focal[0, 1] / true.focal[0, 1]) == pytest.approx(1, abs=0.05)
    assert torch.equal(held.focal, CAMERA.focal)


def test_points_that_do_not_count_change_nothing():
    keypoints = pins(turned(CAMERA, 20.0), 4)
    ignored = replace(keypoints, confidence=torch.zeros(4, dtype=torch.float64))
    assert angle_deg(nearest_pose(ignored, CAMERA, BOX_CENTER_TENSOR), CAMERA) == 0
