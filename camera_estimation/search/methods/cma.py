"""The search "cma": covariance matrix adaptation evolution strategy (CMA-ES), from several starts at once.

N. Hansen and A. Ostermeier, "Completely derandomized self-adaptation in evolution strategies", 2001; N. Hansen, "The
CMA evolution strategy: a tutorial", 2016. The implementation is the package ``cma``, by N. Hansen and others.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import EvolutionConfig
from camera_estimation.search._objective_search import ObjectiveSearch
from camera_estimation.search._orbit_space import OrbitSpace
from camera_estimation.search.registry import search_registry

# Starts differ by at least this share of the range of one coordinate.
START_SEPARATION = 0.1


def minimize_by_evolution(
    loss_of: Callable[[Float[Tensor, "B K"]], Float[Tensor, " B"]],
    space: OrbitSpace,
    config: EvolutionConfig,
    generator: torch.Generator,
) -> None:
    """Evaluate ``config.evaluations`` points: uniform samples, then generations around the best of them.

    The strategies of all starts take their steps together, so that their cameras are rendered in one batch.
    """
    samples = space.sample(config.samples, generator)
    starts = distinct(samples[loss_of(samples).argsort(stable=True)], space, config.starts)
    strategies = [_strategy(space, start, config, generator) for start in starts]
    left = config.evaluations - len(samples)
    while strategies and left >= len(strategies) * config.population:
        asked = [strategy.ask() for strategy in strategies]
        points = torch.from_numpy(np.concatenate(asked)) * space.extent
        losses = loss_of(space.bound(points)[0]).tolist()
        for index, (strategy, steps) in enumerate(zip(strategies, asked, strict=True)):
            strategy.tell(steps, losses[index * config.population : (index + 1) * config.population])
        left -= len(losses)
        strategies = [strategy for strategy in strategies if not strategy.stop()]


def distinct(ordered: Float[Tensor, "M K"], space: OrbitSpace, count: int) -> list[Float[Tensor, " K"]]:
    """The first ``count`` points of which no two agree in all coordinates."""
    chosen: list[Tensor] = []
    for point in ordered:
        apart = [(space.difference(point, other) / space.extent).abs().max() for other in chosen]
        if all(share >= START_SEPARATION for share in apart):
            chosen.append(point)
        if len(chosen) == count:
            break
    return chosen


def _strategy(
    space: OrbitSpace, start: Float[Tensor, " K"], config: EvolutionConfig, generator: torch.Generator
) -> Any:
    """A strategy in shares of the coordinates' ranges, with random numbers of its own: the package's are global."""
    import cma

    own = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
    options = {
        "popsize": config.population,
        "randn": lambda *shape: own.standard_normal(shape),
        "seed": np.nan,
        "verbose": -9,
    }
    return cma.CMAEvolutionStrategy((start / space.extent).tolist(), config.sigma, options)


@search_registry.register("cma")
class EvolutionSearch(ObjectiveSearch):
    """Search by evolution under one objective."""

    description = "an evolution strategy (CMA-ES) from several starts, under the objective itself"
    requirements = 'pip install "camera-estimation[cma]"'

    def minimize(
        self,
        loss_of: Callable[[Float[Tensor, "B K"]], Float[Tensor, " B"]],
        space: OrbitSpace,
        generator: torch.Generator,
    ) -> None:
        minimize_by_evolution(loss_of, space, self.config.search.evolution, generator)

    @staticmethod
    def missing() -> str | None:
        if importlib.util.find_spec("cma") is None:
            return "search 'cma' needs the package cma, which is not installed: pip install 'cma>=4'"
        return None
