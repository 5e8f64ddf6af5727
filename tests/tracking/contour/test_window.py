from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.tracking.contour._window import MOST_PIXELS, FrameWindow, window_about_points
from tests.support.orbits import orbiting_cameras

RGB = np.random.default_rng(2).integers(0, 256, (40, 50, 3), dtype=np.uint8)


@pytest.mark.parametrize(("left", "top"), [(5, 7), (-6, 3), (30, 25), (-3, -4), (200, 10), (-90, -90)])
def test_beyond_the_image_its_border_goes_on(left, top):
    window = FrameWindow(left, top, 24, 20, 24, 20)
    rows = np.clip(np.arange(top, top + 20), 0, 39)
    columns = np.clip(np.arange(left, left + 24), 0, 49)
    assert np.array_equal(window.cut(RGB), RGB[rows[:, None], columns])


def test_pixels_within_the_image_are_known():
    within = FrameWindow(-6, 30, 24, 20, 24, 20).within(40, 50)
    assert within.sum() == 18 * 10
    assert within[0, 6]
    assert not within[0, 5]


def test_a_map_of_the_window_comes_back_to_its_place():
    window = FrameWindow(-6, 30, 24, 20, 24, 20)
    placed = window.place(np.full((20, 24), 255, np.uint8), 40, 50)
    assert placed.shape == (40, 50)
    assert (placed > 0).sum() == 18 * 10
    assert placed[30, 0] == 255
    assert not FrameWindow(200, 0, 24, 20, 24, 20).place(np.full((20, 24), 255, np.uint8), 40, 50).any()


@pytest.mark.parametrize(("side", "pixels"), [(20, 96), (110, 110), (600, MOST_PIXELS)])
def test_an_object_has_its_own_pixels_within_bounds(side, pixels):
    points = np.array([[10.0, 10.0], [10.0 + side, 10.0 + side]])
    window = window_about_points(points, orbiting_cameras([0.0]))
    assert window.columns / window.width * side == pytest.approx(pixels, rel=0.02)
