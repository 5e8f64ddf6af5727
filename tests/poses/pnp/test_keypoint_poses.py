"""Poses from keypoints of known cameras."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.poses.pnp.keypoint_poses import MOST_POSES, poses_from_keypoints
from tests.support.seen_points import CORNERS, camera_of, seen

FOUR = CORNERS[[0, 3, 5, 7]]  # not in one plane


def angle_deg(found, camera):
    return math.degrees(rotmat_geodesic_distance(found.camera.rotation, camera.rotation).item())


def agrees(found, camera, degrees, share):
    """Rotation within ``degrees``; camera centre within ``share`` of the distance from the points."""
    distance = (found.camera.center - camera.center).norm().item()
    reach = 2.4 * camera.focal[0, 1].item() / camera.height
    return angle_deg(found, camera) < degrees and distance < share * reach


@pytest.mark.parametrize("seed", range(4))
def test_four_points_give_the_pose(seed):
    camera = camera_of(seed)
    best = poses_from_keypoints(seen(camera, FOUR), camera_of(99), optimize_focal=False)[0]
    assert agrees(best, camera, 1e-3, 1e-5)
    assert best.inliers.all()
    assert best.error.max() < 1e-3
    assert best.camera.focal.equal(camera.focal)
    assert len(best.camera) == 1


@pytest.mark.parametrize("wrong", range(4))
def test_of_four_points_one_wrong_the_pose_is_among_those_found(wrong):
    camera = camera_of(wrong)
    found = poses_from_keypoints(seen(camera, FOUR, wrong=(wrong,)), camera, optimize_focal=False)
    assert len(found) <= MOST_POSES
    right = [pose for pose in found if agrees(pose, camera, 0.01, 1e-4)]
    assert len(right) == 1
    assert right[0].inliers.tolist() == [number != wrong for number in range(4)]
    assert right[0].error[wrong] > 40


@pytest.mark.parametrize("wrong", range(4))
def test_and_with_unknown_focal_length_one_near_to_it(wrong):
    camera = camera_of(wrong)
    full = replace(camera, focal=1.3 * camera.focal)
    found = poses_from_keypoints(seen(camera, FOUR, wrong=(wrong,)), full, optimize_focal=True)
    assert len(found) <= MOST_POSES
    assert min(angle_deg(pose, camera) for pose in found) < 15


def test_poses_are_different_and_the_best_first():
    camera = camera_of(5)
    found = poses_from_keypoints(seen(camera, CORNERS[:5], wrong=(2,)), camera, optimize_focal=False)
    count = [int(pose.inliers.sum()) for pose in found]
    assert count[0] == 4
    assert count == sorted(count, reverse=True)
    for index, pose in enumerate(found):
        for other in found[:index]:
            shift = (pose.camera.translation - other.camera.translation).norm() / camera.translation.norm()
            assert angle_deg(pose, other.camera) > 1.9 or shift > 0.019


def test_the_points_with_more_confidence_decide():
    camera = camera_of(6)
    points = seen(camera, FOUR, wrong=(0,))
    points = replace(points, confidence=torch.tensor([0.1, 1.0, 1.0, 1.0], dtype=torch.float64))
    found = poses_from_keypoints(points, camera, optimize_focal=False)
    assert found[0].inliers.tolist() == [False, True, True, True]


def test_points_of_no_confidence_do_not_count():
    camera = camera_of(6)
    points = seen(camera, [*FOUR, CORNERS[1]], wrong=(4,))
    confidence = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0], dtype=torch.float64)
    best = poses_from_keypoints(replace(points, confidence=confidence), camera, optimize_focal=False)[0]
    assert best.inliers.tolist() == [True, True, True, True, False]
    assert best.error[4] > 40
    few = replace(points, confidence=torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0], dtype=torch.float64))
    assert poses_from_keypoints(few, camera, optimize_focal=False) == []


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_outliers(seed):
    camera = camera_of(seed)
    best = poses_from_keypoints(seen(camera, CORNERS, 1.0, (1, 6), seed), camera, optimize_focal=False)[0]
    assert agrees(best, camera, 1.5, 0.03)
    assert best.inliers.tolist() == [number not in (1, 6) for number in range(8)]


@pytest.mark.parametrize("seed", range(3))
def test_unknown_focal_length(seed):
    camera = camera_of(seed, fov_deg=50)
    full = replace(camera, focal=2 * camera.focal)
    best = poses_from_keypoints(seen(camera, CORNERS, 0.0, (3,), seed), full, optimize_focal=True)[0]
    assert agrees(best, camera, 0.01, 1e-3)
    assert best.camera.focal[0].tolist() == pytest.approx(camera.focal[0].tolist(), rel=1e-4)
    four = poses_from_keypoints(seen(camera, FOUR), full, optimize_focal=True)
    assert min(angle_deg(pose, camera) for pose in four if pose.inliers.all()) < 0.5


def test_pixels_that_are_not_square_keep_their_shape():
    camera = camera_of(3)
    camera = replace(camera, focal=camera.focal * torch.tensor([1.2, 1.0]))
    full = replace(camera, focal=0.7 * camera.focal)
    best = poses_from_keypoints(seen(camera, CORNERS), full, optimize_focal=True)[0]
    assert angle_deg(best, camera) < 0.01
    assert best.camera.focal[0].tolist() == pytest.approx(camera.focal[0].tolist(), rel=1e-4)


def test_millimetres_far_from_the_origin():
    unit, origin = 1000.0, 250_000.0
    camera = camera_of(2, unit, origin)
    points = seen(camera, CORNERS * unit + origin, 0.5, (4,))
    best = poses_from_keypoints(points, camera, optimize_focal=False)[0]
    assert angle_deg(best, camera) < 1
    assert (best.camera.center - camera.center).norm() < 0.02 * 5 * unit
    assert not best.inliers[4]
    assert best.inliers.sum() == 7


def test_many_points_half_of_them_wrong():
    camera = camera_of(1)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (30, 3))
    best = poses_from_keypoints(seen(camera, points, 0.5, tuple(range(15))), camera, optimize_focal=False)[0]
    assert agrees(best, camera, 1, 0.02)
    assert best.inliers[15:].all()


def test_the_same_in_every_run():
    camera = camera_of(1)
    points = seen(camera, np.random.default_rng(0).uniform(-0.5, 0.5, (20, 3)), 1.0, (0, 1, 2))
    first, second = (poses_from_keypoints(points, camera, optimize_focal=True) for _ in range(2))
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert one.camera.world_to_camera.equal(other.camera.world_to_camera)


def test_points_behind_the_camera_do_not_agree():
    camera = camera_of(0)
    found = poses_from_keypoints(seen(camera, CORNERS[:5], wrong=(2,)), camera, optimize_focal=False)
    for pose in found:
        _, depth = pose.camera.project(torch.from_numpy(CORNERS[:5])[None])
        assert (depth[0][pose.inliers] > 0).all()
        assert pose.error[depth[0] <= 0].isinf().all()


def test_the_tolerance_decides_who_agrees():
    camera = camera_of(4)
    points = seen(camera, CORNERS)
    points.uv[0] += torch.tensor([20.0, 0.0])
    assert not poses_from_keypoints(points, camera, False)[0].inliers[0]
    assert poses_from_keypoints(points, camera, False, tolerance_pixels=30)[0].inliers.all()


@pytest.mark.parametrize(
    "points",
    [
        FOUR[:3],
        np.outer([0.0, 0.2, 0.5, 1.0, -0.4], [1.0, 2.0, 3.0]),
        np.zeros((5, 3)) + 0.3,
        np.full((6, 3), 1e6) + np.outer(np.arange(6), [1e-3, 0, 0]),
    ],
    ids=["three", "a line", "one place", "a far line"],
)
@pytest.mark.parametrize("optimize_focal", [False, True])
def test_points_that_determine_no_pose(points, optimize_focal):
    camera = camera_of(1)
    assert poses_from_keypoints(seen(camera, points, 0.3), camera, optimize_focal) == []


def test_points_at_one_place_in_the_image():
    camera = camera_of(1)
    points = seen(camera, CORNERS)
    points = replace(
        points, uv=points.uv[:1].expand(8, 2) + torch.rand(8, 2, generator=torch.Generator().manual_seed(0))
    )
    assert poses_from_keypoints(points, camera, optimize_focal=False) == []
