"""The probability that an estimate is right, from what is measured of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from camera_estimation.estimation.confidence import (
    CONFIDENCE_FEATURES,
    ConfidenceModel,
    confidence_of,
    features_of,
    load_confidence_model,
    misfit,
)
from camera_estimation.estimation.diagnosis import PictureAgreement
from camera_estimation.estimation.result import AlternativePose
from camera_estimation.estimation.verdict import verdict_of
from camera_estimation.images.loading import load_source_image
from tests.support.measures import GOOD_MEASURES
from tests.support.small_samples import GOOD_DIAGNOSIS, camera_around_box, estimate_of, write_disc

UNMASKED = {
    **GOOD_MEASURES,
    "mask_source": "estimated",
    "picture_score": 1.8,
    "picture_margin": 0.6,
    "picture_cut": 0.95,
}
# What is better the greater, and what the smaller it is, with the range of each.
RISING = {
    "rigid_overlap": (0.0, 1.0),
    "overlap": (0.0, 1.0),
    "detail": (-1.0, 1.0),
    "color": (-1.0, 1.0),
    "rival_evidence": (-3.0, 9.0),
    "agreeing": (0.0, 1.0),
    "lead": (-1.0, 5.0),
    "contrast": (0.0, 0.5),
    "pixels": (1.0, 2000.0),
    "picture_score": (-1.0, 2.2),
    "picture_margin": (-1.0, 2.0),
    "picture_cut": (0.0, 1.0),
}
FALLING = {
    "hidden": (0.0, 1.0),
    "rotation_deviation_deg": (0.0, 180.0),
    "aside_deviation": (0.0, 10.0),
    "distance_deviation": (0.0, 10.0),
    "fov_deviation_deg": (0.0, 90.0),
    "deformation": (0.0, 1.0),
}


@pytest.fixture
def image(tmp_path):
    return load_source_image(write_disc(tmp_path / "disc.png"))


@settings(max_examples=200)
@given(st.data())
def test_nothing_that_looks_better_lowers_the_confidence(data):
    kind = data.draw(st.sampled_from([GOOD_MEASURES, UNMASKED]))
    ranges = {**RISING, **FALLING}
    start = {**kind, "rival_evidence": 3.0, "fov_deviation_deg": 5.0}
    present = [name for name in ranges if start[name] is not None]
    start.update({name: data.draw(st.floats(*ranges[name]), label=name) for name in present})
    name = data.draw(st.sampled_from(present))
    smaller, larger = sorted(data.draw(st.tuples(st.floats(*ranges[name]), st.floats(*ranges[name]))))
    before, after = ({**start, name: value} for value in (smaller, larger))
    if name in FALLING:
        before, after = after, before
    assert confidence_of(after) >= confidence_of(before) - 1e-12


def test_the_load_confidence_model_knows_every_feature_and_punishes():
    model = load_confidence_model()
    assert set(model.weights) == set(CONFIDENCE_FEATURES)
    assert all(weight <= 0 for weight in model.weights.values())
    assert all(value >= 0 for value in model.usual.values())


def test_features_are_nothing_where_all_is_well():
    best = {**GOOD_MEASURES, "rigid_overlap": 1.0, "overlap": 1.0, "detail": 1.0, "color": 1.0, "agreeing": 1.0}
    exact = {**best, "rotation_deviation_deg": 0.0, "aside_deviation": 0.0, "distance_deviation": 0.0}
    assert set(features_of(exact).values()) == {0.0}


def test_probability_is_the_logistic_function_of_the_log_odds():
    model = ConfidenceModel(2.0, {"misfit": -3.0, "hidden": -1.0}, {"misfit": 0.1, "hidden": 0.0})
    measures = {**GOOD_MEASURES, "overlap": 0.5, "hidden": 0.25}
    assert confidence_of(measures, model) == pytest.approx(1 / (1 + math.exp(-(2 - 3 - 0.25))))
    assert model.losses(features_of(measures)) == pytest.approx({"misfit": 2.7, "hidden": 0.25})


@pytest.mark.parametrize(("overlap", "expected"), [(1.0, 0.0), (0.995, 0.0), (0.95, 0.5), (0.5, 1.0), (0.0, 1.0)])
def test_misfit_grows_with_the_logarithm_of_what_differs(overlap, expected):
    assert misfit(overlap) == pytest.approx(expected)


def test_silhouettes_that_have_nothing_in_common_are_never_right():
    apart = {**GOOD_MEASURES, "overlap": 0.0, "rigid_overlap": 0.0}
    assert confidence_of(apart) == 0
    assert verdict_of(apart).word == "wrong"
    assert "does not fit the silhouette" in verdict_of(apart).reason
    assert confidence_of({**apart, "overlap": 0.25}) < 0.5


def test_the_overlap_with_a_mask_of_its_own_is_no_evidence():
    worse = {**UNMASKED, "rigid_overlap": 0.3, "overlap": 0.3, "hidden": 0.4}
    assert confidence_of(worse) == confidence_of(UNMASKED)
    assert features_of(UNMASKED)["no_mask"] == 1
    assert features_of({**UNMASKED, "picture_cut": 0.4})["picture_cut"] > features_of(UNMASKED)["picture_cut"]


def test_measures_are_those_of_the_estimate(image):
    estimate = estimate_of(image)
    measures = estimate.measures
    assert measures["rigid_overlap"] == estimate.silhouette_iou
    assert (measures["overlap"], measures["pixels"], measures["mask_source"]) == (0.995, 200.0, "alpha")
    assert measures["rotation_deviation_deg"] == pytest.approx(math.degrees(0.01))
    assert measures["fov_deviation_deg"] is None  # it was known
    assert measures["rival_evidence"] is None  # the alternative has the answer's rotation
    assert estimate.confidence == confidence_of(measures)


def test_the_rival_is_the_pose_of_another_rotation_that_is_spoken_against_least(image):
    camera = camera_around_box(image.width, image.height)
    others = ((0.1, 0.2), (1.0, 3.5), (3.0, 2.5))  # angle and evidence
    poses = tuple(AlternativePose(camera, 0.3, 0.5, angle, evidence) for angle, evidence in others)
    measures = estimate_of(image, alternatives=poses).measures
    assert (measures["rival_evidence"], measures["rival_angle_deg"]) == (2.5, pytest.approx(math.degrees(3.0)))


def test_what_there_is_nothing_of_is_finite_in_features(image):
    picture = PictureAgreement(score=-math.inf, margin=math.inf, cut=0.0)
    diagnosis = replace(GOOD_DIAGNOSIS, lead=math.inf, picture=picture)
    estimate = estimate_of(image, diagnosis=diagnosis, mask=image.mask)
    assert all(math.isfinite(value) for value in features_of(estimate.measures).values())
    assert estimate.measures["mask_source"] == "estimated"
    assert 0 <= estimate.confidence <= 1
