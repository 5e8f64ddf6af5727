from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_msssim import ssim as library_ssim

from camera_estimation.losses import terms
from camera_estimation.losses.registry import create_loss_objective
from tests.losses.pictures import make_pictures

WITHOUT_DOWNLOAD = ["silhouette_color", "l1l2", "ssim", "mask_only"]


def test_boundary_is_the_mean_square_times_pixels_over_the_targets_area():
    _, _, rendered, target = make_pictures(3)
    expected = torch.stack([((mask - target[0]) ** 2).mean() * target[0].numel() / target.sum() for mask in rendered])
    torch.testing.assert_close(terms.boundary(rendered, target), expected)


def test_boundary_of_an_empty_target_counts_pixels():
    assert terms.boundary(torch.ones(2, 1, 4, 5), torch.zeros(1, 1, 4, 5)).tolist() == [20, 20]


def test_l1_and_l2_by_hand():
    rendered = torch.tensor([0.5, 0.0, 0.25]).reshape(1, 3, 1, 1).expand(1, 3, 2, 2)
    target = torch.zeros(1, 3, 2, 2)
    torch.testing.assert_close(terms.l1(rendered, target), torch.tensor([0.25]))
    torch.testing.assert_close(terms.l2(rendered, target), torch.tensor([(0.25 + 0.0625) / 3]))


def test_ssim_is_the_librarys_for_values_up_to_one():
    rendered, target, _, _ = make_pictures(2)
    expected = torch.stack([library_ssim(image[None], target, data_range=1.0) for image in rendered])
    torch.testing.assert_close(terms.ssim(rendered, target), expected)


def test_ssim_is_symmetric():
    rendered, target, _, _ = make_pictures(1)
    torch.testing.assert_close(terms.ssim(rendered, target), terms.ssim(target, rendered))


@pytest.mark.parametrize("size", [(10, 64), (8, 8)])
def test_ssim_of_small_images(size):
    rendered, target, _, _ = make_pictures(2, size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert terms.ssim(rendered, rendered).tolist() == pytest.approx([1, 1])
        assert (terms.ssim(rendered, target) < 1).all()


def test_formulas():
    rendered, target, rendered_mask, target_mask = images = make_pictures(3)
    l1, l2 = terms.l1(rendered, target), terms.l2(rendered, target)
    boundary = terms.boundary(rendered_mask, target_mask)

    def loss(name, **options):
        return create_loss_objective(name, **options).compute_loss(*images)

    torch.testing.assert_close(loss("l1l2"), 0.5 * l1 + 0.5 * l2 + 0.1 * boundary)
    torch.testing.assert_close(
        loss("l1l2", l1_weight=1.0, l2_weight=2.0, boundary_weight=3.0), l1 + 2 * l2 + 3 * boundary
    )
    torch.testing.assert_close(loss("ssim"), 1 - terms.ssim(rendered, target) + 0.1 * boundary)
    torch.testing.assert_close(loss("mask_only"), boundary)


@pytest.mark.parametrize("name", WITHOUT_DOWNLOAD)
def test_identity_costs_nothing(name):
    rendered, _, mask, _ = make_pictures(2)
    losses = create_loss_objective(name).compute_loss(rendered, rendered, mask, mask)
    torch.testing.assert_close(losses, torch.zeros(2), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", WITHOUT_DOWNLOAD)
def test_values_do_not_depend_on_the_rest_of_the_batch(name):
    rendered, target, rendered_mask, target_mask = make_pictures(4)
    objective = create_loss_objective(name)
    together = objective.compute_loss(rendered, target, rendered_mask, target_mask)
    alone = [
        objective.compute_loss(rendered[i : i + 1], target, rendered_mask[i : i + 1], target_mask) for i in range(4)
    ]
    torch.testing.assert_close(together, torch.cat(alone))
    repeated = objective.compute_loss(
        rendered, target.expand(4, -1, -1, -1), rendered_mask, target_mask.expand(4, -1, -1, -1)
    )
    torch.testing.assert_close(together, repeated)


@pytest.mark.parametrize("name", WITHOUT_DOWNLOAD)
def test_gradients_are_finite_also_where_nothing_is_covered(name):
    images = make_pictures(2)
    rendered = torch.cat([images[0], torch.zeros_like(images[0][:1])]).requires_grad_()
    mask = torch.cat([images[2], torch.zeros_like(images[2][:1])]).requires_grad_()
    create_loss_objective(name).compute_loss(rendered, images[1], mask, images[3]).sum().backward()
    assert mask.grad.isfinite().all()
    assert mask.grad[:2].abs().sum() > 0
    if name != "mask_only":
        assert rendered.grad.isfinite().all()
        assert (rendered.grad[:2].abs().flatten(1).sum(1) > 0).all()


@pytest.mark.parametrize("name", ["l1l2", "ssim"])
def test_colour_outside_the_targets_silhouette_costs(name):
    _, target, _, target_mask = make_pictures(1)
    outside = (target_mask < 0.01).float()
    objective = create_loss_objective(name, boundary_weight=0.0)
    spilled = objective.compute_loss(target + 0.5 * outside, target, target_mask, target_mask)
    assert spilled > objective.compute_loss(target, target, target_mask, target_mask) + 0.05


@given(st.floats(0, 1), st.floats(0, 1))
def test_differences_of_colour_are_symmetric_and_not_negative(first, second):
    one, other = torch.full((1, 3, 12, 12), first), torch.full((1, 3, 12, 12), second)
    for term in (terms.l1, terms.l2):
        assert term(one, other) == term(other, one) >= 0


def test_changed_lighting_costs_the_default_objective_little():
    rendered, _, mask, _ = make_pictures(1)
    brighter = 0.6 * rendered + 0.2 * mask
    default = create_loss_objective("silhouette_color").compute_loss(rendered, brighter, mask, mask)
    assert default < 0.1 * terms.l1(rendered, brighter)
