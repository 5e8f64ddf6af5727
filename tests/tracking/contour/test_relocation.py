from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.tracking.contour._relocation import find_place, move_aside, reduce_frame, separation_at
from camera_estimation.tracking.contour._window import FrameWindow
from tests.support.orbits import ball, orbiting_cameras


def disc(height: int, width: int, row: float, column: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width] + 0.5
    return (np.hypot(rows - row, columns - column) < radius).astype(np.float32)


def test_a_silhouette_is_found_by_colors_of_its_form():
    """Beside it there is a bar of the same color, with more of it."""
    probability = disc(120, 160, 70.5, 40.5, 10)
    probability[:, 120:140] = 1
    found = find_place(probability, disc(25, 25, 12.5, 12.5, 10))
    assert found.pixel == pytest.approx((40.5, 70.5), abs=1)
    assert found.separation > 0.9
    assert find_place(0 * probability, disc(25, 25, 12.5, 12.5, 10)).separation == 0


def test_colors_are_separated_by_a_silhouette():
    shape = disc(60, 60, 30, 30, 15)
    assert separation_at(shape, shape) == pytest.approx(1)
    assert separation_at(1 - shape, shape) == pytest.approx(-1)
    assert separation_at(np.full_like(shape, 0.5), shape) == pytest.approx(0, abs=1e-6)


def test_small_frames_have_places_in_the_frame():
    rgb = np.zeros((480, 640, 3), np.uint8)
    small = reduce_frame(rgb, np.ones((100, 100), np.float32), FrameWindow(0, 0, 400, 400, 100, 100))
    assert small.rgb.shape == (48, 64, 3)
    assert small.coverage.shape == (41, 41)
    assert small.to_frame((32.0, 24.0)) == pytest.approx((320, 240))


def test_a_camera_moved_aside_sees_the_middle_of_the_window_there():
    camera = ball().to_normalized(orbiting_cameras([20.0]))
    moved = move_aside(camera, FrameWindow(40, 50, 30, 20, 96, 64), (75.0, 40.0))
    center = torch.zeros(1, 1, 3, dtype=torch.float64)
    before, after = camera.project(center)[0][0, 0], moved.project(center)[0][0, 0]
    assert (after - before).tolist() == pytest.approx([20.0, -20.0])
