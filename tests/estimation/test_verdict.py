"""One line about an estimate: good, doubtful or wrong, and why."""

from __future__ import annotations

import pytest

from camera_estimation.estimation import verdict as module
from camera_estimation.estimation.confidence import CONFIDENCE_FEATURES, ConfidenceModel
from camera_estimation.estimation.verdict import REASONS, Verdict, verdict_line, verdict_of
from tests.support.measures import GOOD_MEASURES

# One weight for all, so that what is worst is told.
EVEN = ConfidenceModel(4.0, dict.fromkeys(CONFIDENCE_FEATURES, -4.0), dict.fromkeys(CONFIDENCE_FEATURES, 0.0))
UNMASKED = {"mask_source": "estimated", "picture_score": 2.2, "picture_margin": 1.0, "picture_cut": 1.0}


@pytest.fixture
def even_weights(monkeypatch):
    monkeypatch.setattr(module, "load_confidence_model", lambda: EVEN)
    monkeypatch.setattr(module, "confidence_of", lambda measures: 0.5)


def test_nothing_is_said_against_a_good_one():
    assert verdict_of(GOOD_MEASURES) == Verdict("good")
    assert str(Verdict("good")) == "good"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rigid_overlap": 0.52}, "the mesh does not fit the silhouette (overlap 0.52)"),
        (
            {"rival_evidence": 0.3, "rival_angle_deg": 172.2},
            "another pose explains the picture as well (turned by 172 degrees)",
        ),
        ({"pixels": 16.0}, "the object is small (16 pixels)"),
        ({"distance_deviation": 0.8}, "the distance is undetermined (standard deviation 80% of the diameter)"),
        ({"fov_deviation_deg": 2.0, "fov_deg": 3.0}, "the field of view is at its bound (3.0 degrees)"),
        ({"detail": 0.1}, "picture and mesh look different (correlation of details 0.10, of colors 1.00)"),
        (
            {**UNMASKED, "picture_cut": 0.4},
            "the picture shows no such outline (overlap 0.40 with what stands out there)",
        ),
        ({**UNMASKED, "picture_score": 0.5}, "the picture does not look like the mesh there (agreement 0.50)"),
    ],
)
def test_the_reason_is_what_is_worst(even_weights, changes, reason):
    measures = {**GOOD_MEASURES, "detail": 1.0, "color": 1.0, "agreeing": 1.0, **changes}
    assert str(verdict_of(measures)) == f"doubtful because {reason}"


def test_the_cause_is_told_before_what_follows_of_it(even_weights):
    """Of a wrong mesh many poses explain the picture as badly."""
    measures = {**GOOD_MEASURES, "rigid_overlap": 0.6, "overlap": 0.9, "rival_evidence": 0.1, "rival_angle_deg": 90.0}
    assert "does not fit the silhouette" in verdict_of({**measures, "lead": 0.0}).reason


def test_every_feature_has_one_reason():
    told = [feature for reason in REASONS for feature in reason.features]
    assert sorted(told) == sorted(set(CONFIDENCE_FEATURES) - {"free_focal"})


@pytest.mark.parametrize(
    ("confidence", "word"), [(0.8, "good"), (0.79, "doubtful"), (0.3, "doubtful"), (0.29, "wrong")]
)
def test_the_word_follows_from_it(monkeypatch, confidence, word):
    monkeypatch.setattr(module, "confidence_of", lambda measures: confidence)
    assert verdict_of({**GOOD_MEASURES, "overlap": 0.6}).word == word


def test_a_doubt_without_a_reason_says_so(monkeypatch):
    monkeypatch.setattr(module, "confidence_of", lambda measures: 0.5)
    monkeypatch.setattr(
        module, "load_confidence_model", lambda: ConfidenceModel(0.0, {"misfit": -1.0}, {"misfit": 1.0})
    )
    assert verdict_of(GOOD_MEASURES).reason == "little speaks for it"


def test_line_of_an_entry():
    entry = {"confidence": 0.034, "verdict": "wrong", "reason": "the object is small (9 pixels)"}
    assert verdict_line(entry) == "confidence 0.03: wrong because the object is small (9 pixels)"
    assert verdict_line({"confidence": 0.978, "verdict": "good", "reason": None}) == "confidence 0.98: good"
    assert verdict_line({"name": "of an earlier version"}) == ""
