from __future__ import annotations

import math

import numpy as np
import pytest

from camera_estimation.lighting.sphere import (
    BANDS,
    COSINE_LOBE,
    SphereGrid,
    disc_directions,
    evaluate_harmonics,
    spread_directions,
)
from tests.support.lit_meshes import unit

FINE = SphereGrid(96, 192)


def test_cells_cover_the_sphere():
    grid = SphereGrid(16, 32)
    assert grid.solid_angles.sum() == pytest.approx(4 * math.pi)
    assert np.linalg.norm(grid.directions, axis=1) == pytest.approx(1)
    assert grid.directions[0] @ [0, 1, 0] > 0.99
    assert np.abs(grid.solid_angles @ grid.directions).max() < 1e-12
    caps = 2 * math.pi * (1 - np.cos(grid.spread))
    assert caps == pytest.approx(grid.solid_angles)


def test_harmonics_are_orthonormal():
    values = evaluate_harmonics(FINE.directions)
    assert (values.T * FINE.solid_angles) @ values == pytest.approx(np.eye(9), abs=1e-3)
    assert evaluate_harmonics(FINE.directions.reshape(96, 192, 3)).shape == (96, 192, 9)


def test_matt_surfaces_keep_of_each_order_what_ramamoorthi_and_hanrahan_found():
    """pi, 2 pi / 3 and pi / 4, over pi: by integration, for a normal of no particular direction."""
    normal = unit(0.3, -0.5, 0.8)
    cosine = np.maximum(FINE.directions @ normal, 0) * FINE.solid_angles / math.pi
    integrated = cosine @ evaluate_harmonics(FINE.directions)
    assert integrated == pytest.approx(COSINE_LOBE[BANDS] * evaluate_harmonics(normal), abs=1e-3)


def test_spread_directions_are_evenly_apart():
    directions = spread_directions(400)
    assert np.linalg.norm(directions, axis=1) == pytest.approx(1)
    nearest = np.sort(directions @ directions.T, axis=1)[:, -2]
    assert np.degrees(np.arccos(nearest.min())) < 1.5 * np.degrees(np.arccos(nearest.max()))
    assert np.abs(directions.mean(0)).max() < 0.01


@pytest.mark.parametrize("center", [(0, 1, 0), (0, -1, 0), (0.6, 0.0, 0.8)])
def test_discs_are_filled_evenly(center):
    count, radius = 2000, math.radians(30)
    place = (np.arange(count) + 0.5) / count
    found = disc_directions(np.tile(unit(*center), (count, 1)), np.full(count, radius), place)
    cosine = found @ unit(*center)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1)
    assert cosine.min() >= math.cos(radius) - 1e-9
    # The mean of a cap is along its axis, half way between its edge and its top.
    assert found.mean(0) == pytest.approx((1 + math.cos(radius)) / 2 * unit(*center), abs=2e-3)
