"""Two runs on the same samples: the differences sample by sample, which vary less than the runs themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from camera_estimation.evaluation.judgment import MARKS, JudgedRun
from camera_estimation.evaluation.statistics.bootstrap import interval
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
    """Success rates over all common samples, the rotation error over those where both have a pose."""
    of_reference = {sample.name: sample for sample in reference.samples}
    pairs = [(sample, of_reference[sample.name]) for sample in run.samples if sample.name in of_reference]
    statistics = []
    for degrees, share in MARKS:
        gains = np.array([100.0 * (a.within(degrees, share) - b.within(degrees, share)) for a, b in pairs])
        statistics.append(_mean_gain(mark_key(degrees, share), mark_name(degrees, share), gains))
    rotations = np.array([a.errors.rotation_deg - b.errors.rotation_deg for a, b in pairs if a.errors and b.errors])
    value = float(np.median(rotations)) if len(rotations) else None
    title = "median difference of the rotation error"
    statistics.append(
        Statistic("rotation_error_deg", title, "deg", value, interval(rotations, np.median), len(rotations))
    )
    return PairedDifference(
        run.label,
        reference.label,
        len(pairs),
        tuple(statistics),
        tuple(a.name for a, b in pairs if a.solved and not b.solved),
        tuple(b.name for a, b in pairs if b.solved and not a.solved),
    )


def _mean_gain(key: str, title: str, gains: np.ndarray) -> Statistic:
    value = float(gains.mean()) if len(gains) else None
    return Statistic(key, title, "points", value, interval(gains, np.mean), len(gains))
