"""Recall: the share of the samples whose error is at most a threshold. A sample without a pose is within none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from camera_estimation.evaluation.judgment import JudgedRun
from camera_estimation.evaluation.pose_errors import SampleErrors

# The thresholds of the BOP challenge: MSSD as a share of the diameter, MSPD in pixels at a width of 640.
MSSD_THRESHOLDS = np.arange(1, 11) * 0.05
MSPD_THRESHOLDS = np.arange(1, 11) * 5.0


@dataclass(frozen=True)
class RecallCurve:
    """An error whose recall is shown; ``unit`` is what ``thresholds`` are in."""

    field: str  # of SampleErrors
    title: str
    unit: str
    thresholds: Float[np.ndarray, " T"]
    scale: float = 1.0  # of the field to the unit
    logarithmic: bool = False


CURVES = (
    RecallCurve("rotation_deg", "Rotation error", "degrees", np.geomspace(0.05, 180, 500), logarithmic=True),
    RecallCurve("mssd_share", "MSSD", "% of the diameter", 100 * MSSD_THRESHOLDS, scale=100),
    RecallCurve("mspd_at_640", "MSPD", "px at a width of 640", MSPD_THRESHOLDS),
)


def recall_at(run: JudgedRun, curve: RecallCurve) -> Float[np.ndarray, " T"]:
    """Of all judged samples, for each threshold."""
    return within_thresholds(run, curve.field, curve.thresholds / curve.scale).mean(0)


def within_thresholds(run: JudgedRun, field: str, thresholds: Float[np.ndarray, " T"]) -> Float[np.ndarray, "N T"]:
    """1 where a sample's error is at most the threshold, else 0."""
    errors = np.array([_error_or_infinity(sample.errors, field) for sample in run.samples])
    # Thresholds such as 3 * 0.05 are not exact: an error that is one of them is within it.
    return (errors[:, None] <= thresholds * (1 + 1e-12)).astype(float)


def _error_or_infinity(errors: SampleErrors | None, field: str) -> float:
    return float("inf") if errors is None else getattr(errors, field)
