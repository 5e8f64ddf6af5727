from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.tracking.contour._outline import BoundingPoints, SeenSilhouette, find_seen_part
from camera_estimation.tracking.contour._window import FrameWindow
from tests.support.orbits import ball, orbiting_cameras


def square(first: int, last: int) -> np.ndarray:
    coverage = np.zeros((60, 60), np.float32)
    coverage[first:last, first:last] = 1
    return coverage


def test_colors_tell_where_the_rim_is():
    """The silhouette is two pixels too small on every side."""
    seen = find_seen_part(square(22, 38), square(20, 40))
    assert np.array_equal(seen[30] > 0, square(20, 40)[30] > 0)


def test_what_is_in_front_is_left_out():
    probability = square(20, 40)
    probability[:, 20:30] = 0.02
    seen = find_seen_part(square(20, 40), probability)
    assert not seen[30, 24]
    assert seen[30, 36] == 255


def test_colors_far_from_the_silhouette_do_not_count():
    assert not find_seen_part(square(20, 40), np.ones((60, 60), np.float32))[5, 5]


def test_overlap_and_what_is_hidden_are_shares():
    window = FrameWindow(0, 0, 120, 60, 60, 60)
    half = np.where(np.arange(60) < 30, 255, 0).astype(np.uint8) * (square(20, 40) > 0).astype(np.uint8)
    silhouette = SeenSilhouette(window, square(20, 40), half)
    assert silhouette.overlap == pytest.approx(0.5)
    assert silhouette.hidden == pytest.approx(0.5)
    assert silhouette.area == pytest.approx(2 * 400)


def test_the_window_is_about_the_object():
    mesh = ball()
    camera = mesh.to_normalized(orbiting_cameras([0.0]))
    window = BoundingPoints(mesh).window(camera)
    pixels = camera.project(mesh.vertices.double()[None])[0][0].numpy()
    assert window.left < pixels[:, 0].min() < pixels[:, 0].max() < window.left + window.width
