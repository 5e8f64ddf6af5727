from __future__ import annotations

import pytest
import torch

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.losses.appearance import CONTOUR_WEIGHT, compare, ranking_score
from camera_estimation.losses.contours import contour_correlation
from camera_estimation.losses.normals import screen_normals
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, view_from

CAMERA = view_from((1.0, 0.7, 1.2), size=96)
# From where the silhouette of a box is the same, but for perspective, and its edges are others.
OPPOSITE = view_from((-1.0, -0.7, -1.2), size=96)
LIGHT = torch.tensor([0.3, 0.9, 0.5])


@pytest.fixture(scope="module")
def renderer():
    return Renderer(box())


def shade(renderer, camera):
    """A render of the box under light from above."""
    rgba, points = renderer.draw(camera)
    lit = 0.3 + 0.6 * (screen_normals(points) * LIGHT[:, None, None]).sum(1, keepdim=True).clamp(min=0)
    return torch.cat([rgba[:, :3] * lit, rgba[:, 3:]], dim=1)


def test_creases_tell_poses_apart_whatever_the_light(renderer):
    target = shade(renderer, CAMERA)
    negative = torch.cat([0.9 * target[:, 3:] - target[:, :3], target[:, 3:]], dim=1)
    inside = torch.ones_like(target[:, 3:])
    for seen in (target, negative):
        right, wrong = (
            contour_correlation(*renderer.draw(camera), seen, inside).item() for camera in (CAMERA, OPPOSITE)
        )
        assert right > 0.7 > 0.5 > wrong


def test_what_does_not_count_is_left_out(renderer):
    """A picture that has the edges of another pose where pixels do not count."""
    target, other = shade(renderer, CAMERA), shade(renderer, OPPOSITE)
    half = torch.ones_like(target[:, 3:])
    half[..., : half.shape[-1] // 2] = 0
    mixed = half * target + (1 - half) * other
    render, points = renderer.draw(CAMERA)
    with_half = contour_correlation(render, points, mixed, half)
    assert with_half == pytest.approx(contour_correlation(render, points, target, half).item(), abs=0.05)
    assert with_half > contour_correlation(render, points, mixed, torch.ones_like(half)) + 0.1


def test_a_plain_picture_says_nothing(renderer):
    render, points = renderer.draw(CAMERA)
    assert contour_correlation(render, points, render, torch.ones_like(render[:, 3:])).abs() < 0.05


def test_poses_of_one_color_are_ranked_by_their_contours(renderer):
    render, points = renderer.draw(CAMERA)
    inside, config = torch.ones_like(render[:, 3:]), AppearanceConfig(lighting="shading")
    for seen in (shade(renderer, CAMERA), shade(renderer, OPPOSITE)):
        more = ranking_score(render, seen, inside, config, points) - compare(render, seen, inside, config, points).cost
        correlation = contour_correlation(render, points, seen, inside)
        assert more.item() == pytest.approx(CONTOUR_WEIGHT * (1 - correlation.item()), abs=1e-6)
