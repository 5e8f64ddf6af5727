"""Confidence intervals by drawing the samples anew, with replacement, many times (Efron's percentile method).

They hold for samples like these, drawn independently. Rates have Wilson's intervals, which say something also where all
or none succeed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

DRAWS, FEWEST_DRAWS = 4000, 400
MOST_VALUES = 40_000_000  # in all draws: of more than ten thousand samples there are fewer draws, which say as much
LEVEL = 0.95
SEED = 0  # the same samples always get the same interval
VALUES_AT_ONCE = 1_000_000

Interval = tuple[float, float]
Average = Callable[..., np.ndarray]  # np.mean or np.median: takes an axis


def count_draws(samples: int) -> int:
    """How often so many samples are drawn anew for an interval."""
    return max(FEWEST_DRAWS, min(DRAWS, MOST_VALUES // max(1, samples)))


def describe_draws(samples: int) -> str:
    """What an interval of so many samples is from, for those who read it."""
    words = f"bootstrap over samples, {DRAWS} draws"
    draws = count_draws(samples)
    return (
        words if draws == DRAWS else f"{words}, fewer of more than {MOST_VALUES // DRAWS} samples: {draws} of {samples}"
    )


def interval(values: Float[np.ndarray, " N"], average: Average) -> Interval | None:
    """Confidence interval of an average, by the percentile bootstrap (Efron, 1979).

    Args:
        values: Of the samples.
        average: ``np.mean`` or ``np.median``.

    Returns:
        Bounds that hold the population's average with a confidence of ``LEVEL``; None of fewer than 2 values. The same
        values always get the same bounds.
    """
    count = len(values)
    if count < 2:
        return None
    generator = np.random.default_rng(SEED)
    draws = count_draws(count)
    block = max(1, VALUES_AT_ONCE // count)
    averages = [
        average(values[generator.integers(count, size=(min(block, draws - start), count))], axis=1)
        for start in range(0, draws, block)
    ]
    # Of averages that are themselves values: interpolation between infinite ones would not be a number.
    low, high = np.quantile(np.concatenate(averages), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="nearest")
    return float(low), float(high)
