from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.geometry import FISHEYE, OPENCV, Distortion, Lens, window_about_pixels
from camera_estimation.images.resampling import _find_places, resample_picture

RAMP = np.tile(np.arange(0, 200, 4, dtype=np.uint8), (40, 1))  # four levels a pixel


def shift(places: torch.Tensor) -> torch.Tensor:
    return places + torch.tensor([3.0, -2.0], dtype=places.dtype)


@pytest.mark.parametrize("samples", [1, 3])
def test_a_shift_by_whole_pixels(samples):
    picture = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    shown, known = resample_picture(picture, shift, 20, 30, samples=samples)
    if samples == 1:
        assert (shown[2:] == picture[0:28, 3:23]).all()
    assert known[0].max() == 0  # above the picture
    assert known[2:].min() == 255


def test_pixels_are_means_of_their_samples():
    shown, _ = resample_picture(RAMP, lambda places: 5 * places, 10, 8, samples=5)
    assert np.abs(shown[0].astype(float) - (20 * np.arange(10) + 8)).max() <= 1


def test_a_part_of_a_picture_begins_anywhere():
    whole, _ = resample_picture(RAMP, shift, 20, 30)
    part, _ = resample_picture(RAMP, shift, 6, 5, left=7, top=11)
    assert (part == whole[11:16, 7:13]).all()


def test_beyond_the_border_a_picture_goes_on_as_it_ends():
    shown, known = resample_picture(RAMP, lambda places: places - 10, 20, 12)
    assert (shown[:, :9] == RAMP[0, 0]).all()
    assert known[:, :9].max() == 0


@pytest.mark.parametrize(
    ("lens", "box"),
    [
        (Lens((700.0, 700.0, 450.0, 380.0), Distortion.of(OPENCV, {"k1": -0.3}), 900, 760), (20.0, 40.0, 260.0, 300.0)),
        (
            Lens((380.0, 380.0, 400.0, 400.0), Distortion.of(FISHEYE, {"k1": 0.02}), 800, 800),
            (600.0, 60.0, 780.0, 260.0),
        ),
    ],
)
@pytest.mark.parametrize("samples", [1, 2])
def test_places_between_those_that_are_computed(lens, box, samples):
    window = window_about_pixels(lens, box)
    found = _find_places(window.source_pixels, 0, 0, window.width, window.height, samples)
    columns, rows = (torch.arange(0, side * samples, 7) for side in (window.width, window.height))
    grid = torch.stack(torch.meshgrid((columns + 0.5) / samples, (rows + 0.5) / samples, indexing="xy"), -1)
    exact = window.source_pixels(grid.reshape(-1, 2)).reshape(grid.shape)
    near = found[rows][:, columns].double()
    assert torch.equal(near.isnan(), exact.isnan())
    assert (near - exact).nan_to_num(0).abs().max() < 0.02
