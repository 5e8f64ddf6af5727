from __future__ import annotations

import numpy as np
import pytest

from camera_estimation.segmentation import plain_background
from camera_estimation.segmentation.plain_background import plain_background_mask
from camera_estimation.segmentation.reduction import (
    enlarge_levels,
    reduce_levels,
    reduction_to_area,
    reduction_to_side,
)

Y, X = np.mgrid[0:300, 0:420]


def disc(x: float, y: float, radius: float) -> np.ndarray:
    return np.clip(radius + 0.5 - np.hypot(X + 0.5 - x, Y + 0.5 - y), 0, 1)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (299, 401), (300, 400), (1000, 1000), (10000, 7000)])
def test_what_is_left_is_enough_and_not_four_times_as_much(height, width):
    factor = reduction_to_area(height, width, 30_000)
    assert factor == 1 or height * width / factor**2 >= 30_000
    assert height * width / factor**2 < 4 * 30_000 or factor == 1
    side = reduction_to_side(height, width, 200)
    assert side == 1 or max(height, width) / side >= 200
    assert max(height, width) / side < 400


def test_whole_blocks_are_averaged_and_the_frame_stays():
    levels = np.random.default_rng(0).integers(0, 256, (12, 18, 3), dtype=np.uint8)
    blocks = levels.reshape(4, 3, 6, 3, 3).mean(axis=(1, 3))
    assert np.abs(reduce_levels(levels, 3) - blocks).max() <= 0.5
    assert reduce_levels(levels, 1) is levels
    ramp = np.broadcast_to(np.linspace(0, 255, 103)[None], (50, 103)).round().astype(np.uint8)
    again = enlarge_levels(reduce_levels(ramp, 4), 50, 103)
    assert np.abs(again[:, 4:-4].astype(int) - ramp[:, 4:-4]).max() <= 2


@pytest.mark.parametrize(("radius", "tolerance"), [(25, 0.002), (120, 0.02)])
def test_masks_of_large_pictures_are_those_of_all_pixels(monkeypatch, radius, tolerance):
    coverage = disc(200.3, 151.7, radius)
    rgb = np.round(250 - coverage[..., None] * np.array([200, 90, 30])).astype(np.uint8)
    whole = plain_background_mask(rgb, lossy=False)
    monkeypatch.setattr(plain_background, "WORKING_PIXELS", 7000)
    reduced = plain_background_mask(rgb, lossy=False)
    assert whole is not None
    assert reduced is not None
    assert reduced.shape == whole.shape
    # A small object is looked at again, with all its pixels.
    assert np.abs(reduced - coverage * 255).sum() / (255 * coverage.sum()) < np.pi * tolerance * 4
    assert abs(float(reduced.sum()) / float(whole.sum()) - 1) < tolerance


def test_large_pictures_without_a_plain_background_have_no_mask(monkeypatch):
    monkeypatch.setattr(plain_background, "WORKING_PIXELS", 7000)
    noise = np.random.default_rng(0).integers(0, 256, (75, 105, 3), dtype=np.uint8)
    assert plain_background_mask(np.kron(noise, np.ones((4, 4, 1), np.uint8)), lossy=False) is None


def test_an_empty_large_picture_has_an_empty_mask(monkeypatch):
    monkeypatch.setattr(plain_background, "WORKING_PIXELS", 7000)
    mask = plain_background_mask(np.full((300, 420, 3), 250, dtype=np.uint8), lossy=False)
    assert mask is not None
    assert not mask.any()
