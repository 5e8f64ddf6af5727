from __future__ import annotations

import torch

from camera_estimation.losses.terms.ncc import decorrelation, local_contrast


def test_decorrelation_goes_from_zero_to_two():
    image = torch.rand(1, 3, 30, 30)
    same, opposite, flat = (local_contrast(values, 9) for values in (image, 1 - image, torch.zeros_like(image)))
    torch.testing.assert_close(decorrelation(same, same), torch.zeros(1), atol=1e-5, rtol=0)
    assert 1.9 < decorrelation(opposite, same) <= 2
    assert decorrelation(flat, flat).item() == 0
    assert 0.8 < decorrelation(flat, same) <= 1
