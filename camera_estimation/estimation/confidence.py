"""How sure an estimate is: the probability that it is right, from what is measured of it.

A logistic model of a few features, whose coefficients ``scripts/fit_confidence.py`` fits to runs with ground truth and
writes beside this file. A feature is 0 where all is well and grows as things get worse, and no coefficient is of the
other sign: nothing that looks better can lower the confidence.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from camera_estimation.images import ESTIMATED, MATTES
from camera_estimation.refinement import is_at_bound

# What is right: the rotation within this angle, and projected points, in the mean, within this share of the object's
# diameter as it is seen.
RIGHT_ROTATION_DEG = 10.0
RIGHT_PROJECTION = 0.05

CONFIDENCE_FILE = Path(__file__).with_name("confidence.json")

LEAST_MISFIT = 0.005  # of silhouettes: what pixels and blur leave between equal ones
WIDEST_MISFIT = 0.5  # from which on nothing fits at all
MOST_EVIDENCE = 4.0  # standard deviations from which another pose is out of the question
MOST_LEAD = 2.0  # likewise of the logarithm of costs
FULL_CONTRAST = 0.1  # standard deviation of details from which there is enough to tell poses by
LARGE = 128.0  # pixels from which an object's size limits nothing
FULL_AGREEMENT = 2.5  # of a picture without a mask: the sum of correlations and contrast with their weights
CLEAR_MARGIN = 0.5  # of that, to the next pose, from which the picture tells them apart

Measures = Mapping[str, Any]  # of ``CameraEstimate.measures``: numbers and words by name, None where there are none
Feature = Callable[[Measures], float]


@dataclass(frozen=True)
class ConfidenceModel:
    """The fitted model.

    Attributes:
        intercept: Log-odds of an estimate whose features are all 0.
        weights: By feature, what it changes the log-odds by: none is positive. Features without one do not count.
        usual: By feature, its mean among right estimates.
    """

    intercept: float
    weights: Mapping[str, float]
    usual: Mapping[str, float]

    def log_odds(self, features: Mapping[str, float]) -> float:
        return self.intercept + sum(weight * features[name] for name, weight in self.weights.items())

    def losses(self, features: Mapping[str, float]) -> dict[str, float]:
        """By feature, by how much it lowers the log-odds below those of usual right estimates."""
        return {name: weight * (self.usual[name] - features[name]) for name, weight in self.weights.items()}


def misfit(overlap: float) -> float:
    """0 for silhouettes that are the same, 1 for those that have half in common."""
    share = min(max(1 - overlap, LEAST_MISFIT), WIDEST_MISFIT)
    return math.log(share / LEAST_MISFIT) / math.log(WIDEST_MISFIT / LEAST_MISFIT)


def has_mask(measures: Measures) -> bool:
    """Whether the mask is evidence: one that was estimated with the pose agrees with it whatever the pose is."""
    return measures["mask_source"] != ESTIMATED


def _of_mask(feature: Feature) -> Feature:
    return lambda measures: feature(measures) if has_mask(measures) else 0.0


def _of_picture(feature: Feature) -> Feature:
    return lambda measures: feature(measures) if measures["picture_score"] is not None else 0.0


def _shortfall(value: float | None, enough: float) -> float:
    """0 from ``enough`` on, and where there is no value; 1 at 0."""
    return 0.0 if value is None else min(max(1 - value / enough, 0.0), 2.0)


def _growth(value: float | None, unit: float, most: float) -> float:
    """Logarithm of 1 + value / unit, as far as that of ``most``."""
    return 0.0 if value is None else math.log1p(min(max(value, 0.0), most) / unit)


CONFIDENCE_FEATURES: dict[str, Feature] = {
    # The silhouettes, of the mesh as it was bent and as it is.
    "misfit": _of_mask(lambda m: misfit(m["overlap"])),
    "rigid_misfit": _of_mask(lambda m: misfit(m["rigid_overlap"])),
    "hidden": _of_mask(lambda m: min(m["hidden"], 0.5)),
    "rough_mask": _of_mask(lambda m: float(m["mask_source"] not in MATTES)),
    # What is inside of them.
    "detail": lambda m: min(max(1 - m["detail"], 0.0), 1.0),
    "color": lambda m: min(max(1 - m["color"], 0.0), 1.0),
    "plain": lambda m: _shortfall(m["contrast"], FULL_CONTRAST),
    # Other poses.
    "rival": lambda m: _shortfall(m["rival_evidence"], MOST_EVIDENCE),
    "early_rival": lambda m: _shortfall(m["lead"], MOST_LEAD),
    "disagreement": lambda m: 1 - m["agreeing"],
    # What the optimum says of itself.
    "rotation_deviation": lambda m: _growth(m["rotation_deviation_deg"], 1.0, 60.0),
    "aside_deviation": lambda m: _growth(m["aside_deviation"], 0.01, 1.0),
    "distance_deviation": lambda m: _growth(m["distance_deviation"], 0.05, 5.0),
    "free_focal": lambda m: float(m["fov_deviation_deg"] is not None),
    "focal_deviation": lambda m: _growth(m["fov_deviation_deg"], 5.0, 60.0),
    "focal_bound": lambda m: float(m["fov_deviation_deg"] is not None and is_at_bound(math.radians(m["fov_deg"]))),
    "deformation": lambda m: _growth(m["deformation"], 0.01, 0.2),
    "small": lambda m: min(max(math.log2(LARGE / max(m["pixels"], 1.0)), 0.0), 4.0),
    # Images without a mask.
    "no_mask": lambda m: float(not has_mask(m)),
    "picture": _of_picture(lambda m: _shortfall(m["picture_score"], FULL_AGREEMENT)),
    "picture_rival": _of_picture(lambda m: _shortfall(m["picture_margin"], CLEAR_MARGIN)),
    "picture_cut": _of_picture(lambda m: misfit(m["picture_cut"])),
}


def features_of(measures: Measures) -> dict[str, float]:
    """All features, in the order of the table."""
    return {name: feature(measures) for name, feature in CONFIDENCE_FEATURES.items()}


def confidence_of(measures: Measures, model: ConfidenceModel | None = None) -> float:
    """The probability that the estimate with these measures is right.

    Args:
        measures: As ``CameraEstimate.measures`` gives them, or the ``diagnosis`` of an entry of poses.json.
        model: The one that was fitted, unless it is given.
    """
    log_odds = (model or load_confidence_model()).log_odds(features_of(measures))
    return 0.5 * (1 + math.tanh(0.5 * log_odds)) * _share_in_common(measures)


def _share_in_common(measures: Measures) -> float:
    """1 for silhouettes that have half in common or more, 0 for those that have nothing: what is measured within both,
    such as the correlation of details, is next to nothing there, and runs to fit to hardly have such."""
    return min(1.0, measures["overlap"] / WIDEST_MISFIT) if has_mask(measures) else 1.0


@cache
def load_confidence_model() -> ConfidenceModel:
    """That of the package."""
    return read_model(CONFIDENCE_FILE)


def read_model(path: Path) -> ConfidenceModel:
    """The model that a file holds."""
    tree = json.loads(path.read_text(encoding="utf-8"))
    features = {name: values for name, values in tree["features"].items() if name in CONFIDENCE_FEATURES}
    weights = {name: values["weight"] for name, values in features.items()}
    return ConfidenceModel(tree["intercept"], weights, {name: values["usual"] for name, values in features.items()})
