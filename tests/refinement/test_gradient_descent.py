from __future__ import annotations

import pytest
import torch

from camera_estimation.geometry.camera import Camera, retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.refinement._bfgs import TRIALS, gradient_by_differences
from camera_estimation.refinement.gradient_descent import descend
from tests.support.shapes import view_from

POINTS = torch.randn(1, 30, 3, generator=torch.Generator().manual_seed(0)) * 0.5


def reprojection(truth: Camera):
    """Mean squared distance of projected points from where the true camera sees them, in image widths."""
    expected, _ = truth.project(POINTS)

    def loss_of(camera: Camera) -> torch.Tensor:
        found, _ = camera.project(POINTS.expand(len(camera), -1, -1))
        return ((found - expected) / camera.width).square().sum(-1).mean(1)

    return loss_of


def in_steps(loss_of):
    """The same without gradients, in steps, as of an objective that counts."""

    @torch.no_grad()
    def rounded(camera: Camera) -> torch.Tensor:
        return (loss_of(camera) * 1e5).round() / 1e5

    return rounded


TRUTH = view_from((0.4, 0.3, 1.0))
STEPS = torch.tensor([[0.06, -0.04, 0.1, 0.05, 0.0, 0.05], [-0.05, 0.08, 0.0, 0.0, 0.1, -0.1]])
START = retract(TRUTH[[0, 0]], STEPS)


def test_differences_agree_with_gradients():
    loss_of = reprojection(TRUTH)
    step = torch.zeros(2, 7, requires_grad=True)
    loss_of(retract(START, step)).sum().backward()
    numeric = gradient_by_differences(
        lambda index, at: loss_of(retract(START[index], at)), torch.arange(2), step.detach(), 0.003
    )
    assert torch.allclose(numeric, step.grad, rtol=0.02, atol=0.02 * float(step.grad.abs().max()))


def test_objectives_without_gradients_are_descended():
    loss_of = reprojection(TRUTH)
    start = rotmat_geodesic_distance(START.rotation, TRUTH.rotation)
    best = descend(in_steps(loss_of), START, 80, 0.01)
    assert (rotmat_geodesic_distance(best.camera.rotation, TRUTH.rotation) < 0.2 * start).all()
    assert (loss_of(best.camera) < 0.02 * loss_of(START)).all()


def test_few_evaluations_reach_the_minimum():
    seen = []
    loss_of = reprojection(TRUTH)
    best = descend(loss_of, START, 40, 0.006, on_iteration=lambda number, *_: seen.append(number))
    assert (rotmat_geodesic_distance(best.camera.rotation, TRUTH.rotation) < 1e-3).all()
    assert seen == list(range(len(seen)))
    assert len(seen) <= 41


def test_steps_far_too_long_do_no_harm():
    loss_of = reprojection(TRUTH)
    seen = []
    best = descend(loss_of, START[:1], 5, 5.0, on_iteration=lambda number, camera, loss, step: seen.append(float(loss)))
    assert len(seen) == 6
    assert seen == sorted(seen, reverse=True)
    assert best.loss.item() == seen[-1] <= loss_of(START[:1]).item()
    assert loss_of(best.camera).item() == pytest.approx(best.loss.item(), rel=1e-3)


def test_each_camera_descends_on_its_own():
    together = descend(reprojection(TRUTH), START, 12, 0.006)
    for index in range(2):
        alone = descend(reprojection(TRUTH), START[index : index + 1], 12, 0.006)
        assert torch.allclose(together.camera.rotation[index], alone.camera.rotation[0], atol=1e-5)
        assert together.loss[index] == pytest.approx(float(alone.loss), rel=1e-2)


def test_where_the_objective_is_no_number_is_avoided():
    """Nearer than a little, as where an object leaves the picture: the descent stays where there are numbers."""
    loss_of = reprojection(TRUTH)

    def undefined_nearby(camera: Camera) -> torch.Tensor:
        losses = loss_of(camera)
        return torch.where(camera.translation[:, 2] < TRUTH.translation[:, 2] * 0.99, torch.nan, losses)

    best = descend(undefined_nearby, START[:1], 60, 0.05)
    assert torch.isfinite(best.loss).all()
    assert best.loss < 0.01 * loss_of(START[:1])
    nowhere = descend(lambda camera: loss_of(camera) * torch.nan, START[:1], 10, 0.05)
    assert torch.allclose(nowhere.camera.rotation, START[:1].rotation, atol=1e-6)


def test_a_descent_that_gains_nothing_ends_early():
    seen = []
    descend(reprojection(TRUTH), TRUTH, 200, 0.001, on_iteration=lambda number, *_: seen.append(number))
    assert seen[-1] <= 2 * TRIALS
    seen.clear()
    descend(reprojection(TRUTH), START, 5, 0.005, on_iteration=lambda number, *_: seen.append(number))
    assert seen[-1] == 5  # it still gains
