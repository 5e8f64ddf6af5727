from __future__ import annotations

import torch

from camera_estimation.losses.registry import term_registry
from camera_estimation.losses.terms.census import census_transform
from camera_estimation.losses.terms.gradient import gradient_difference, image_gradients
from camera_estimation.losses.terms.ncc import decorrelation, local_contrast
from camera_estimation.losses.terms.silhouette_distance import ContourDistance
from tests.support.pictures import make_pictures


def term_values(name, rendered, target, **options):
    term = term_registry.get(name)(**options)
    term.setup_models()
    masks = torch.ones(2, 1, 1, *rendered.shape[-2:])
    return term.compute_loss(rendered, target, *masks)


def square(center: int, size: int = 64, half: int = 6) -> torch.Tensor:
    mask = torch.zeros(1, 1, size, size)
    mask[:, :, size // 2 - half : size // 2 + half, center - half : center + half] = 1
    return mask


def test_gradients_of_a_ramp():
    rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(8.0), indexing="ij")
    ramp = (0.1 * columns + 0.2 * rows).expand(1, 3, 6, 8)
    found = image_gradients(ramp)[:, :, :, 1:-1, 1:-1]
    expected = torch.tensor([0.1, 0.2])[None, None, :, None, None].expand_as(found)
    torch.testing.assert_close(found, expected)


def test_difference_of_gradients_is_a_length():
    ramps = torch.zeros(2, 3, 2, 4, 4)
    ramps[1, :, 0], ramps[1, :, 1] = 0.3, 0.4
    values = gradient_difference(ramps, ramps[:1])
    torch.testing.assert_close(values, torch.tensor([0.0, 0.5]), atol=2e-3, rtol=0)
    assert gradient_difference(ramps, ramps[:1], robust=0.1)[1] < 0.1


def test_constant_colors_have_no_edges():
    rendered, target, _, _ = make_pictures(1)
    torch.testing.assert_close(
        term_values("gradient", rendered + 0.2, target), term_values("gradient", rendered, target)
    )


def test_census_compares_each_pair_once():
    transform = census_transform(torch.rand(2, 3, 20, 24), radius=2, contrast=0.02)
    assert transform.shape == (2, 12, 20, 24)
    assert transform.abs().max() < 1
    assert (census_transform(torch.full((1, 3, 9, 9), 0.4), radius=1, contrast=0.02) == 0).all()


def test_census_and_ncc_forgive_light():
    _, target, _, mask = make_pictures(1)
    brighter = 0.5 * target + 0.3 * mask
    darker = mask * (target.clamp(min=0) ** 1.5)
    for lit in (brighter, darker):
        for name in ("census", "ncc"):
            other = term_values(name, target.flip(3), target)
            assert term_values(name, lit, target) < 0.45 * other
        assert term_values("ncc", lit, target) < term_values("ssim", lit, target)


def test_decorrelation_goes_from_zero_to_two():
    image = torch.rand(1, 3, 30, 30)
    same, opposite, flat = (local_contrast(values, 9) for values in (image, 1 - image, torch.zeros_like(image)))
    torch.testing.assert_close(decorrelation(same, same), torch.zeros(1), atol=1e-5, rtol=0)
    assert 1.9 < decorrelation(opposite, same) <= 2
    assert decorrelation(flat, flat).item() == 0
    assert 0.8 < decorrelation(flat, same) <= 1


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
