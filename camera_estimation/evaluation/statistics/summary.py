"""What a run amounts to: rates over all samples with ground truth, averages over those of them that have a pose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from camera_estimation.convergence import wilson_interval
from camera_estimation.evaluation.judgment import MARKS, JudgedRun, JudgedSample
from camera_estimation.evaluation.statistics.bootstrap import Average, Interval, interval
from camera_estimation.evaluation.statistics.recall import MSPD_THRESHOLDS, MSSD_THRESHOLDS, within_thresholds

FAR_DEG = 15.0  # within it the viewpoint is right, even where the mesh is only similar to the object
ADD_SHARE = 0.1
PROJECTION_PX = 5.0


@dataclass(frozen=True)
class Statistic:
    """One number of a run with its 95 % interval.

    Attributes:
        key: In files.
        title: For people.
        unit: "%", "deg", "px", "s" or "".
        value: None where no sample has one.
        bounds: Of the interval; None of fewer than two samples.
        count: How many samples made it.
    """

    key: str
    title: str
    unit: str
    value: float | None
    bounds: Interval | None
    count: int

    @classmethod
    def of(cls, key: str, title: str, unit: str, values: Float[np.ndarray, " N"], average: Average) -> Statistic:
        """The average of the samples' values."""
        value = float(average(values)) if len(values) else None
        return cls(key, title, unit, value, interval(values, average), len(values))

    @classmethod
    def of_rate(cls, key: str, title: str, holds: Bool[np.ndarray, " N"]) -> Statistic:
        """The share of samples of which something holds, in percent, with Wilson's interval."""
        count = len(holds)
        if count < 2:
            return cls(key, title, "%", 100.0 * float(holds.mean()) if count else None, None, count)
        low, high = wilson_interval(int(holds.sum()), count)
        return cls(key, title, "%", 100.0 * float(holds.mean()), (100 * low, 100 * high), count)


Values = Callable[[JudgedRun], Float[np.ndarray, " N"]]


@dataclass(frozen=True)
class _Definition:
    key: str
    title: str
    unit: str
    values: Values
    average: Average

    def statistic(self, run: JudgedRun) -> Statistic:
        return Statistic.of(self.key, self.title, self.unit, self.values(run), self.average)


@dataclass(frozen=True)
class _Rate:
    key: str
    title: str
    holds: Callable[[JudgedSample], bool]

    def statistic(self, run: JudgedRun) -> Statistic:
        return Statistic.of_rate(self.key, self.title, np.array([self.holds(each) for each in run.samples], dtype=bool))


def summarize(run: JudgedRun) -> list[Statistic]:
    """The statistics of a run: rates over all judged samples, averages over those of them that have a pose.

    Returns:
        In the same order for every run.
    """
    return [item.statistic(run) for item in _DEFINITIONS]


def mark_name(degrees: float, share: float) -> str:
    return f"within {degrees:g} {'degree' if degrees == 1 else 'degrees'} and {100 * share:g} %"


def mark_key(degrees: float, share: float) -> str:
    """The key of the share of samples within ``degrees`` and ``share`` of the diameter, such as within_5deg_5pct."""
    return f"within_{degrees:g}deg_{100 * share:g}pct"


def _mark(degrees: float, share: float) -> _Rate:
    return _Rate(mark_key(degrees, share), mark_name(degrees, share), lambda sample: sample.within(degrees, share))


def _average_recall(key: str, title: str, field: str, thresholds: Float[np.ndarray, " T"]) -> _Definition:
    return _Definition(key, title, "%", lambda run: 100 * within_thresholds(run, field, thresholds).mean(1), np.mean)


def _error_average(
    name: str, title: str, unit: str, field: str, average: Average = np.median, scale: float = 1
) -> _Definition:
    def values(run: JudgedRun) -> Float[np.ndarray, " N"]:
        found = [getattr(sample.errors, field) for sample in run.samples if sample.errors]
        return scale * np.array([value for value in found if value is not None], dtype=float)

    prefix = average.__name__
    return _Definition(f"{prefix}_{name}", f"{prefix} {title}", unit, values, average)


def _seconds(run: JudgedRun) -> Float[np.ndarray, " N"]:
    return np.array([sample.seconds for sample in run.samples if sample.seconds is not None])


def _add_is_small(sample: JudgedSample) -> bool:
    return sample.errors is not None and sample.errors.add_share <= ADD_SHARE


def _projection_is_near(sample: JudgedSample) -> bool:
    return sample.errors is not None and sample.errors.projection <= PROJECTION_PX


_DEFINITIONS: tuple[_Definition | _Rate, ...] = (
    *(_mark(degrees, share) for degrees, share in MARKS),
    _Rate("within_15deg", f"within {FAR_DEG:g} degrees", lambda sample: sample.within(FAR_DEG)),
    _Rate("add_within_10pct", f"ADD within {100 * ADD_SHARE:g} %", _add_is_small),
    _Rate("projection_within_5px", f"projection within {PROJECTION_PX:g} px", _projection_is_near),
    _average_recall("mssd_average_recall", "MSSD average recall", "mssd_share", MSSD_THRESHOLDS),
    _average_recall("mspd_average_recall", "MSPD average recall", "mspd_at_640", MSPD_THRESHOLDS),
    _error_average("rotation_error_deg", "rotation error", "deg", "rotation_deg"),
    _error_average("translation_error_pct", "translation error", "%", "translation_share", scale=100),
    _error_average("add_pct", "ADD", "%", "add_share", scale=100),
    _error_average("adds_pct", "ADD-S", "%", "adds_share", scale=100),
    _error_average("mssd_pct", "MSSD", "%", "mssd_share", scale=100),
    _error_average("mspd_px", "MSPD", "px", "mspd"),
    _error_average("projection_error_px", "projection error", "px", "projection"),
    _error_average("projection_error_px", "projection error", "px", "projection", np.mean),
    _error_average("silhouette_iou", "silhouette IoU", "", "silhouette_iou"),
    _Definition("median_seconds", "median time", "s", _seconds, np.median),
)
