from __future__ import annotations

import torch

from camera_estimation.losses.terms.census import census_transform


def test_census_compares_each_pair_once():
    transform = census_transform(torch.rand(2, 3, 20, 24), radius=2, contrast=0.02)
    assert transform.shape == (2, 12, 20, 24)
    assert transform.abs().max() < 1
    assert (census_transform(torch.full((1, 3, 9, 9), 0.4), radius=1, contrast=0.02) == 0).all()
