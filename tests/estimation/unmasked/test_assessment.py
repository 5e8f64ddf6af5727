"""What a picture without a mask says of the answer, beside the other poses that were tried."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from camera_estimation.estimation.unmasked._assessment import assess_agreement
from camera_estimation.geometry.camera import concatenate, retract
from tests.support.shapes import view_from

CAMERA = view_from((0.5, 0.3, 1.0))
HEIGHT, WIDTH, RADIUS = 96, 128, 24


def turned(angle: float):
    return retract(CAMERA, torch.tensor([[0.0, angle, 0.0, 0.0, 0.0, 0.0]]))


def disc(column: int) -> np.ndarray:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return (rows - HEIGHT // 2) ** 2 + (columns - column) ** 2 < RADIUS**2


@pytest.fixture
def picture():
    """A red disc on noisy green."""
    noise = np.random.default_rng(0).integers(0, 40, (HEIGHT, WIDTH, 3))
    colors = np.where(disc(60)[..., None], (200, 40, 40), (40, 160, 60))
    return (colors + noise).astype(np.uint8)


def test_the_margin_is_to_the_best_pose_of_another_rotation(picture):
    tried = concatenate([CAMERA, turned(math.radians(5)), turned(math.radians(40)), turned(math.radians(90))])
    found = assess_agreement(tried, torch.tensor([1.5, 1.45, 0.9, 0.4]), disc(60), picture)
    assert found.score == pytest.approx(1.5)
    assert found.margin == pytest.approx(0.6)


def test_without_another_pose_the_margin_is_infinite(picture):
    found = assess_agreement(concatenate([CAMERA, CAMERA]), torch.tensor([1.5, 1.5]), disc(60), picture)
    assert found.margin == math.inf


def test_the_cut_agrees_with_the_outline_that_is_there(picture):
    score = torch.tensor([1.0])
    right = assess_agreement(CAMERA, score, disc(60), picture)
    beside = assess_agreement(CAMERA, score, disc(84), picture)
    assert right.cut > 0.95
    assert beside.cut < 0.85
