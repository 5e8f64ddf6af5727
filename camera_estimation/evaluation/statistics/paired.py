"""Two runs on the same samples: the differences sample by sample, which vary less than the runs themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from camera_estimation.evaluation.judgment import MARKS, JudgedRun
from camera_estimation.evaluation.statistics.summary import Statistic, mark_key, mark_name


@dataclass(frozen=True)
class PairedDifference:
    """``label`` minus ``reference`` on the samples whose names both have."""

    label: str
    reference: str
    common: int
    differences: tuple[Statistic, ...]
    only_this_solves: tuple[str, ...]
    only_reference_solves: tuple[str, ...]


def pairwise_difference(run: JudgedRun, reference: JudgedRun) -> PairedDifference:
    """``run`` minus ``reference``, sample by sample.

    Success rates are over all common samples, the rotation error over those where both have a pose.
    """
    of_reference = {sample.name: sample for sample in reference.samples}
    pairs = [(sample, of_reference[sample.name]) for sample in run.samples if sample.name in of_reference]
    statistics = []
    for degrees, share in MARKS:
        gains = np.array([100.0 * (a.within(degrees, share) - b.within(degrees, share)) for a, b in pairs])
        key, title = mark_key(degrees, share), mark_name(degrees, share)
        statistics.append(Statistic.of(key, title, "points", gains, np.mean))
    rotations = np.array([a.errors.rotation_deg - b.errors.rotation_deg for a, b in pairs if a.errors and b.errors])
    title = "median difference of the rotation error"
    statistics.append(Statistic.of("rotation_error_deg", title, "deg", rotations, np.median))
    return PairedDifference(
        run.label,
        reference.label,
        len(pairs),
        tuple(statistics),
        tuple(a.name for a, b in pairs if a.solved and not b.solved),
        tuple(b.name for a, b in pairs if b.solved and not a.solved),
    )
