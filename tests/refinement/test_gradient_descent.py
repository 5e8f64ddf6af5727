from __future__ import annotations

import pytest
import torch

from camera_estimation.camera import Camera, displaced, geodesic_angle
from camera_estimation.refinement.gradient_descent import descend, gradient_by_differences
from tests.shapes import view_from

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
START = displaced(TRUTH[[0, 0]], STEPS)


def test_differences_agree_with_gradients():
    loss_of = reprojection(TRUTH)
    step = torch.zeros(2, 7, requires_grad=True)
    loss_of(displaced(START, step)).sum().backward()
    numeric = gradient_by_differences(loss_of, START, step.detach(), 0.003)
    assert torch.allclose(numeric, step.grad, rtol=0.02, atol=0.02 * float(step.grad.abs().max()))


def test_objectives_without_gradients_are_descended():
    loss_of = reprojection(TRUTH)
    start = geodesic_angle(START.rotation, TRUTH.rotation)
    best = descend(in_steps(loss_of), START, 80, 0.01)
    assert (geodesic_angle(best.camera.rotation, TRUTH.rotation) < 0.2 * start).all()
    assert (loss_of(best.camera) < 0.02 * loss_of(START)).all()


def test_the_best_pose_of_the_descent_is_returned():
    """Steps far too large: what comes back is the best that was seen, not the last."""
    loss_of = reprojection(TRUTH)
    start = START[:1]
    seen = []
    best = descend(loss_of, start, 5, 0.5, on_iteration=lambda number, camera, loss, step: seen.append(float(loss)))
    assert len(seen) == 6
    assert best.loss.item() == min(seen) <= loss_of(start).item()
    assert seen[-1] > min(seen)
    assert loss_of(best.camera).item() == pytest.approx(best.loss.item(), rel=1e-3)


def test_a_descent_that_gains_nothing_ends_early():
    seen = []
    descend(reprojection(TRUTH), TRUTH, 200, 0.001, on_iteration=lambda number, *_: seen.append(number))
    assert seen[-1] == 200 // 4
    seen.clear()
    descend(reprojection(TRUTH), START, 20, 0.005, on_iteration=lambda number, *_: seen.append(number))
    assert seen[-1] == 20  # it still gains
