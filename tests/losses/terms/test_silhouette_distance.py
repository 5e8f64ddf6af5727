from __future__ import annotations

import torch

from camera_estimation.losses.terms.silhouette_distance import ContourDistance


def square(center: int, size: int = 64, half: int = 6) -> torch.Tensor:
    mask = torch.zeros(1, 1, size, size)
    mask[:, :, size // 2 - half : size // 2 + half, center - half : center + half] = 1
    return mask


def test_silhouettes_far_apart_pull_harder_than_near_ones():
    target = square(12)
    moved = torch.cat([square(center) for center in (12, 14, 20, 30, 40, 52)])
    values = ContourDistance()(moved, target)
    assert values[0] == 0
    assert (values.diff() > 0).all()
    assert values[5] - values[4] > 0.1  # although the two no longer overlap, where the boundary term is constant


def test_the_distance_is_the_same_at_every_resolution():
    small = ContourDistance()(square(32), square(24))
    large = ContourDistance()(square(64, 128, 12), square(48, 128, 12))
    torch.testing.assert_close(small, large, atol=0, rtol=0.03)


def test_the_gradient_of_the_distance_is_exact():
    target = square(12).double()
    rendered = (0.8 * square(20) + 0.1).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda mask: ContourDistance()(mask, target), rendered, fast_mode=True)


def test_targets_without_a_contour():
    rendered = torch.full((1, 1, 8, 8), 0.5, requires_grad=True)
    for target in (torch.zeros(1, 1, 8, 8), torch.ones(1, 1, 8, 8)):
        (gradient,) = torch.autograd.grad(ContourDistance()(rendered, target).sum(), rendered)
        assert gradient.isfinite().all()
        assert (gradient != 0).all()
