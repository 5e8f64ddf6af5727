"""How well a confidence holds: the area under the ROC curve, reliability, and a report of both."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import rankdata

from camera_estimation.estimation import GOOD_FROM, RIGHT_ROTATION_DEG, WRONG_BELOW
from confidence_fit.examples import Example, arrays_of

BINS = 10  # of the reliability diagram, with as many estimates each


def area_under_roc(confidence: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"]) -> float:
    """Probability that a right one has more confidence than a wrong one; not a number where there is only one kind."""
    wins, fails = int(right.sum()), int((~right).sum())
    if not wins or not fails:
        return math.nan
    return float((rankdata(confidence)[right].sum() - wins * (wins + 1) / 2) / (wins * fails))


def reliability(
    confidence: Float[np.ndarray, " N"], right: Bool[np.ndarray, " N"], bins: int = BINS
) -> Float[np.ndarray, "B 3"]:
    """Mean confidence, share of right ones, and number of estimates, in bins of as many estimates each."""
    parts = np.array_split(confidence.argsort(kind="stable"), min(bins, len(confidence)))
    return np.array([[confidence[part].mean(), right[part].mean(), len(part)] for part in parts])


def reliability_error(bins: Float[np.ndarray, "B 3"]) -> float:
    """The largest distance of a bin from the diagonal, on which as many are right as the confidence says."""
    return float(np.abs(bins[:, 0] - bins[:, 1]).max())


def report_lines(examples: Sequence[Example], confidence: Float[np.ndarray, " N"]) -> list[str]:
    """How well the confidence holds: over all, and for each run."""
    _, right, rotation_right = arrays_of(examples)
    bins = reliability(confidence, right)
    lines = [
        f"{len(examples)} estimates of {len({example.mesh for example in examples})} meshes, {right.sum()} right",
        f"area under the ROC curve, rotation wrong by more than {RIGHT_ROTATION_DEG:.0f} degrees: "
        f"{area_under_roc(confidence, rotation_right):.4f}",
        f"area under the ROC curve, all right: {area_under_roc(confidence, right):.4f}",
        f"reliability: at most {reliability_error(bins):.3f} from the diagonal",
        *(f"  confidence {told:.3f}: {share:.3f} right of {count:.0f}" for told, share, count in bins),
    ]
    for verdict, told in verdicts(confidence).items():
        lines.append(f"{verdict}: {told.sum()}, of which {right[told].sum()} right")
    members = defaultdict(list)
    for index, example in enumerate(examples):
        members[example.run].append(index)
    lines.append(f"{'run':24}{'count':>6}{'right':>7}{'confidence':>12}{'ROC area':>10}")
    for run, chosen in members.items():
        own, of_run = right[chosen], confidence[chosen]
        lines.append(
            f"{run:24}{len(chosen):6}{own.mean():7.2f}{of_run.mean():12.2f}{area_under_roc(of_run, own):10.3f}"
        )
    return lines


def verdicts(confidence: Float[np.ndarray, " N"]) -> dict[str, Bool[np.ndarray, " N"]]:
    """Which estimates get which verdict."""
    good, wrong = confidence >= GOOD_FROM, confidence < WRONG_BELOW
    return {"good": good, "doubtful": ~good & ~wrong, "wrong": wrong}
