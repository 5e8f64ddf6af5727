from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.tracking.contour._color_statistics import (
    ColorStatistics,
    interior_of,
    light_gain,
    ring_around,
)

RED, GREEN = (200, 30, 30), (30, 200, 30)
PLAIN = np.ones(3)


def picture() -> tuple[np.ndarray, np.ndarray]:
    """Red to the left, green to the right; where it is red."""
    rgb = np.zeros((40, 40, 3), np.uint8)
    rgb[:, :20], rgb[:, 20:] = RED, GREEN
    return rgb, np.arange(40)[None].repeat(40, 0) < 20


def learned(gain=PLAIN) -> ColorStatistics:
    rgb, left = picture()
    colors = ColorStatistics()
    colors.learn(rgb, left, ~left, gain, 0.1)
    return colors


def test_colors_tell_object_and_surroundings_apart():
    rgb, left = picture()
    found = learned().probability(rgb, PLAIN)
    assert found[left].min() > 0.95
    assert found[~left].max() < 0.05


def test_a_color_that_was_never_seen_says_nothing():
    unseen = np.full((2, 2, 3), (10, 10, 250), np.uint8)
    assert learned().probability(unseen, PLAIN) == pytest.approx(0.5)


def test_the_object_is_known_in_another_light():
    rgb, left = picture()
    dim = np.array([0.6, 0.8, 0.8])
    found = learned().probability(np.rint(rgb * dim).astype(np.uint8), dim)
    assert found[left].min() > 0.95


def test_the_gain_is_that_of_the_light():
    rgb, left = picture()
    gain = light_gain(np.rint(rgb * 0.5).astype(np.uint8), rgb / 255, left)
    assert gain == pytest.approx(0.5, abs=0.1)
    assert light_gain(rgb, rgb / 255, np.zeros_like(left)) is None


def test_rim_belongs_to_neither_side():
    coverage = np.zeros((40, 40), np.float32)
    coverage[10:30, 10:30] = 1
    inside, around = interior_of(coverage), ring_around(coverage)
    assert inside.sum() == 16 * 16
    assert not around[9:31, 9:31].any()
    assert around[20, 5]
    assert not around[20, 0]
