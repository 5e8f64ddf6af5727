"""In few passes the same comes out as in the operations of torch that gradients go through."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from camera_estimation.losses.appearance import DEFAULT_APPEARANCE, compare

SIZE = (40, 37)
PARTS = ("residual", "weight", "curvature", "gain", "cost", "cost_map")


def pictures(count: int, seed: int) -> torch.Tensor:
    """Premultiplied noise of every coverage, none and whole among them."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 1, 6, 6, generator=generator)
    coverage = (2 * F.interpolate(coarse, SIZE, mode="bicubic") - 0.5).clamp(0, 1)
    return torch.cat([torch.rand(count, 3, *SIZE, generator=generator) * coverage, coverage], dim=1)


def weights(count: int, seed: int) -> torch.Tensor:
    return (torch.rand(count, 1, *SIZE, generator=torch.Generator().manual_seed(seed)) > 0.2).float()


@pytest.mark.parametrize("lighting", ["none", "gain", "auto"])
@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize("hidden_from", [None, 0.3])
@pytest.mark.parametrize("silhouettes", [0, 1, 3])
@pytest.mark.parametrize("threshold", [0.0, 0.1])
def test_same_as_with_gradients(lighting, targets, hidden_from, silhouettes, threshold):
    render, target, inside = pictures(3, 0), pictures(targets, 1), weights(targets, 2)
    config = replace(DEFAULT_APPEARANCE, lighting=lighting, color_threshold=threshold)
    known = torch.rand(silhouettes, 1, *SIZE) if silhouettes else None
    options = {"hidden_from": hidden_from, "silhouette_weight": known, "color_weight": 1.3}
    found = compare(render, target, inside, config, **options)
    expected = compare(render.clone().requires_grad_(), target, inside, config, **options)
    assert expected.residual.requires_grad
    assert not found.residual.requires_grad
    for part in PARTS:
        first, second = getattr(found, part), getattr(expected, part).detach()
        assert first.shape == second.shape, part
        assert (first - second).abs().max() <= 3e-6 * second.abs().max(), part


def test_nothing_to_compare():
    """An empty render and one beside the target: no light can be fitted."""
    render, target = torch.zeros(2, 4, *SIZE), pictures(1, 0)
    target[:, :, :, :20] = 0
    render[1, :, :, :20] = 1.0
    found = compare(render, target, torch.ones(1, 1, *SIZE))
    assert found.cost.isfinite().all()
    assert (found.weight[:, :3] == 0).all()
