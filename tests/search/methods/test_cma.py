from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.configuration.search_settings import EvolutionConfig, OrbitConfig
from camera_estimation.search._orbit_space import orbit_space
from camera_estimation.search.methods.cma import START_SEPARATION, distinct, minimize_by_evolution

SPACE = orbit_space(OrbitConfig(), with_roll=True)
SMALL = EvolutionConfig(samples=100, starts=3, population=8, evaluations=700, sigma=0.1)


def run(seed: int, config: EvolutionConfig = SMALL):
    pytest.importorskip("cma")
    bottom = SPACE.sample(1, torch.Generator().manual_seed(9))[0]
    seen, losses = [], []

    def loss_of(points):
        seen.append(points)
        losses.append((SPACE.difference(points, bottom) / SPACE.extent).square().sum(1))
        return losses[-1]

    minimize_by_evolution(loss_of, SPACE, config, torch.Generator().manual_seed(seed))
    return torch.cat(seen), torch.cat(losses)


def test_strategies_find_the_bottom_within_the_bounds():
    points, losses = run(0)
    assert losses.min() < 2e-3
    assert (points >= SPACE.low).all()
    assert (points <= SPACE.high).all()
    assert 600 <= len(points) <= SMALL.evaluations


def test_a_seed_decides_everything_and_the_global_random_numbers_stay():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    first, again, other = run(0)[0], run(0)[0], run(1)[0]
    assert torch.equal(first, again)
    assert not torch.equal(first[: len(other)], other[: len(first)])
    assert np.array_equal(before, np.random.get_state()[1])


def test_starts_differ():
    points = SPACE.sample(300, torch.Generator().manual_seed(0))
    starts = distinct(torch.cat([points[:1], points[:1] + 1e-3, points]), SPACE, 6)
    assert len(starts) == 6
    assert torch.equal(starts[0], points[0])
    for index, start in enumerate(starts):
        for other in starts[:index]:
            assert (SPACE.difference(start, other) / SPACE.extent).abs().max() >= START_SEPARATION
