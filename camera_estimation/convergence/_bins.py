"""The share of starts that converged over how far they began from the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

MOST_BINS, LEAST_IN_A_BIN = 12, 8
NORMAL_95 = 1.959963984540054  # standard deviations on both sides that 95 % are within


@dataclass(frozen=True)
class Bin:
    """Starts with errors between ``low`` and ``high`` (degrees), how many of them converged, and the 95 % interval of
    that share."""

    low: float
    high: float
    middle: float  # median
    count: int
    converged: int
    interval: tuple[float, float]

    @property
    def share(self) -> float:
        return self.converged / self.count


def equal_count_bins(
    start_error_deg: Float[np.ndarray, " N"], converged: Bool[np.ndarray, " N"], bins: int | None = None
) -> list[Bin]:
    """Bins of about as many starts each, by their error; by default few enough that each holds some."""
    count = len(start_error_deg)
    wanted = max(1, min(MOST_BINS, count // LEAST_IN_A_BIN)) if bins is None else min(bins, count)
    order = np.argsort(start_error_deg, kind="stable")
    return [
        Bin(
            float(errors.min()),
            float(errors.max()),
            float(np.median(errors)),
            len(part),
            int(converged[part].sum()),
            wilson_interval(int(converged[part].sum()), len(part)),
        )
        for part in np.array_split(order, wanted)
        for errors in [start_error_deg[part]]
    ]


def wilson_interval(successes: int, count: int) -> tuple[float, float]:
    """Of 95 % of a share (Wilson's score interval), within [0, 1] also where all or none succeed."""
    share, z = successes / count, NORMAL_95
    center = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * math.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return max(0.0, center - reach), min(1.0, center + reach)
