from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.lighting import draw_light_ball, shading_polynomial
from camera_estimation.lighting.light import Light, light_of_harmonics, no_light
from camera_estimation.lighting.sphere import SphereGrid, spread_directions
from tests.support.lit_meshes import unit
from tests.support.shapes import view_from

CAMERA = view_from((0.0, 0.0, 3.0), 3.0).to(torch.float64)  # world X is to its right, Y is up


def lamp(*direction: float) -> Light:
    return Light("directional", unit(*direction)[None], np.full((1, 3), 1.0), np.full(1, 0.01))


@pytest.mark.parametrize(
    ("direction", "row", "column"), [((-1, 0, 0.5), 32, 8), ((1, 0, 0.5), 32, 56), ((0, 1, 0.5), 8, 32)]
)
def test_the_ball_is_bright_where_the_lamp_is(direction, row, column):
    ball = draw_light_ball(lamp(*direction), CAMERA, 64).astype(int)
    assert ball.shape == (64, 64, 4)
    assert ball[row, column, 0] > 150
    assert ball[63 - row, 63 - column, 0] < 30
    assert ball[0, 0, 3] == 0
    assert ball[32, 32, 3] == 255


def test_without_light_the_ball_is_flat():
    ball = draw_light_ball(no_light(), CAMERA, 32)
    assert np.ptp(ball[ball[..., 3] == 255][:, :3]) == 0


def test_a_shading_of_second_order_is_told_exactly():
    radiance = 0.1 * np.random.default_rng(1).standard_normal((9, 3))
    radiance[0] = 3.0
    light = light_of_harmonics("harmonics", SphereGrid(16, 32), radiance)
    told, normals = shading_polynomial(light), spread_directions(50)
    x, y, z = normals.T
    terms = np.stack([np.ones(50), x, y, z, x * y, y * z, z * x, x**2, y**2], axis=1)
    assert terms @ told == pytest.approx(light.shade(normals))
