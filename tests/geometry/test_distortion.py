from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch

from camera_estimation.geometry.distortion import COEFFICIENT_NAMES, FISHEYE, OPENCV, Distortion
from camera_estimation.geometry.lens import Lens

LENSES = [
    {"k1": -0.3},
    {"k1": 0.2, "k2": 0.1},
    {"k1": -0.28, "k2": 0.07, "p1": 0.001, "p2": -0.002, "k3": -0.01},
    {"k1": 1.2, "k2": 0.3, "k3": 0.02, "k4": 1.5, "k5": 0.5, "k6": 0.05, "p1": 1e-3, "p2": 2e-3},
    {"k1": -0.1, "s1": 0.01, "s2": 0.003, "s3": -0.01, "s4": 0.002},
]
FISHEYES = [{}, {"k1": -0.02, "k2": 0.01, "k3": -0.003, "k4": 0.0004}, {"k1": 0.1}]
MATRIX = np.array([[700.0, 0, 319.5], [0, 710.0, 239.5], [0, 0, 1]])


def lens_of(model: str, coefficients: dict[str, float]) -> Lens:
    return Lens((700.0, 710.0, 320.0, 240.0), Distortion.of(model, coefficients), 640, 480)


def directions_within(angle: float, count: int = 500) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    away = angle * torch.rand(count, generator=generator, dtype=torch.float64).sqrt()
    around = 2 * math.pi * torch.rand(count, generator=generator, dtype=torch.float64)
    return torch.stack([away.sin() * around.cos(), away.sin() * around.sin(), away.cos()], dim=-1)


@pytest.mark.parametrize("coefficients", LENSES)
def test_pixels_are_those_of_opencv_but_for_its_pixel_centers(coefficients):
    lens, directions = lens_of(OPENCV, coefficients), directions_within(math.radians(35))
    vector = np.array(lens.distortion.coefficients)
    pixels, _ = cv2.projectPoints(directions.numpy(), np.zeros(3), np.zeros(3), MATRIX, vector)
    assert np.abs(lens.project(directions).numpy() - 0.5 - pixels[:, 0]).max() < 1e-9


@pytest.mark.parametrize("coefficients", FISHEYES)
def test_pixels_of_fisheyes_are_those_of_opencv(coefficients):
    lens, directions = lens_of(FISHEYE, coefficients), directions_within(math.radians(80))
    vector = np.array(lens.distortion.coefficients)
    pixels, _ = cv2.fisheye.projectPoints(directions.numpy()[:, None], np.zeros(3), np.zeros(3), MATRIX, vector)
    assert np.abs(lens.project(directions).numpy() - 0.5 - pixels[:, 0]).max() < 1e-9


@pytest.mark.parametrize(
    ("model", "coefficients", "angle"),
    [*((OPENCV, lens, 35) for lens in LENSES), *((FISHEYE, lens, 150) for lens in FISHEYES)],
)
def test_pixels_come_back_as_their_directions(model, coefficients, angle):
    lens = lens_of(model, coefficients)
    angle = min(math.radians(angle), 0.99 * lens.distortion.limit)
    directions = directions_within(angle)
    assert (lens.unproject(lens.project(directions)) - directions).abs().max() < 1e-9


def test_the_principal_point_is_straight_ahead():
    for model in (OPENCV, FISHEYE):
        lens = lens_of(model, {"k1": 0.1})
        ahead = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)
        assert lens.project(ahead).tolist() == [[320.0, 240.0]]
        assert torch.allclose(lens.unproject(torch.tensor([[320.0, 240.0]])), ahead)


def test_where_the_polynomial_turns_back_there_is_nothing():
    # x (1 - 0.3 x^2) is greatest at x = 1 / sqrt(0.9).
    distortion = Distortion.of(OPENCV, {"k1": -0.3})
    assert distortion.limit == pytest.approx(1 / math.sqrt(0.9), abs=2e-3)
    beyond = torch.tensor([[1.2, 0.0, 1.0], [0.0, 0.0, -1.0]], dtype=torch.float64)
    assert distortion.distort(beyond).isnan().all()
    greatest = distortion.limit * (1 - 0.3 * distortion.limit**2)
    outside = torch.tensor([[1.01 * greatest, 0.0], [0.0, 5.0]], dtype=torch.float64)
    assert distortion.undistort(outside).isnan().all()
    inside = torch.tensor([[0.0, 0.99 * greatest]], dtype=torch.float64)
    assert distortion.undistort(inside).isfinite().all()


def test_a_fisheye_turns_back_too():
    distortion = Distortion.of(FISHEYE, {"k1": -0.1})
    assert distortion.limit == pytest.approx(math.sqrt(1 / 0.3), abs=2e-3)
    behind = torch.tensor([[0.1, 0.0, -1.0]], dtype=torch.float64)
    assert distortion.distort(behind).isnan().all()


def test_what_bends_and_its_names():
    assert not Distortion.of(OPENCV, {"k1": 0.0}).bends
    assert Distortion.of(OPENCV, {"p2": 0.1}).named_coefficients == {"p2": 0.1}
    assert Distortion.of(FISHEYE, {}).bends
    assert list(Distortion.of(FISHEYE, {}).named_coefficients) == list(COEFFICIENT_NAMES[FISHEYE])
