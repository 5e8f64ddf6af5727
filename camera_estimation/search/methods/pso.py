"""The search "pso", a particle swarm: the ancestor's search, with momentum, bounds and wrapped angles.

J. Kennedy and R. Eberhart, "Particle swarm optimization", 1995; the coefficients that let a swarm converge are those
of M. Clerc and J. Kennedy, "The particle swarm: explosion, stability, and convergence in a multidimensional complex
space", 2002.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import SwarmConfig
from camera_estimation.search._objective_search import ObjectiveSearch
from camera_estimation.search._orbit_space import OrbitSpace
from camera_estimation.search.registry import search_registry


@dataclass(frozen=True)
class Swarm:
    """Where B particles are, how they move per iteration, and the best that each has seen."""

    position: Float[Tensor, "B K"]
    velocity: Float[Tensor, "B K"]
    best_position: Float[Tensor, "B K"]
    best_loss: Float[Tensor, " B"]


def minimize_by_swarm(
    loss_of: Callable[[Float[Tensor, "B K"]], Float[Tensor, " B"]],
    space: OrbitSpace,
    config: SwarmConfig,
    generator: torch.Generator,
) -> Swarm:
    """The swarm after ``config.iterations``; its particles begin at the best of ``config.samples`` uniform points."""
    samples = space.sample(config.samples, generator)
    losses = loss_of(samples)
    first = losses.argsort(stable=True)[: config.particles]
    limit = config.max_velocity * space.extent
    velocity = (2 * torch.rand(samples[first].shape, generator=generator, dtype=samples.dtype) - 1) * limit
    swarm = Swarm(samples[first], velocity, samples[first], losses[first])
    for _ in range(config.iterations):
        position, velocity = advance(swarm, space, config, generator)
        swarm = settle(swarm, position, velocity, loss_of(position))
    return swarm


def advance(
    swarm: Swarm, space: OrbitSpace, config: SwarmConfig, generator: torch.Generator
) -> tuple[Float[Tensor, "B K"], Float[Tensor, "B K"]]:
    """Positions and velocities after one iteration.

    A particle keeps ``config.inertia`` of its velocity and is pulled towards its own best and the best of all. At the
    walls of the space it is reflected, and its velocity with it.
    """
    leader = swarm.best_position[swarm.best_loss.argmin()]
    own, common = torch.rand((2, *swarm.position.shape), generator=generator, dtype=swarm.position.dtype)
    velocity = (
        config.inertia * swarm.velocity
        + config.cognitive * own * space.difference(swarm.best_position, swarm.position)
        + config.social * common * space.difference(leader, swarm.position)
    )
    limit = config.max_velocity * space.extent
    velocity = velocity.clamp(-limit, limit)
    position, reflected = space.bound(swarm.position + velocity)
    return position, torch.where(reflected, -velocity, velocity)


def settle(
    swarm: Swarm,
    position: Float[Tensor, "B K"],
    velocity: Float[Tensor, "B K"],
    loss: Float[Tensor, " B"],
) -> Swarm:
    """The swarm at its next positions, with the bests that these improve on."""
    better = loss < swarm.best_loss
    return Swarm(
        position,
        velocity,
        torch.where(better[:, None], position, swarm.best_position),
        torch.where(better, loss, swarm.best_loss),
    )


@search_registry.register("pso")
class SwarmSearch(ObjectiveSearch):
    """Search by a swarm under one objective."""

    description = "a particle swarm under the objective itself"

    def minimize(
        self,
        loss_of: Callable[[Float[Tensor, "B K"]], Float[Tensor, " B"]],
        space: OrbitSpace,
        generator: torch.Generator,
    ) -> None:
        minimize_by_swarm(loss_of, space, self.config.search.swarm, generator)
