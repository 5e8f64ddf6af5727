from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings, strategies as st

from camera_estimation.configuration.search_settings import OrbitConfig, SwarmConfig
from camera_estimation.search._orbit_space import YAW, OrbitSpace, orbit_space
from camera_estimation.search.methods.pso import Swarm, advance, minimize_by_swarm, settle

SPACE = orbit_space(OrbitConfig(), with_roll=True)
COASTING = SwarmConfig(inertia=0.8, cognitive=0.0, social=0.0)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def swarm_at(position: torch.Tensor, velocity: torch.Tensor, losses=None) -> Swarm:
    losses = torch.arange(len(position), dtype=torch.float64) if losses is None else torch.as_tensor(losses).double()
    return Swarm(position, velocity, position.clone(), losses)


def center(count: int = 1) -> torch.Tensor:
    return ((SPACE.low + SPACE.high) / 2).repeat(count, 1)


def bowl(space: OrbitSpace, bottom: torch.Tensor):
    """A function with its least value at ``bottom`` and a ripple over it."""

    def loss_of(points: torch.Tensor) -> torch.Tensor:
        share = space.difference(points, bottom) / space.extent
        return (share.square() + 0.01 * (1 - (20 * share).cos())).sum(1)

    return loss_of


def test_velocity_carries_over():
    """Momentum: without any pull a particle goes on in its direction, slower by the inertia each time."""
    speed = 0.05 * SPACE.extent[None]
    swarm = swarm_at(center(), speed)
    for iteration in range(1, 4):
        before = swarm.position
        position, velocity = advance(swarm, SPACE, COASTING, generator(iteration))
        assert torch.allclose(velocity, speed * 0.8**iteration)
        assert torch.allclose(position - before, velocity)
        swarm = settle(swarm, position, velocity, torch.ones(1, dtype=torch.float64))


def test_pulls_lead_to_the_own_best_and_the_leader():
    swarm = swarm_at(center(2), torch.zeros(2, 7, dtype=torch.float64), losses=[1.0, 2.0])
    best = swarm.best_position.clone()
    best[0] += 0.1 * SPACE.extent  # the leader
    best[1] -= 0.1 * SPACE.extent
    swarm = replace(swarm, best_position=best)
    own = advance(swarm, SPACE, SwarmConfig(inertia=0.0, cognitive=1.0, social=0.0), generator())[1]
    common = advance(swarm, SPACE, SwarmConfig(inertia=0.0, cognitive=0.0, social=1.0), generator())[1]
    assert (own[0] >= 0).all()
    assert (own[1] <= 0).all()
    assert (common >= 0).all()
    assert (common[:, : YAW + 1] <= 0.1 * SPACE.extent[YAW]).all()


def test_the_pull_goes_the_short_way_around_the_circle():
    position = center()
    position[:, YAW] = 3.0
    swarm = replace(swarm_at(position, torch.zeros_like(position)), best_position=position.clone())
    swarm.best_position[:, YAW] = -3.0
    after, velocity = advance(swarm, SPACE, SwarmConfig(), generator())
    assert velocity[0, YAW] > 0
    assert (after[0, YAW] > 3.0) or (after[0, YAW] < -2.5)


def test_walls_turn_the_velocity_around():
    position = SPACE.high[None] - 0.01 * SPACE.extent
    after, velocity = advance(swarm_at(position, 0.1 * SPACE.extent[None]), SPACE, COASTING, generator())
    assert (velocity[0, ~SPACE.periodic] < 0).all()
    assert (velocity[0, SPACE.periodic] > 0).all()
    assert (after <= SPACE.high).all()
    assert (after >= SPACE.low).all()


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.floats(0, 3), st.floats(0, 5), st.floats(0.01, 1))
def test_bounds_are_respected_whatever_the_coefficients(seed, inertia, pull, limit):
    config = SwarmConfig(
        samples=20, particles=8, iterations=6, inertia=inertia, cognitive=pull, social=pull, max_velocity=limit
    )
    seen = []

    def loss_of(points):
        seen.append(points)
        return points.square().sum(1)

    swarm = minimize_by_swarm(loss_of, SPACE, config, generator(seed))
    points = torch.cat(seen)
    assert (points >= SPACE.low).all()
    assert (points <= SPACE.high).all()
    assert (swarm.velocity.abs() <= limit * SPACE.extent * (1 + 1e-9)).all()


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_the_best_is_never_lost(seed):
    tried = []

    def rugged(points):
        losses = torch.sin(1e3 * points).sum(1)
        tried.append(losses)
        return losses

    config = SwarmConfig(samples=40, particles=10, iterations=8)
    swarm = minimize_by_swarm(rugged, SPACE, config, generator(seed))
    assert swarm.best_loss.min() == torch.cat(tried).min()
    assert torch.equal(torch.sin(1e3 * swarm.best_position).sum(1), swarm.best_loss)


def test_particles_begin_at_the_best_samples():
    config = SwarmConfig(samples=200, particles=10, iterations=0)
    tried = []

    def loss_of(points):
        tried.append(points.norm(dim=1))
        return tried[-1]

    swarm = minimize_by_swarm(loss_of, SPACE, config, generator())
    assert torch.equal(swarm.best_loss, tried[0].sort().values[:10])


def test_swarm_finds_the_bottom_of_a_bowl():
    bottom = SPACE.sample(1, generator(5))[0]
    bottom[YAW] = math.pi - 0.01  # by the seam
    swarm = minimize_by_swarm(bowl(SPACE, bottom), SPACE, SwarmConfig(iterations=60), generator())
    best = swarm.best_position[swarm.best_loss.argmin()]
    assert (SPACE.difference(best, bottom) / SPACE.extent).abs().max() < 0.02


@pytest.mark.parametrize("other", [0, 1])
def test_a_seed_decides_everything(other):
    config = SwarmConfig(samples=50, particles=10, iterations=5)
    loss_of = bowl(SPACE, center()[0])
    first = minimize_by_swarm(loss_of, SPACE, config, generator(0))
    second = minimize_by_swarm(loss_of, SPACE, config, generator(other))
    assert torch.equal(first.position, second.position) == (other == 0)
