from __future__ import annotations

import math
from dataclasses import replace

import torch

from camera_estimation.geometry.camera import Camera, make_camera
from camera_estimation.geometry.orbit import orbit_poses
from camera_estimation.geometry.rotation import rotmat_geodesic_distance, rotvec_to_rotmat
from camera_estimation.tracking._motion import extrapolate, is_ahead


def camera_of_pose(pose: torch.Tensor) -> Camera:
    return make_camera(pose, torch.tensor([100.0, 100.0, 50.0, 50.0], dtype=torch.float64), 100, 100)


def assert_same_pose(first: Camera, second: Camera):
    assert (first.world_to_camera - second.world_to_camera).abs().max() < 1e-9


def test_a_steady_screw_motion_is_continued_exactly():
    screw = torch.eye(4, dtype=torch.float64)[None]
    screw[:, :3, :3] = rotvec_to_rotmat(torch.tensor([[0.1, -0.3, 0.2]], dtype=torch.float64))
    screw[:, :3, 3] = torch.tensor([0.2, -0.1, 0.4])
    start = torch.eye(4, dtype=torch.float64)[None]
    start[:, :3, 3] = torch.tensor([0.3, 0.1, 4.0])
    poses = [start, screw @ start, screw @ screw @ start]
    first, second, third = (camera_of_pose(pose) for pose in poses)
    assert_same_pose(extrapolate(first, second), third)


def test_a_camera_on_an_orbit_stays_on_it():
    yaw = torch.deg2rad(torch.tensor([10.0, 25.0, 40.0], dtype=torch.float64))
    pitch, roll = torch.full_like(yaw, 0.4), torch.full_like(yaw, 0.2)
    look_at = torch.tensor([[0.1, -0.2, 0.3]], dtype=torch.float64).expand(3, 3)
    orbit = camera_of_pose(orbit_poses(yaw, pitch, torch.full_like(yaw, 5.0), look_at, roll))
    assert_same_pose(extrapolate(orbit[0], orbit[1]), orbit[2])


def test_a_turn_that_stops_short_of_exact_stays_a_rotation():
    camera = camera_of_pose(torch.eye(4, dtype=torch.float64)[None])
    skewed = replace(camera, rotation=camera.rotation + 1e-4 * torch.ones(3, 3, dtype=torch.float64))
    rotation = extrapolate(camera, skewed).rotation[0]
    assert torch.allclose(rotation @ rotation.T, torch.eye(3, dtype=torch.float64), atol=1e-12)
    assert math.degrees(rotmat_geodesic_distance(rotation, camera.rotation[0])) < 0.1


def moving_pair() -> tuple[Camera, Camera]:
    """Two poses of which the second has turned about the vertical and moved."""
    before, last = (torch.eye(4, dtype=torch.float64)[None] for _ in range(2))
    before[:, 2, 3] = last[:, 2, 3] = 5.0
    last[:, :3, :3] = rotvec_to_rotmat(torch.tensor([[0.0, 0.2, 0.0]], dtype=torch.float64))
    last[:, 0, 3] = 0.4
    return camera_of_pose(before), camera_of_pose(last)


def test_a_frame_that_comes_early_has_moved_less():
    before, last = moving_pair()
    half = extrapolate(before, last, 0.5)
    assert math.isclose(rotmat_geodesic_distance(half.rotation, last.rotation).item(), 0.1, abs_tol=1e-9)
    assert_same_pose(extrapolate(before, last, 0.0), last)


def test_what_flies_behind_the_camera_is_not_ahead():
    _, last = moving_pair()
    near = replace(last, translation=last.translation * 0.2)
    assert is_ahead(last, last)
    assert not is_ahead(near, last)
