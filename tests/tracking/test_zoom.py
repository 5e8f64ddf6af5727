"""What frames say of the focal length, one after the other."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.estimation import CameraEstimator
from camera_estimation.estimation._uncertainty import Uncertainty
from camera_estimation.tracking._zoom import LEAST_DEVIATION, SEQUENCE, ZoomFilter
from camera_estimation.tracking.tracker import SequenceTracker
from tests.support.orbits import QUICK, ball, orbiting_cameras, pictures

CAMERA = orbiting_cameras([0])


def estimate(log_focal: float):
    return SimpleNamespace(camera=CAMERA, uncertainty=Uncertainty(0.01, (0.1, 0.1, 0.1), log_focal))


@pytest.fixture(scope="module")
def image():
    return pictures(ball(), CAMERA)[0]


@pytest.mark.parametrize(("said", "kept"), [(0.2, 0.2), (1e-4, LEAST_DEVIATION)])
def test_the_last_estimate_is_what_is_expected(image, said, kept):
    zoom = ZoomFilter()
    assert zoom.expect(image) is image
    zoom.update(estimate(said))
    prior = zoom.expect(image).focal_prior
    assert prior.source == SEQUENCE
    assert prior.fov_deg == pytest.approx(40, abs=1e-2)
    assert prior.deviation == pytest.approx(kept * math.tan(math.radians(20)), rel=1e-3)


def test_a_known_focal_length_expects_nothing_of_the_next(image):
    zoom = ZoomFilter()
    zoom.update(estimate(0.1))
    zoom.update(estimate(0.0))
    assert zoom.expect(image) is image


def test_frames_tell_the_focal_length_together():
    """Each is surer with those before it than alone."""
    estimator = CameraEstimator(ball(), merge_settings(QUICK, {"camera": {"fov_deg": 55.0}}))
    cameras, tracker = orbiting_cameras([0, 8, 16, 24]), SequenceTracker()
    found = [tracker.estimate(estimator, image).estimate for image in pictures(estimator.mesh, cameras)]
    deviations = [each.uncertainty.log_focal for each in found]
    errors = [abs(math.log(float(each.camera.focal[0, 1] / cameras.focal[0, 1]))) for each in found]
    alone = [estimator.estimate(image).uncertainty.log_focal for image in pictures(estimator.mesh, cameras)]
    assert all(together < single for together, single in zip(deviations[1:], alone[1:], strict=True))
    assert max(errors) < 0.01
    assert [each.focal_source for each in found[1:]] == [SEQUENCE] * 3
