"""What to tell of an estimate in one line: good, doubtful or wrong, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from camera_estimation.estimation.confidence import (
    MOST_EVIDENCE,
    Measures,
    confidence_of,
    features_of,
    load_confidence_model,
)

GOOD, DOUBTFUL, WRONG = "good", "doubtful", "wrong"
# Confidence from which an estimate can be used unseen, and below which it is more likely wrong by far.
GOOD_FROM = 0.8
WRONG_BELOW = 0.3
AS_WELL = 2.0  # standard deviations of evidence below which another pose explains a picture as well


@dataclass(frozen=True)
class Verdict:
    """``word`` is "good", "doubtful" or "wrong"; ``reason`` is why, where it is not good."""

    word: str
    reason: str | None = None

    def __str__(self) -> str:
        return self.word if self.reason is None else f"{self.word} because {self.reason}"


def verdict_of(measures: Measures) -> Verdict:
    """Of an estimate with these measures (see ``confidence_of``); the reason is what lowers the confidence most."""
    confidence = confidence_of(measures)
    if confidence >= GOOD_FROM:
        return Verdict(GOOD)
    losses = load_confidence_model().losses(features_of(measures))
    told = {name: loss for name, loss in losses.items() if name in REASONS and loss > 0}
    reason = REASONS[max(told, key=told.__getitem__)](measures) if told else "little speaks for it"
    return Verdict(DOUBTFUL if confidence >= WRONG_BELOW else WRONG, reason)


def verdict_line(entry: Mapping[str, Any]) -> str:
    """What to tell of an entry of poses.json: its confidence, its verdict and the reason; empty where it has none."""
    if entry.get("confidence") is None:
        return ""
    return f"confidence {entry['confidence']:.2f}: {Verdict(entry['verdict'], entry['reason'])}"


def _rival(measures: Measures) -> str:
    turned = f"turned by {measures['rival_angle_deg']:.0f} degrees"
    if measures["rival_evidence"] < AS_WELL:
        return f"another pose explains the picture as well ({turned})"
    clear = min(measures["rival_evidence"], MOST_EVIDENCE)
    return f"another pose explains the picture nearly as well ({turned}, {clear:.1f} standard deviations)"


# By feature, what a user can act on.
REASONS: dict[str, Callable[[Measures], str]] = {
    "misfit": lambda m: f"the mesh does not fit the silhouette (overlap {m['overlap']:.2f})",
    "rigid_misfit": lambda m: f"the mesh does not fit the silhouette (overlap {m['rigid_overlap']:.2f})",
    "hidden": lambda m: f"{m['hidden']:.0%} of the silhouette is not explained by the mesh",
    "rough_mask": lambda m: "the mask is not exact",
    "detail": lambda m: f"details of picture and mesh do not agree (correlation {m['detail']:.2f})",
    "color": lambda m: f"colors of picture and mesh do not agree (correlation {m['color']:.2f})",
    "plain": lambda m: "picture or mesh has hardly any details to tell the pose by",
    "rival": _rival,
    "early_rival": lambda m: "the search found other poses that explain the picture nearly as well",
    "disagreement": lambda m: f"only {m['agreeing']:.0%} of the search's candidates led to this pose",
    "rotation_deviation": lambda m: (
        f"the rotation is undetermined (standard deviation {m['rotation_deviation_deg']:.1f} degrees)"
    ),
    "aside_deviation": lambda m: (
        f"the position is undetermined (standard deviation {m['aside_deviation']:.0%} of the diameter)"
    ),
    "distance_deviation": lambda m: (
        f"the distance is undetermined (standard deviation {m['distance_deviation']:.0%} of the diameter)"
    ),
    "focal_deviation": lambda m: f"the focal length is undetermined (standard deviation {m['focal_deviation']:.0%})",
    "focal_bound": lambda m: f"the field of view is at its bound ({m['fov_deg']:.1f} degrees)",
    "deformation": lambda m: f"the mesh had to be bent to fit (by {m['deformation']:.0%} of its radius)",
    "small": lambda m: f"the object is small ({m['pixels']:.0f} pixels)",
    "no_mask": lambda m: "there is no mask",
    "picture": lambda m: f"the picture does not look like the mesh there (agreement {m['picture_score']:.2f})",
    "picture_rival": lambda m: "another pose agrees with the picture nearly as well",
    "picture_cut": lambda m: (
        f"the picture shows no such outline (overlap {m['picture_cut']:.2f} with what stands out there)"
    ),
}
