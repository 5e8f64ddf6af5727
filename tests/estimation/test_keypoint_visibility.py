"""Points on hidden surfaces."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from camera_estimation.estimation._keypoint_visibility import find_hidden_points
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, round_ball, view_from

CORNERS = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=3))) / math.sqrt(3)


@pytest.mark.parametrize("size", [64, 256, 1500])
def test_corners_of_a_cube_seen_on_a_corner(size):
    renderer = Renderer(box((1.0, 1.0, 1.0)))
    hidden = find_hidden_points(renderer, view_from((1.0, 0.9, 1.1), size=size), CORNERS)
    # Seven are seen, six of them on the outline; the opposite one is not.
    assert hidden.tolist() == [True] + 7 * [False]


def test_front_and_back_of_a_cube():
    renderer = Renderer(box((1.0, 1.0, 1.0)))
    inside = 0.9 * CORNERS
    inside[:, 2] = CORNERS[:, 2]  # on the front and the back face, away from the edges
    hidden = find_hidden_points(renderer, view_from((0.0, 0.0, 1.0)), inside.double())
    assert hidden.tolist() == (inside[:, 2] < 0).tolist()


def test_slanted_surfaces_hide_none_of_their_own_points():
    renderer = Renderer(round_ball(60, 120))
    generator = torch.Generator().manual_seed(0)
    points = torch.nn.functional.normalize(torch.randn(2000, 3, generator=generator), dim=1)
    hidden = find_hidden_points(renderer, view_from((0.0, 0.0, 1.0), size=96), points)
    # From a distance of 4 radii a ball is seen down to z = 1 / 4.
    assert not hidden[points[:, 2] > 0.25].any()
    assert hidden[points[:, 2] < 0.1].all()


def test_points_outside_of_the_image_or_behind_the_camera_are_not_flagged():
    renderer = Renderer(box((1.0, 1.0, 1.0)))
    outside = torch.tensor([[5.0, 0.0, -1.0], [0.0, -5.0, -1.0], [0.0, 0.0, 9.0], [0.0, 0.0, -0.5]])
    assert find_hidden_points(renderer, view_from((0.0, 0.0, 1.0)), outside).tolist() == [False, False, False, True]
