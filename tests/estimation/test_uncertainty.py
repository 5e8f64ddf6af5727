from __future__ import annotations

import math

import pytest
import torch

from camera_estimation.estimation import _uncertainty as module
from camera_estimation.estimation._uncertainty import (
    LARGEST_DEVIATION,
    covariance_with_deformation,
    evidence_against,
    inverse_within,
    pose_covariance,
    uncertainty,
)
from camera_estimation.geometry.camera import retract
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.images.target import TargetView
from camera_estimation.losses import PoseScorer
from camera_estimation.mesh.textured_mesh import Texture
from camera_estimation.refinement.gauss_newton import refine
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, round_ball, target_view, view_from

GRAY = Texture(torch.full((1, 1, 3), 160, dtype=torch.uint8))
CAMERA = view_from((0.5, 0.4, 1.0), size=96)


@pytest.fixture(scope="module")
def renderer():
    return Renderer(bumpy_ball(60, 60))


def noisy(target: TargetView, deviation: float, seed: int) -> TargetView:
    """The target with independent Gaussian noise in its colours."""
    generator = torch.Generator().manual_seed(seed)
    noise = deviation * torch.randn(target.rgba[:, :3].shape, generator=generator)
    mask = target.rgba[:, 3:]
    return TargetView(torch.cat([target.rgba[:, :3] + noise * mask, mask], dim=1), target.pixel_weight, target.window)


def covariance_at(renderer: Renderer, target: TargetView, camera, parameters: int = 6) -> torch.Tensor:
    return pose_covariance(renderer, PoseScorer(target, 1.0)(renderer, camera), parameters).double()


def rotation_sigma(covariance: torch.Tensor) -> float:
    return float(covariance[:3, :3].diagonal().sum().sqrt())


def turn_between(found, truth) -> torch.Tensor:
    """The rotation vector, of a small angle, from the true to the found rotation in camera axes."""
    turn = (found.rotation[0] @ truth.rotation[0].T).double()
    return torch.stack([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]]) / 2


def test_covariance_is_symmetric_and_positive(renderer):
    for parameters in (6, 7):
        covariance = covariance_at(renderer, target_view(renderer, CAMERA), CAMERA, parameters)
        assert covariance.shape == (parameters, parameters)
        assert torch.allclose(covariance, covariance.T, rtol=1e-4, atol=1e-12)
        assert torch.linalg.eigvalsh((covariance + covariance.T) / 2).min() > 0


def test_errors_under_noise_are_within_three_deviations(renderer):
    """And not so far within that the deviations say nothing."""
    target, start = target_view(renderer, CAMERA), retract(CAMERA, torch.tensor([[0.01, -0.01, 0.01, 0, 0, 0.01]]))
    ratios = []
    for seed in range(6):
        image = noisy(target, 0.1, seed)
        found = refine(renderer, start, PoseScorer(image, 1.0), 20).camera
        ratios.append(turn_between(found, CAMERA).norm() / rotation_sigma(covariance_at(renderer, image, found)))
    assert sum(ratio < 3 for ratio in ratios) >= 5
    assert sum(ratios) / len(ratios) > 0.2


@pytest.mark.parametrize(("weak", "strong"), [(0.05, 0.1), (0.1, 0.2)])
def test_twice_the_noise_is_twice_the_deviation(monkeypatch, weak, strong):
    """But for the floor, which is left out here."""
    monkeypatch.setattr(module, "FLOOR_PIXELS", 1e-5)
    renderer = Renderer(round_ball(60, 60))
    target = target_view(renderer, CAMERA)
    mean = {
        deviation: sum(rotation_sigma(covariance_at(renderer, noisy(target, deviation, s), CAMERA)) for s in range(4))
        for deviation in (weak, strong)
    }
    assert mean[strong] / mean[weak] == pytest.approx(2, abs=0.5)


def test_depth_is_less_sure_where_the_focal_length_is_unknown(renderer):
    target = target_view(renderer, CAMERA)
    known, free = (
        uncertainty(covariance_at(renderer, target, CAMERA, parameters), CAMERA.translation[0], 1.0)
        for parameters in (6, 7)
    )
    assert known.log_focal == 0
    assert free.log_focal > 0.001
    assert free.translation[2] > 3 * known.translation[2]
    assert free.translation[0] == pytest.approx(known.translation[0], rel=0.5)


def test_a_plain_ball_says_nothing_of_its_rotation():
    plain = Renderer(round_ball(100, 100, GRAY))
    sigma = rotation_sigma(covariance_at(plain, target_view(plain, CAMERA), CAMERA))
    assert math.degrees(sigma) > 10


def test_a_texture_tells_the_rotation_of_a_ball():
    textured, plain = (Renderer(round_ball(60, 60, texture)) for texture in (None, GRAY))
    sigmas = [rotation_sigma(covariance_at(r, target_view(r, CAMERA), CAMERA)) for r in (textured, plain)]
    assert math.degrees(sigmas[0]) < 1
    assert sigmas[0] < sigmas[1]


def test_directions_without_information_are_bounded():
    matrix = torch.diag(torch.tensor([4.0, 1.0, 0.0], dtype=torch.float64))[None]
    inverse = inverse_within(matrix)[0].diagonal()
    assert inverse[:2].tolist() == pytest.approx([0.25, 1.0])
    assert inverse[2] > 1e6
    empty = uncertainty(1e9 * torch.eye(6), torch.tensor([0.0, 0.0, 4.0]), unit=2.0)
    assert empty.rotation == pytest.approx(math.pi)
    assert empty.translation == pytest.approx([2 * LARGEST_DEVIATION] * 3)


def test_uncertainty_is_that_of_poses_drawn_from_the_covariance():
    """Positions of the mesh's centre, in its own units, from steps of ``geometry.retract``: small ones, as depth is the
    inverse of one of their parameters."""
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(7, 7, generator=generator) * 0.002
    covariance = root @ root.T
    camera = view_from((0.5, 0.4, 1.0))
    steps = torch.randn(20000, 7, generator=generator) @ root.T
    poses = retract(camera[[0] * len(steps)], steps)
    said = uncertainty(covariance, camera.translation[0], unit=5.0)
    assert said.translation == pytest.approx((5 * poses.translation.std(0)).tolist(), rel=0.05)
    assert said.log_focal == pytest.approx((poses.focal[:, 0] / camera.focal[0, 0]).log().std().item(), rel=0.05)
    angles = rotvec_to_rotmat(steps[:, :3]).diagonal(dim1=1, dim2=2).sum(1).sub(1).div(2).clamp(-1, 1).arccos()
    assert said.rotation == pytest.approx(angles.square().mean().sqrt().item(), rel=0.05)


def test_covariance_of_a_deformed_pose_is_the_inverse_on_the_scale_of_the_prior():
    normal = torch.diag(torch.tensor([1.0, 2.0, 4.0]))
    weak, strong = (covariance_with_deformation(normal, weight).diagonal() for weight in (0.25, 0.5))
    assert torch.allclose(strong / strong[0], torch.tensor([1.0, 0.5, 0.25]))
    assert torch.allclose(strong, 2 * weak)


def test_no_evidence_against_itself_and_much_against_a_wrong_pose(renderer):
    target = target_view(renderer, CAMERA)
    turns = torch.tensor([[0, 0, 0, 0, 0, 0.0], [0, 1e-4, 0, 0, 0, 0], [0, 0.1, 0, 0, 0, 0], [0, 2.5, 0, 0, 0, 0]])
    cameras = retract(CAMERA[[0] * 4], turns)
    maps = PoseScorer(target, 1.0)(renderer, cameras).cost_map
    itself, hardly, little, wrong = evidence_against(maps).tolist()
    assert itself == 0
    assert abs(hardly) < 2
    assert min(little, wrong) > 3


def test_evidence_between_poses_is_antisymmetric_and_grows_with_consistency():
    generator = torch.Generator().manual_seed(0)
    first = torch.rand(1, 1, 64, 64, generator=generator)
    chance = torch.rand(1, 1, 64, 64, generator=generator)  # as good, elsewhere
    worse = first + 0.2
    against = evidence_against(torch.cat([first, chance, worse]))
    assert abs(against[1]) < 3
    assert against[2] > 10
    back = evidence_against(torch.cat([chance, first]))
    assert back[1].item() == pytest.approx(-against[1].item(), rel=1e-3, abs=1e-5)


def test_evidence_does_not_depend_on_the_scale_of_the_cost():
    generator = torch.Generator().manual_seed(1)
    maps = torch.rand(3, 1, 64, 64, generator=generator)
    assert torch.allclose(evidence_against(maps), evidence_against(0.01 * maps), rtol=1e-3, atol=1e-4)
