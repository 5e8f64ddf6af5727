"""Where a boundary is, by the colors on both sides of a contour that is nearly right."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.images import make_target
from camera_estimation.losses import BoundaryFinder
from camera_estimation.losses._palette import color_memberships
from camera_estimation.losses.contour_evidence import NEAR, SIZE, signed_distance
from tests.support.rough_masks import disc, picture_with_mask


@pytest.fixture(scope="module")
def truth():
    return disc(256, 128.3, 127.6, 70.0)


def finder_of(truth, grown: float, plain: bool = False) -> tuple[BoundaryFinder, torch.Tensor, float]:
    """The finder in a picture whose mask is too large, the true coverage in its view, and the view's scale."""
    target = make_target(picture_with_mask(truth, grown, plain), "cpu")
    finder = BoundaryFinder(target)
    window = replace(target, rgba=torch.cat([target.picture, cut(truth, target.window)], dim=1))
    return finder, window.view(SIZE).rgba[:, 3:], SIZE / target.window[2]


def cut(image, window):
    left, top, width, height = (int(value) for value in window)
    return image[None, None, top : top + height, left : left + width]


@pytest.mark.parametrize("grown", [3.0, -3.0])
def test_the_picture_shows_the_boundary_where_the_mask_does_not(truth, grown):
    finder, coverage, scale = finder_of(truth, grown)
    found = finder.look(finder.view.rgba[:, 3:], gap=2.5)  # about the mask's own, wrong, contour
    area = coverage.sum()
    assert (finder.view.rgba[:, 3:] - coverage).abs().sum() > 0.07 * area
    assert (found.coverage - coverage).abs().sum() < 0.03 * area
    about = finder.look(coverage, gap=1.0)
    assert about.offset == pytest.approx(grown * scale, abs=0.5)
    assert about.misfit == pytest.approx(abs(grown) * scale, abs=0.3)
    assert (about.coverage - coverage).abs().sum() < 0.01 * area


def test_an_exact_mask_is_seen_to_be_exact(truth):
    finder, coverage, _ = finder_of(truth, 0.0)
    found = finder.look(coverage, gap=1.0)
    assert found.misfit < 0.2
    assert abs(found.offset) < 0.4


def test_where_both_sides_look_alike_little_is_known(truth):
    """All that is left is the mask, which says little of where its boundary should be."""
    finder, coverage, _ = finder_of(truth, 3.0, plain=True)
    rim = signed_distance(coverage).abs() < 1
    assert finder.look(coverage, gap=1.0).weight[rim].mean() < 0.4
    finder, coverage, _ = finder_of(truth, 3.0)
    assert finder.look(coverage, gap=1.0).weight[rim].mean() > 0.8


def test_far_from_the_contour_the_mask_is_believed(truth):
    finder, coverage, _ = finder_of(truth, 0.0)
    shifted = coverage.roll(40, dims=3)
    found = finder.look(shifted, gap=1.0)
    far = signed_distance(shifted).abs() > 10
    assert torch.equal(found.coverage[far], finder.view.rgba[:, 3:][far])
    assert found.weight[far].eq(1).all()


def test_a_target_takes_the_boundary_that_was_found(truth):
    finder, coverage, _ = finder_of(truth, 3.0)
    found = finder.look(coverage, gap=1.0)
    view = finder.target_with_boundary(found, trust=0.2).view(SIZE)
    assert (view.rgba[:, 3:] - found.coverage).abs().mean() < 0.01
    assert torch.allclose(view.silhouette_weight, found.weight, atol=0.3)
    inside = (coverage == 1) & (view.rgba[:, 3:] > 0.9)
    straight, before = (each[:, :3] / each[:, 3:].clamp(min=0.1) for each in (view.rgba, finder.view.rgba))
    assert ((straight - before).abs() * inside).mean() < 0.002
    assert view.mask_trust == 0.2
    distance = signed_distance(finder.view.rgba[:, 3:])
    assert view.picture[:, 3:][distance > 1.5 - NEAR].min() > 0.9
    assert view.picture[:, 3:][distance < -1.5 - NEAR].max() < 0.1


def test_distances_are_to_the_boundary_and_positive_within():
    coverage = (torch.arange(20) >= 8).float().expand(1, 1, 20, 20)
    distance = signed_distance(coverage)[0, 0, 5]
    assert torch.allclose(distance, torch.arange(20) + 0.5 - 8)


def test_memberships_tell_colors_apart_and_sum_to_one():
    generator = torch.Generator().manual_seed(0)
    picture = torch.rand(1, 3, 1, 8, generator=generator).repeat_interleave(16, 3).expand(-1, -1, 64, -1)
    shares = color_memberships(picture)
    assert torch.allclose(shares.sum(1), torch.ones(1, 64, 128), atol=1e-5)
    columns = shares[0, :, 0, ::16]  # one of each of the eight colors
    # Several colors of the palette may be one of the picture's, which they share.
    assert torch.equal(columns.T @ columns > 1e-3, torch.eye(8) > 0)
    assert torch.equal(color_memberships(picture), shares)
