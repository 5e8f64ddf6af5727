from __future__ import annotations

import math
from dataclasses import replace

import pytest

from camera_estimation.configuration import CameraConfig, Configuration
from camera_estimation.estimation.observation import observe
from camera_estimation.geometry import FocalPrior
from tests.support.orbits import ball, orbiting_cameras, pictures

INTRINSICS = (200.0, 200.0, 64.0, 64.0)
EXIF = FocalPrior.from_degrees(30.0, 2.0, "exif")


@pytest.fixture(scope="module")
def mesh():
    return ball()


@pytest.fixture(scope="module")
def image(mesh):
    return pictures(mesh, orbiting_cameras([25.0]))[0]


@pytest.mark.parametrize(
    ("settings", "fov_deg", "source"),
    [
        ({}, 30.0, "exif"),
        ({"fov_deg": 50.0}, 30.0, "exif"),
        ({"fov_deg": 50.0, "exif": False}, 50.0, "fov_deg"),
    ],
)
@pytest.mark.parametrize("optimize_fov", ["auto", "on", "off"])
def test_what_an_image_tells_counts_before_what_is_configured(mesh, image, settings, fov_deg, source, optimize_fov):
    config = Configuration(camera=CameraConfig(**settings, optimize_fov=optimize_fov))
    seen = observe(replace(image, focal_prior=EXIF), None, mesh, config)
    assert seen.focal_source == source
    assert math.degrees(float(seen.frame.fov)) == pytest.approx(fov_deg, abs=1e-4)
    if optimize_fov == "off":
        assert seen.focal is None
    else:
        assert seen.focal.fov_deg == pytest.approx(fov_deg)
        assert (seen.focal == EXIF) == (source == "exif")


def test_images_that_tell_nothing_have_the_configured_field_of_view(mesh, image):
    seen = observe(image, None, mesh, Configuration(camera=CameraConfig(fov_deg=50.0)))
    assert seen.focal_source == "assumed"
    assert math.degrees(float(seen.frame.fov)) == pytest.approx(50.0, abs=1e-4)


def test_given_intrinsics_count_before_all(mesh, image):
    seen = observe(replace(image, focal_prior=EXIF), INTRINSICS, mesh, Configuration())
    assert (seen.focal, seen.focal_source, seen.intrinsics) == (None, "intrinsics", INTRINSICS)
    loose = Configuration(camera=CameraConfig(optimize_fov="on"))
    seen = observe(replace(image, focal_prior=EXIF), INTRINSICS, mesh, loose)
    assert seen.focal.tan_half_fov == pytest.approx(64 / 200)
    assert seen.focal.deviation > EXIF.deviation
