from __future__ import annotations

import math

import pytest
import torch

from camera_estimation.geometry.camera import concatenate, retract
from camera_estimation.geometry.focal_prior import FocalPrior
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.images.target import TargetView
from camera_estimation.losses import PoseScorer
from camera_estimation.refinement.focal_length import FreeFocal
from camera_estimation.refinement.gauss_newton import hold_rotation, linearize_image, refine
from camera_estimation.refinement.levenberg_marquardt import Linearization, solve_damped
from camera_estimation.rendering.motion_field import moving_points
from camera_estimation.rendering.point_motion import motion_of
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, view_from

START = torch.tensor([[0.08, -0.06, 0.1, 0.04, -0.03, 0.05]])  # about 8 degrees


@pytest.fixture(scope="module")
def renderer():
    return Renderer(bumpy_ball(60, 60))


def target_of(renderer, camera) -> TargetView:
    rgba = renderer.supersample(camera, 4)
    return TargetView(rgba, torch.ones_like(rgba[:, 3:]), (0.0, 0.0, float(camera.width), float(camera.height)))


def test_motion_field_is_the_derivative_of_projection(renderer):
    camera = view_from((1, 0.5, 0.3), size=48)
    points = moving_points(renderer.draw(camera)[1], camera, 1)
    motion = motion_of(points, camera, 7)
    mesh_points = points[:, :3].flatten(2).transpose(1, 2).double()
    seen = (points[0, 3] > 0).flatten()
    for parameter in range(7):
        moves = torch.zeros(2, 7, dtype=torch.float64)
        moves[:, parameter] = torch.tensor([1e-4, -1e-4])
        after, before = (retract(camera.to(torch.float64), move[None]).project(mesh_points)[0] for move in moves)
        expected = ((after - before) / 2e-4)[0, seen]
        assert torch.allclose(motion[0, :, seen, parameter].T.double(), expected, atol=2e-2, rtol=1e-3)


def test_known_pose_is_recovered_whatever_the_exposure(renderer):
    camera = view_from((0.5, 0.4, 1.0), size=128)
    target = target_of(renderer, camera)
    dimmed = torch.cat([target.rgba[:, :3] * 0.6 + 0.05 * target.rgba[:, 3:], target.rgba[:, 3:]], dim=1)
    for rgba in (target.rgba, dimmed):
        view = TargetView(rgba, target.pixel_weight, target.window)
        refined = refine(renderer, retract(camera, START), PoseScorer(view, blur=1.0), iterations=25)
        error = rotmat_geodesic_distance(refined.camera.rotation, camera.rotation)
        assert math.degrees(error.item()) < 0.15
        assert (refined.camera.translation - camera.translation).norm() < 0.01


def test_candidates_of_a_batch_do_not_depend_on_each_other(renderer):
    camera = view_from((0.5, 0.4, 1.0), size=64)
    target = target_of(renderer, camera)
    starts = [retract(camera, START * scale) for scale in (1.0, -0.7, 0.5)]
    together = refine(renderer, concatenate(starts), PoseScorer(target, blur=1.0), iterations=6)
    for index, start in enumerate(starts):
        alone = refine(renderer, start, PoseScorer(target, blur=1.0), iterations=6)
        assert torch.allclose(alone.camera.rotation[0], together.camera.rotation[index], atol=1e-4)


def test_focal_length_is_found_with_the_pose(renderer):
    # Near, as perspective tells the focal length, and large: at 128 px the costs of the samples' places are noise that
    # hides 3 % of focal length made up for by depth.
    camera = view_from((0.5, 0.4, 1.0), distance=2.2, size=256)
    wrong = retract(camera, torch.cat([START, torch.tensor([[-0.08]])], dim=1))  # 20 % longer
    expected = FreeFocal.of_camera(FocalPrior.from_degrees(40.0, 25.0, "test"), camera.height)
    refined = refine(renderer, wrong, PoseScorer(target_of(renderer, camera), blur=1.0), iterations=80, focal=expected)
    assert refined.camera.focal[0, 0].item() == pytest.approx(camera.focal[0, 0].item(), rel=0.01)
    assert math.degrees(rotmat_geodesic_distance(refined.camera.rotation, camera.rotation).item()) < 0.15


def test_held_rotations_do_not_turn(renderer):
    """And the rest is that of the smaller problem."""
    root = torch.randn(2, 7, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    whole = Linearization(torch.ones(2), root @ root.mT, torch.ones(2, 7, dtype=torch.float64))
    step = solve_damped(hold_rotation(whole), torch.zeros(2))
    assert not step[:, :3].any()
    expected = torch.linalg.solve(whole.normal_matrix[:, 3:, 3:], whole.gradient[:, 3:])
    assert torch.allclose(step[:, 3:], expected, rtol=1e-2)
    camera = view_from((0.5, 0.4, 1.0), size=128)
    moved = retract(camera, START * torch.tensor([0, 0, 0, 1.0, 1.0, 1.0]))
    found = refine(renderer, moved, PoseScorer(target_of(renderer, camera), blur=1.0), iterations=20, turn=False)
    assert torch.allclose(found.camera.rotation, camera.rotation, atol=1e-5)
    assert (found.camera.translation - camera.translation).norm() < 0.01


def test_upright_camera_stays_upright(renderer):
    camera = view_from((0.5, 0.4, 1.0), size=128)
    up = torch.tensor([0.0, 1.0, 0.0])
    tilted = retract(camera, torch.tensor([[0.0, 0.05, 0.12, 0.0, 0.0, 0.0]]))
    refined = refine(renderer, tilted, PoseScorer(target_of(renderer, camera), blur=1.0), iterations=20, up=up)
    assert abs(refined.camera.rotation[0, 0, 1].item()) < 1e-4
    assert math.degrees(rotmat_geodesic_distance(refined.camera.rotation, camera.rotation).item()) < 0.3


def test_what_is_beyond_the_border_is_no_evidence(renderer):
    """The right half of the object is cut off by the image's border: the cut must not pull the pose."""
    camera = view_from((0.5, 0.4, 1.0), size=128)
    whole = target_of(renderer, camera)
    inside = whole.pixel_weight.clone()
    inside[..., 64:] = 0
    cut = TargetView(whole.rgba * inside, inside, whole.window)
    refined = refine(renderer, retract(camera, 0.5 * START), PoseScorer(cut, blur=1.0), iterations=15)
    assert math.degrees(rotmat_geodesic_distance(refined.camera.rotation, camera.rotation).item()) < 0.9


def test_normal_matrix_is_symmetric_and_gradient_vanishes_at_the_optimum(renderer):
    camera = view_from((0.5, 0.4, 1.0), size=64)
    rgba = renderer.draw(camera)[0]
    window = (0.0, 0.0, float(camera.width), float(camera.height))
    scorer = PoseScorer(TargetView(rgba, torch.ones_like(rgba[:, 3:]), window), blur=0.0)
    at_truth = linearize_image(scorer(renderer, camera), 6)
    away = linearize_image(scorer(renderer, retract(camera, START)), 6)
    assert torch.allclose(at_truth.normal_matrix, at_truth.normal_matrix.transpose(1, 2), rtol=1e-4, atol=1e-6)
    assert at_truth.cost.item() < 1e-6 < away.cost.item()
    assert at_truth.gradient.norm() < 1e-3 * away.gradient.norm()
