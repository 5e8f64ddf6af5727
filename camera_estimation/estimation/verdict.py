"""What to tell of an estimate in one line: good, doubtful or wrong, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from camera_estimation.estimation.confidence import (
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
VISIBLE_MISFIT = 0.95  # overlap from which nobody sees that something does not fit
NEARLY = 0.35  # share of the greatest loss from which a cause is told before what lowers the confidence more


@dataclass(frozen=True)
class Verdict:
    """``word`` is "good", "doubtful" or "wrong"; ``reason`` is why, where it is not good."""

    word: str
    reason: str | None = None

    def __str__(self) -> str:
        return self.word if self.reason is None else f"{self.word} because {self.reason}"


def verdict_of(measures: Measures) -> Verdict:
    """Of an estimate with these measures (see ``confidence_of``)."""
    confidence = confidence_of(measures)
    if confidence >= GOOD_FROM:
        return Verdict(GOOD)
    return Verdict(DOUBTFUL if confidence >= WRONG_BELOW else WRONG, _reason(measures))


def _reason(measures: Measures) -> str:
    """What lowers the confidence most, or comes before it in the table and lowers it nearly as much."""
    lost = load_confidence_model().losses(features_of(measures))
    shown = [reason for reason in REASONS if reason is not MISFIT or measures["rigid_overlap"] < VISIBLE_MISFIT]
    losses = [sum(lost.get(feature, 0.0) for feature in reason.features) for reason in shown]
    greatest = max(losses)
    if greatest <= 0:
        return "little speaks for it"
    first = next(reason for reason, loss in zip(shown, losses, strict=True) if loss >= NEARLY * greatest)
    return first.phrase(measures)


def verdict_line(entry: Mapping[str, Any]) -> str:
    """What to tell of an entry of poses.json: its confidence, its verdict and the reason; empty where it has none."""
    if entry.get("confidence") is None:
        return ""
    return f"confidence {entry['confidence']:.2f}: {Verdict(entry['verdict'], entry['reason'])}"


def _rival(measures: Measures) -> str:
    if measures["rival_evidence"] is None:
        return "the search found other poses that explain the picture nearly as well"
    how = "as well" if measures["rival_evidence"] < AS_WELL else "nearly as well"
    return f"another pose explains the picture {how} (turned by {measures['rival_angle_deg']:.0f} degrees)"


@dataclass(frozen=True)
class Reason:
    """What some of ``CONFIDENCE_FEATURES`` say together, as words for measures."""

    features: tuple[str, ...]
    phrase: Callable[[Measures], str]


MISFIT = Reason(
    ("misfit", "rigid_misfit", "hidden"),
    lambda m: f"the mesh does not fit the silhouette (overlap {m['rigid_overlap']:.2f})",
)
# Causes before what follows of them: a mesh that does not fit has poses that fit no worse, and is bent.
REASONS = (
    MISFIT,
    Reason(
        ("picture_cut",),
        lambda m: f"the picture shows no such outline (overlap {m['picture_cut']:.2f} with what stands out there)",
    ),
    Reason(
        ("picture",), lambda m: f"the picture does not look like the mesh there (agreement {m['picture_score']:.2f})"
    ),
    Reason(
        ("detail", "color"),
        lambda m: (
            f"picture and mesh look different (correlation of details {m['detail']:.2f}, of colors {m['color']:.2f})"
        ),
    ),
    Reason(("rival", "early_rival"), _rival),
    Reason(("picture_rival",), lambda m: "another pose agrees with the picture nearly as well"),
    Reason(("focal_bound",), lambda m: f"the field of view is at its bound ({m['fov_deg']:.1f} degrees)"),
    Reason(("deformation",), lambda m: f"the mesh had to be bent to fit (by {m['deformation']:.0%} of its radius)"),
    Reason(
        ("rotation_deviation",),
        lambda m: f"the rotation is undetermined (standard deviation {m['rotation_deviation_deg']:.1f} degrees)",
    ),
    Reason(
        ("aside_deviation",),
        lambda m: f"the position is undetermined (standard deviation {m['aside_deviation']:.0%} of the diameter)",
    ),
    Reason(
        ("distance_deviation",),
        lambda m: f"the distance is undetermined (standard deviation {m['distance_deviation']:.0%} of the diameter)",
    ),
    Reason(
        ("focal_deviation",),
        lambda m: f"the field of view is undetermined (standard deviation {m['fov_deviation_deg']:.0f} degrees)",
    ),
    Reason(("small",), lambda m: f"the object is small ({m['pixels']:.0f} pixels)"),
    Reason(("plain",), lambda m: "picture or mesh has hardly any details to tell the pose by"),
    Reason(("disagreement",), lambda m: f"only {m['agreeing']:.0%} of the search's candidates led to this pose"),
    Reason(("rough_mask",), lambda m: "the mask is not exact"),
    Reason(("no_mask",), lambda m: "there is no mask"),
)
