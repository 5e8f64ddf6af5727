from __future__ import annotations

import pytest
import torch
from scipy.ndimage import gaussian_filter

from camera_estimation.losses._gaussian import BANDS_KEPT, blur, gaussian_band


def test_it_blurs_as_scipy_does():
    image = torch.rand(1, 1, 31, 24, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = gaussian_filter(image[0, 0].numpy(), 2.0, mode="constant", radius=6)
    assert blur(image, 2.0)[0, 0].numpy() == pytest.approx(expected, abs=1e-12)


def test_images_of_many_sizes_leave_little_behind():
    for size in range(10, 10 + 2 * BANDS_KEPT):
        blur(torch.ones(1, 1, size, size), 1.0)
    assert gaussian_band.cache_info().currsize == BANDS_KEPT
