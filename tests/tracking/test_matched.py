from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.images import Keypoints
from camera_estimation.images.loading import UNMASKED
from camera_estimation.tracking import matched
from camera_estimation.tracking.matched import LEAST_MATCHES, follow_matches
from tests.support.orbits import QUICK, angle_deg, ball, orbiting_cameras, pictures

MATCHER = None  # its place is taken by the matches that tests make


@pytest.fixture(scope="module")
def scene():
    """A ball, its true camera, and an estimate of it."""
    mesh, truth = ball(), orbiting_cameras([25.0])
    (image,) = pictures(mesh, truth)
    intrinsics = (*truth.focal[0].tolist(), *truth.principal_point[0].tolist())
    estimator = CameraEstimator(mesh, merge_settings(QUICK, {"evidence": {"keypoint_weight": 5.0}}))
    return estimator, image, truth, intrinsics, estimator.estimate(image, intrinsics=intrinsics)


def keypoints_of(camera, count: int, wrong: float = 0.0) -> Keypoints:
    """Points of the object where the camera sees them, a share of them at random places."""
    generator = torch.Generator().manual_seed(0)
    xyz = torch.nn.functional.normalize(torch.randn(count, 3, generator=generator, dtype=torch.float64), dim=1)
    uv, _ = camera.project(xyz[None])
    uv = uv[0].clone()
    astray = round(wrong * count)
    uv[:astray] = 128 * torch.rand(astray, 2, generator=generator, dtype=torch.float64)
    return Keypoints(xyz, uv, torch.ones(count, dtype=torch.float64), tuple(map(str, range(count))))


def turned_by(camera, degrees: float):
    turn = rotvec_to_rotmat(torch.tensor([[0.0, math.radians(degrees), 0.0]], dtype=torch.float64))
    return replace(camera, rotation=camera.rotation @ turn)


@pytest.fixture
def matching(monkeypatch):
    """A function that lets matches be these keypoints."""
    return lambda keypoints: monkeypatch.setattr(matched, "match_render", lambda *arguments: keypoints)


def test_the_pose_follows_matches_that_agree(scene, matching):
    estimator, image, truth, intrinsics, estimate = scene
    aim = turned_by(truth, 2.0)
    matching(keypoints_of(aim, 40, wrong=0.2))
    found = follow_matches(estimate, estimator, image, MATCHER, intrinsics=intrinsics)
    assert angle_deg(found.camera, aim) < 0.7 * angle_deg(estimate.camera, aim)
    assert found.keypoints is None
    assert found.seconds["refine"] > estimate.seconds["refine"]


@pytest.mark.parametrize(("count", "wrong"), [(LEAST_MATCHES - 1, 0.0), (40, 0.8)])
def test_few_matches_and_those_that_do_not_agree_change_nothing(scene, matching, count, wrong):
    estimator, image, truth, intrinsics, estimate = scene
    matching(keypoints_of(turned_by(truth, 2.0), count, wrong))
    assert follow_matches(estimate, estimator, image, MATCHER, intrinsics=intrinsics) is estimate


def test_images_without_a_mask_and_with_keypoints_of_their_own_are_left_alone(scene, matching):
    estimator, image, truth, intrinsics, estimate = scene
    matching(keypoints_of(turned_by(truth, 2.0), 40))
    known = replace(image, evidence=replace(image.evidence, keypoints=keypoints_of(truth, 6)))
    for left in (replace(image, mask_source=UNMASKED), known):
        assert follow_matches(estimate, estimator, left, MATCHER, intrinsics=intrinsics) is estimate
