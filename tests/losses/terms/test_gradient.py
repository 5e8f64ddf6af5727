from __future__ import annotations

import torch

from camera_estimation.losses.terms.gradient import gradient_difference, image_gradients


def test_gradients_of_a_ramp():
    rows, columns = torch.meshgrid(torch.arange(6.0), torch.arange(8.0), indexing="ij")
    ramp = (0.1 * columns + 0.2 * rows).expand(1, 3, 6, 8)
    found = image_gradients(ramp)[:, :, :, 1:-1, 1:-1]
    expected = torch.tensor([0.1, 0.2])[None, None, :, None, None].expand_as(found)
    torch.testing.assert_close(found, expected)


def test_difference_of_gradients_is_a_length():
    ramps = torch.zeros(2, 3, 2, 4, 4)
    ramps[1, :, 0], ramps[1, :, 1] = 0.3, 0.4
    values = gradient_difference(ramps, ramps[:1])
    torch.testing.assert_close(values, torch.tensor([0.0, 0.5]), atol=2e-3, rtol=0)
    assert gradient_difference(ramps, ramps[:1], robust=0.1)[1] < 0.1
