"""What the colors on both sides of a contour say of a silhouette that no mask tells of."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.losses import RegionFinder, own_color_share
from tests.support.rough_masks import disc

SIZE = 128
RED, BLUE = torch.tensor([0.8, 0.2, 0.1]), torch.tensor([0.2, 0.3, 0.7])


def coverage(x: float = 64.2, radius: float = 32.0) -> torch.Tensor:
    return disc(SIZE, x, 63.7, radius)[None, None].float()


def painted(inside: torch.Tensor, noise: float = 0.03) -> torch.Tensor:
    """A red disc on blue."""
    colors = inside * RED[:, None, None] + (1 - inside) * BLUE[:, None, None]
    return (colors + noise * torch.randn(colors.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)


@pytest.fixture(scope="module")
def finder():
    return RegionFinder(painted(coverage()), torch.ones(1, 1, SIZE, SIZE))


def test_contours_move_to_where_the_colors_part(finder):
    silhouettes = torch.cat([coverage(), coverage(x=67.2), coverage(radius=35.0), coverage(radius=29.0)])
    found = finder.look(silhouettes, gap=2.5)
    before = (silhouettes - coverage()).abs().sum((1, 2, 3))
    after = (found.coverage - coverage()).abs().sum((1, 2, 3))
    assert (after[1:] < 0.4 * before[1:]).all()
    assert after[0] < 0.02 * coverage().sum()


def test_the_contrast_tells_silhouettes_that_are_too_small_or_elsewhere(finder):
    found = finder.look(torch.cat([coverage(), coverage(radius=12.0), coverage(x=100.0)]), gap=2.0)
    assert found.contrast[0] > 0.9
    assert (found.contrast[1:] < 0.7).all()


def test_each_silhouette_may_have_a_picture_of_its_own():
    pictures = torch.cat([painted(coverage()), painted(coverage(x=50.0))])
    finder = RegionFinder(pictures, torch.ones(2, 1, SIZE, SIZE))
    found = finder.look(torch.cat([coverage(), coverage()]), gap=2.0)
    assert found.contrast[0] > found.contrast[1] + 0.05


def test_where_something_hides_the_object_it_is_not_explained():
    inside = coverage()
    picture = painted(inside)
    picture[..., 70:, :] = torch.tensor([0.9, 0.9, 0.2])[:, None, None]  # something yellow before it
    render = torch.cat([inside * RED[:, None, None], inside], dim=1)
    share = own_color_share(render, picture, torch.ones_like(inside))
    assert share[..., 40:60, 55:75].min() > 0.9
    assert share[..., 80:90, 55:75].max() < 0.1
    assert share[..., :10, :10].eq(1).all()
    darker = own_color_share(render, 0.6 * painted(inside) + 0.05, torch.ones_like(inside))
    assert darker[..., 40:90, 55:75].min() > 0.9


def test_hidden_contours_count_for_little(finder):
    silhouette = coverage()
    hidden = torch.ones_like(silhouette)
    hidden[..., 64:, :] = 0.0
    weight = finder.look(silhouette, 2.0, hidden).weight
    assert weight[..., 30:34, 62:66].max() > 0.8
    assert weight[..., 94:97, 62:66].max() < 0.05
