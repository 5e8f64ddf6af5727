"""BFGS on functions whose minima are known."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.refinement._bfgs import BatchBfgs

SCALES = torch.tensor([1.0, 10.0, 100.0])


def run(bfgs: BatchBfgs, steps: int) -> BatchBfgs:
    for _ in range(steps):
        active = bfgs.active()
        if len(active) == 0:
            break
        bfgs.try_step(active)
    return bfgs


def valleys(centers: torch.Tensor):
    """Ill-conditioned quadratics, each with a minimum of its own."""
    return lambda index, point: (SCALES * (point - centers[index]).square()).sum(1)


def rosenbrock(index, point):
    x, y = point.unbind(1)
    return (1 - x).square() + 100 * (y - x.square()).square()


def test_each_problem_finds_its_own_minimum():
    centers = torch.tensor([[0.5, -0.3, 0.2], [-0.4, 0.1, 0.6], [0.0, 0.0, 0.0]])
    found = run(BatchBfgs(valleys(centers), torch.zeros(3, 3), first_step=0.05, longest_step=1.0), 80)
    assert torch.allclose(found.point.float(), centers, atol=0.02)
    assert (found.loss < 1e-2).all()


def test_a_batch_is_its_members_one_by_one():
    centers = torch.tensor([[0.5, -0.3, 0.2], [-0.4, 0.1, 0.6]])
    together = run(BatchBfgs(valleys(centers), torch.zeros(2, 3), 0.05, 1.0), 15)
    for index in range(2):
        alone = run(BatchBfgs(valleys(centers[[index]]), torch.zeros(1, 3), 0.05, 1.0), 15)
        assert torch.allclose(alone.point[0], together.point[index])


def test_a_curved_valley_is_followed():
    found = run(BatchBfgs(rosenbrock, torch.tensor([[-0.5, 0.5]]), 0.1, 0.5), 200)
    assert found.loss.item() < 0.05
    assert found.loss.item() < rosenbrock(None, torch.tensor([[-0.5, 0.5]])).item() / 20


def test_functions_without_gradients_are_differentiated_numerically():
    centers = torch.tensor([[0.3, -0.2, 0.1]])
    smooth = valleys(centers)
    found = run(BatchBfgs(lambda index, point: smooth(index, point.detach()), torch.zeros(1, 3), 0.02, 1.0), 60)
    assert torch.allclose(found.point.float(), centers, atol=0.02)


def test_no_step_is_longer_than_allowed():
    bfgs = BatchBfgs(valleys(torch.tensor([[5.0, 5.0, 5.0]])), torch.zeros(1, 3), 0.5, 0.1)
    for _ in range(10):
        assert bfgs.try_step(bfgs.active()).abs().max() <= 0.1 + 1e-9


def test_the_loss_never_rises():
    bfgs = BatchBfgs(rosenbrock, torch.tensor([[-1.2, 1.0], [0.4, -0.7]]), 0.1, 0.5)
    before = bfgs.loss.clone()
    for _ in range(40):
        bfgs.try_step(bfgs.active())
        assert (bfgs.loss <= before).all()
        before = bfgs.loss.clone()


@pytest.mark.parametrize("value", [0.0, float("nan")])
def test_where_nothing_is_gained_it_ends(value):
    bfgs = run(BatchBfgs(lambda index, point: point.sum(1) * 0 + value, torch.zeros(1, 3), 0.1, 0.5), 50)
    assert len(bfgs.active()) == 0
    assert torch.equal(bfgs.point, torch.zeros(1, 3, dtype=torch.float64))
