from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.tracking.contour._correspondence_lines import place_contour, sharpen_places


def edge_at(column: float) -> np.ndarray:
    """Probabilities with object left of a column (pixels), sharp to a pixel."""
    centers = np.arange(64) + 0.5
    return np.repeat(np.clip(column - centers + 0.5, 0, 1)[None], 64, 0).astype(np.float32)


@pytest.mark.parametrize("column", [27.0, 30.5, 32.25, 36.0])
def test_an_edge_is_found_between_pixels(column):
    places = place_contour(edge_at(column), np.array([[32.0, 32.0]]), np.array([[1.0, 0.0]]), 1.0)
    assert places.offset[0] == pytest.approx(column - 32, abs=0.25)
    assert places.contrast[0] > 0.8


def test_wider_steps_look_farther():
    line = np.array([[32.0, 32.0]]), np.array([[1.0, 0.0]])
    assert place_contour(edge_at(46.0), *line, 2.0).offset[0] == pytest.approx(14, abs=1.5)


def test_colors_that_say_nothing_have_no_contrast_and_a_large_variance():
    places = place_contour(np.full((64, 64), 0.5, np.float32), np.array([[32.0, 32.0]]), np.array([[0.0, 1.0]]), 1.0)
    assert places.contrast[0] == pytest.approx(0, abs=1e-6)
    assert places.variance[0] > 15


def test_no_lines_have_no_places():
    assert len(place_contour(edge_at(3.0), np.zeros((0, 2)), np.zeros((0, 2)), 1.0).offset) == 0


def test_lines_are_where_colors_are_half_of_both():
    """Pixels that mix yellow with white look like the object to statistics, which place the edge a pixel outward."""
    edge = 31.5
    share = np.clip((edge - (np.arange(64) + 0.5)) / 4 + 0.5, 0, 1)
    yellow, white = np.array([230, 190, 20]), np.array([220, 220, 225])
    rgb = np.rint(share[:, None] * yellow + (1 - share[:, None]) * white).astype(np.uint8)[None].repeat(64, 0)
    probability = (share > 0.2).astype(np.float32)[None].repeat(64, 0)
    line = np.array([[32.0, 32.0]]), np.array([[1.0, 0.0]])
    places = place_contour(probability, *line, 1.0)
    assert places.offset[0] + 32 > edge + 0.9
    assert sharpen_places(rgb, *line, places).offset[0] + 32 == pytest.approx(edge, abs=0.4)


def test_sides_of_one_color_leave_places_as_they_are():
    line = np.array([[32.0, 32.0]]), np.array([[1.0, 0.0]])
    places = place_contour(edge_at(30.5), *line, 1.0)
    plain = np.full((64, 64, 3), 90, np.uint8)
    assert sharpen_places(plain, *line, places).offset[0] == places.offset[0]
