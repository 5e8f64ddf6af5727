from __future__ import annotations

import pytest
import torch

from camera_estimation.losses._gaussian import blur
from camera_estimation.losses.appearance import (
    DEFAULT_APPEARANCE,
    DETAIL_WEIGHT,
    RIM,
    compare,
    huber,
    inner_part,
    ranking_score,
)
from camera_estimation.losses.details import detail_correlation, shrink
from tests.support.shapes import smooth_texture


def smooth_picture(seed: int = 0, size: int = 48) -> torch.Tensor:
    """Colors of a smooth pattern."""
    coarse = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic", align_corners=True).clamp(0, 1)


def picture(seed: int = 0, size: int = 48) -> torch.Tensor:
    """Premultiplied RGBA of a disc with a smooth pattern."""
    color = smooth_picture(seed, size)
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    mask = ((x - size / 2) ** 2 + (y - size / 2) ** 2 < (size / 3) ** 2).float()[None, None]
    return torch.cat([color * mask, mask], dim=1)


def test_cost_is_zero_at_identity_and_forgives_exposure_but_not_shape():
    rgba, inside = picture(), torch.ones(1, 1, 48, 48)
    dim = torch.cat([rgba[:, :3] * 0.7, rgba[:, 3:]], dim=1)
    moved = rgba.roll(3, dims=3)
    same, exposed, shifted = (compare(image, rgba, inside).cost.item() for image in (rgba, dim, moved))
    assert same < 1e-6
    assert exposed < 0.02 * shifted


def test_details_tell_a_picture_from_another_whatever_the_light():
    rgba, inside = picture(), torch.ones(1, 1, 48, 48)
    light = torch.linspace(0.4, 1.0, 48)[None, None, None]
    lit = torch.cat([rgba[:, :3] * light, rgba[:, 3:]], dim=1)
    assert detail_correlation(rgba, lit, inside).item() > 0.85
    assert detail_correlation(rgba, picture(seed=1), inside).item() < 0.4
    assert ranking_score(lit, rgba, inside).item() < ranking_score(picture(seed=1), rgba, inside).item()


def test_beyond_the_border_nothing_counts():
    rgba, other = picture(), picture(seed=2)
    inside = torch.zeros(1, 1, 48, 48)
    inside[..., :24] = 1
    mixed = torch.cat([rgba[..., :24], other[..., 24:]], dim=-1)
    assert compare(mixed, rgba, inside).cost.item() < 1e-6


def test_where_the_silhouette_is_not_known_only_colors_count():
    rgba, inside = picture(), torch.ones(1, 1, 48, 48)
    covered, unknown = rgba[:, 3:], torch.zeros(1, 1, 48, 48)
    smaller = rgba * (torch.arange(48) < 30)
    assert compare(smaller, rgba, inside).cost.item() > 0.1
    assert compare(smaller, rgba, inside, silhouette_weight=unknown).cost.item() < 1e-6
    dim = torch.cat([rgba[:, :3] ** 2, covered], dim=1)
    colors = compare(dim, rgba, inside, silhouette_weight=unknown)
    assert torch.equal(colors.cost, compare(dim, rgba, inside).cost)
    half = compare(smaller, rgba, inside, silhouette_weight=unknown + 0.5)
    assert torch.allclose(half.weight[:, 3], 0.5 * compare(smaller, rgba, inside).weight[:, 3])


def test_colors_of_a_picture_count_wherever_the_object_may_be():
    rgba, inside = picture(), torch.ones(1, 1, 48, 48)
    everywhere = torch.cat([smooth_picture(), inside], dim=1)
    object_ = torch.cat([everywhere[:, :3] * rgba[:, 3:], rgba[:, 3:]], dim=1)
    half_a_mask = object_ * (torch.arange(48) < 24)
    unknown = torch.zeros(1, 1, 48, 48)
    believed = compare(object_, half_a_mask, inside, silhouette_weight=unknown, picture=everywhere)
    assert believed.cost.item() < 1e-6
    turned = object_.flip(3)
    cost = {
        name: compare(turned, half_a_mask, inside, silhouette_weight=unknown, **given).cost.item()
        for name, given in (("mask", {}), ("picture", {"picture": everywhere}))
    }
    assert min(cost.values()) > 1e-3
    # A smaller render shows less that differs, and is no better for that.
    smaller = turned * ((torch.arange(48) - 23.5).abs() < 10)
    less = compare(smaller, half_a_mask, inside, silhouette_weight=unknown).cost.item()
    mean = compare(smaller, half_a_mask, inside, silhouette_weight=unknown, picture=everywhere).cost.item()
    assert less < 0.8 * cost["mask"]
    assert mean > 0.8 * cost["picture"]


def test_light_that_varies_slowly_is_no_difference_from_a_picture():
    rgba, inside = picture(), torch.ones(1, 1, 48, 48)
    light = torch.linspace(0.5, 1.0, 48)[None, None, None]
    lit = torch.cat([smooth_picture() * light, inside], dim=1)
    render = torch.cat([smooth_picture() * rgba[:, 3:], rgba[:, 3:]], dim=1)
    target = torch.cat([lit[:, :3] * rgba[:, 3:], rgba[:, 3:]], dim=1)
    assert compare(render, target, inside, picture=lit).cost < 0.3 * compare(render, target, inside).cost


def test_a_mask_that_is_trusted_less_leaves_more_to_colors():
    rgba, inside = picture(), torch.ones(1, 1, 48, 48)
    other = picture(seed=1).roll(2, dims=3)
    once, thrice = (compare(rgba, other, inside, color_weight=weight) for weight in (1.0, 3.0))
    assert torch.allclose(thrice.weight[:, :3], 3 * once.weight[:, :3])
    assert torch.equal(thrice.weight[:, 3], once.weight[:, 3])
    assert once.cost.item() < thrice.cost.item() < 3 * once.cost.item()


def test_the_inner_part_of_a_coverage_is_farther_than_the_rim_from_its_border():
    covered = torch.zeros(1, 1, 20, 20)
    covered[..., 5:15, 5:15] = 1
    inner = inner_part(covered)
    assert inner.sum() == (10 - 2 * RIM) ** 2
    assert inner[..., 5 + RIM : 15 - RIM, 5 + RIM : 15 - RIM].eq(1).all()


def test_huber_weight_is_the_derivative():
    residual = torch.linspace(0.001, 0.5, 50).reshape(1, 1, 1, 50).double().requires_grad_()
    weight, value = huber(residual, DEFAULT_APPEARANCE.color_threshold)
    (slope,) = torch.autograd.grad(value.sum(), residual)
    assert torch.allclose(slope, 2 * weight * residual, atol=1e-9)


def test_blur_keeps_the_sum_and_has_its_width():
    image = torch.zeros(1, 2, 41, 41)
    image[..., 20, 20] = 1
    soft = blur(image, 2.0)
    assert soft.sum((2, 3)).tolist()[0] == pytest.approx([1, 1], rel=1e-4)
    offset = torch.arange(41) - 20.0
    assert (soft[0, 0].sum(0) * offset**2).sum().sqrt().item() == pytest.approx(2.0, rel=0.03)
    assert blur(image, 0.0) is image


@pytest.mark.parametrize(("size", "small"), [((48, 40), (48, 40)), ((256, 128), (64, 32)), ((200, 100), (66, 33))])
def test_shrunk_images_are_means_of_blocks(size, small):
    image = torch.rand(2, 4, *size, generator=torch.Generator().manual_seed(0))
    shrunk = shrink(image)
    block = size[0] // small[0]
    assert shrunk.shape == (2, 4, *small)
    assert torch.allclose(shrunk[:, :, 1, 2], image[:, :, block : 2 * block, 2 * block : 3 * block].mean((2, 3)))


@pytest.mark.parametrize("shift", [4, 6, 8])
def test_details_that_lie_beside_those_of_the_picture_are_told_from_others(shift):
    """A print that is misplaced by some pixels, as that of a generated mesh, from the same one turned by 180 degrees:
    beyond what colors and fine details say, which fade as it moves."""
    color = smooth_texture(256).texels.permute(2, 0, 1)[None].float() / 255
    mask = picture(size=256)[:, 3:]
    inside = torch.ones_like(mask)
    target, beside, turned = (
        torch.cat([shown * mask, mask], dim=1) for shown in (color, color.roll(shift, dims=3), color.flip(2, 3))
    )
    scores = [ranking_score(each, target, inside).item() for each in (beside, turned)]
    costs = [compare(each, target, inside).cost.item() for each in (beside, turned)]
    fine = [detail_correlation(each, target, inside).item() for each in (beside, turned)]
    told_by_fine = costs[1] - costs[0] + DETAIL_WEIGHT * (fine[0] - fine[1])
    assert scores[1] - scores[0] > told_by_fine + 0.05
