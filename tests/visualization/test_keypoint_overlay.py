"""Keypoints drawn over a picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.images.keypoints import Keypoints
from camera_estimation.visualization.keypoint_overlay import IN_USE, REJECTED, draw_keypoints

WIDTH, HEIGHT = 700, 500


def drawn(background, uv, projected, rejected=None, hidden=None, size=(WIDTH, HEIGHT)):
    uv = torch.tensor(uv, dtype=torch.float64)
    none = torch.zeros(len(uv), dtype=torch.bool)
    points = Keypoints(torch.zeros(len(uv), 3), uv, torch.ones(len(uv)), tuple(map(str, range(len(uv)))))
    picture = Image.new("RGB", size, (background,) * 3)
    result = draw_keypoints(
        picture,
        points,
        torch.tensor(projected, dtype=torch.float64),
        none if rejected is None else torch.tensor(rejected),
        none if hidden is None else torch.tensor(hidden),
    )
    assert result.mode == "RGB"
    assert result.size == size
    assert (np.asarray(picture) == background).all()
    return np.asarray(result).astype(int)


def near(pixels, color):
    return (np.abs(pixels - np.array(color[:3])) < 40).all(-1)


def around(pixels, point, reach=11):
    u, v = map(round, point)
    return pixels[v - reach : v + reach + 1, u - reach : u + reach + 1]


@pytest.mark.parametrize("background", [0, 255])
def test_crosses_and_circles_are_where_the_points_are(background):
    pixels = drawn(background, [[100.5, 100.5], [400.5, 300.5]], [[200.5, 150.5], [420.5, 180.5]], [False, True])
    for given, projected, color, other in (
        ((100, 100), (200, 150), IN_USE, REJECTED),
        ((400, 300), (420, 180), REJECTED, IN_USE),
    ):
        assert near(pixels, color)[given[1], given[0]]  # the cross has a centre, the circle none
        assert (pixels[projected[1], projected[0]] == background).all()
        assert near(around(pixels, projected), color).sum() > 50
        assert not near(around(pixels, projected), other).any()
        middle = ((given[0] + projected[0]) / 2, (given[1] + projected[1]) / 2)
        assert near(around(pixels, middle, 2), color).any()  # the line that joins them
    edges = np.abs(around(pixels, (200, 150)) - background).max(-1)
    assert (pixels[100, 100] != background).any()
    if background == 255:
        assert (edges > 200).any()  # a dark edge on bright ground
    untouched = pixels[400:, 450:].reshape(-1, 3)
    assert (untouched == background).all()


def test_hidden_points_are_hollow_and_dashed():
    plain = drawn(0, [[300.5, 200.5]], [[350.5, 260.5]])
    hidden = drawn(0, [[300.5, 200.5]], [[350.5, 260.5]], hidden=[True])
    assert near(plain, IN_USE)[200, 300]
    assert near(around(hidden, (350, 260)), IN_USE).sum() < 0.75 * near(around(plain, (350, 260)), IN_USE).sum()
    lone = drawn(0, [[300.5, 200.5]], [[float("nan")] * 2], hidden=[True])
    assert not near(lone, IN_USE)[200, 300]
    assert near(around(lone, (300, 200)), IN_USE).any()


def test_points_without_projection_have_a_cross_only():
    pixels = drawn(0, [[300.5, 200.5]], [[float("inf")] * 2])
    assert near(pixels, IN_USE)[200, 300]


def test_labels_and_legend_say_the_error_and_stay_off_the_marks():
    small = drawn(128, [[350.5, 250.5]], [[353.5, 254.5]])
    large = drawn(128, [[350.5, 250.5]], [[358.5, 254.5]])
    legend = (slice(HEIGHT - 70, HEIGHT), slice(0, 200))
    assert (small[legend] > 200).any()  # bright text on a dark plate
    assert (small[legend] < 90).any()
    assert (small[legend] != large[legend]).any()  # another mean error


def test_the_legend_takes_a_corner_without_points():
    pixels = drawn(128, [[30.5, 470.5], [60.5, 440.5]], [[30.5, 470.5], [60.5, 440.5]])
    assert near(pixels, IN_USE)[470, 30]
    assert near(pixels, IN_USE)[440, 60]
    assert (pixels[:60, :200] > 200).any()


@pytest.mark.parametrize("size", [(8, 8), (60, 40), (3000, 40)])
def test_any_size_of_picture(size):
    pixels = drawn(128, [[5.0, 5.0]], [[6.0, 7.0]], [True], [True], size)
    assert (pixels != 128).any()
