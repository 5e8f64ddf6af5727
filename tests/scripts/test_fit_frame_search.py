"""Weights of what tells near views, from features that are made up."""

from __future__ import annotations

import torch

from camera_estimation.search._frame_templates import WEIGHTS
from scripts.fit_frame_search import Slid, fit, rank

VIEWS, NEAR = 400, 5


def slid_image(seed: int) -> Slid:
    """The first feature is higher where views are near, the second lower; the others tell nothing."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(VIEWS, len(WEIGHTS), generator=generator)
    near = torch.zeros(VIEWS, dtype=torch.bool)
    near[:NEAR] = True
    features[near, 0] += 4.0
    features[near, 1] -= 2.0
    return Slid(f"mesh {seed % 3}", features, near)


def test_weights_are_of_what_tells():
    images = [slid_image(seed) for seed in range(12)]
    weights = fit(images)
    assert weights[0] > 0 > weights[1]
    assert weights[2:].abs().max() < 0.25 * weights[0]
    fresh = slid_image(99)
    assert rank(fresh, weights) < 3
    assert rank(fresh, -weights) > VIEWS / 2
