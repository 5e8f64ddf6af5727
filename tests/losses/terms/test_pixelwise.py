from __future__ import annotations

import pytest
import torch
from hypothesis import given, strategies as st
from pytorch_msssim import ssim as library_ssim

from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.terms.boundary import boundary
from camera_estimation.losses.terms.l1 import l1
from camera_estimation.losses.terms.l2 import l2
from tests.support.pictures import make_pictures


def test_boundary_is_the_mean_square_times_pixels_over_the_targets_area():
    _, _, rendered, target = make_pictures(3)
    expected = torch.stack([((mask - target[0]) ** 2).mean() * target[0].numel() / target.sum() for mask in rendered])
    torch.testing.assert_close(boundary(rendered, target), expected)


def test_boundary_of_an_empty_target_counts_pixels():
    assert boundary(torch.ones(2, 1, 4, 5), torch.zeros(1, 1, 4, 5)).tolist() == [20, 20]


def test_l1_and_l2_by_hand():
    rendered = torch.tensor([0.5, 0.0, 0.25]).reshape(1, 3, 1, 1).expand(1, 3, 2, 2)
    target = torch.zeros(1, 3, 2, 2)
    torch.testing.assert_close(l1(rendered, target), torch.tensor([0.25]))
    torch.testing.assert_close(l2(rendered, target), torch.tensor([(0.25 + 0.0625) / 3]))


@pytest.mark.parametrize("residual", [0.01, 0.1, 0.5])
def test_robust_costs_are_halved_at_their_scale_and_bounded(residual):
    rendered, target = torch.full((1, 3, 4, 4), residual), torch.zeros(1, 3, 4, 4)
    for term in (l1, l2):
        torch.testing.assert_close(term(rendered, target, robust=residual), term(rendered, target) / 2)
        assert term(rendered, target, robust=1e-3) < 2 * term(torch.full_like(rendered, 1e-3), target)
    masks = rendered[:, :1], torch.ones(1, 1, 4, 4) * 1e-6
    torch.testing.assert_close(boundary(*masks, robust=residual), boundary(*masks) / 2, atol=1e-4, rtol=1e-4)


def test_formulas():
    rendered, target, rendered_mask, target_mask = images = make_pictures(3)
    absolute, squared = l1(rendered, target), l2(rendered, target)
    masks = boundary(rendered_mask, target_mask)

    def loss(name, **options):
        return create_loss_objective(name, **options).compute_loss(*images)

    torch.testing.assert_close(loss("l1l2"), 0.5 * absolute + 0.5 * squared + 0.1 * masks)
    torch.testing.assert_close(
        loss("l1l2", l1_weight=1.0, l2_weight=2.0, boundary_weight=3.0), absolute + 2 * squared + 3 * masks
    )
    ssim = library_ssim(rendered, target.expand_as(rendered), data_range=1.0, size_average=False)
    torch.testing.assert_close(loss("ssim"), 1 - ssim + 0.1 * masks)
    torch.testing.assert_close(loss("mask_only"), masks)


@pytest.mark.parametrize("name", ["l1l2", "ssim", "ms_ssim", "gradient", "census", "ncc"])
def test_color_outside_the_targets_silhouette_costs(name):
    _, target, _, target_mask = make_pictures(1)
    outside = (target_mask < 0.01).float()
    objective = create_loss_objective(name, boundary_weight=0.0)
    spilled = objective.compute_loss(target + 0.5 * outside, target, target_mask, target_mask)
    assert spilled > objective.compute_loss(target, target, target_mask, target_mask) + 0.02


@given(st.floats(0, 1), st.floats(0, 1))
def test_differences_of_color_are_symmetric_and_not_negative(first, second):
    one, other = torch.full((1, 3, 12, 12), first), torch.full((1, 3, 12, 12), second)
    for term in (l1, l2):
        assert term(one, other) == term(other, one) >= 0


def test_changed_lighting_costs_the_default_objective_little():
    rendered, _, mask, _ = make_pictures(1)
    brighter = 0.6 * rendered + 0.2 * mask
    default = create_loss_objective("silhouette_color").compute_loss(rendered, brighter, mask, mask)
    assert default < 0.2 * l1(rendered, brighter)  # light passes into the rim of what is compared coarsely
