from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.geometry.orbit import Orbit, world_to_camera_of
from camera_estimation.results.entries import RESULT_KEYS, failure_entry, pose_entry
from tests.support.small_samples import estimate_of

ENTRY_KEYS = ["name", "mesh", "image", "object", "frame", "time_s", "status", "error", *RESULT_KEYS]


@pytest.fixture
def entry(sample, image, mesh):
    return pose_entry(sample, estimate_of(image), mesh, loading_seconds=0.125)


def test_entry_has_every_key_in_the_documented_order(sample, entry):
    assert list(entry) == ENTRY_KEYS
    assert list(failure_entry(sample, "why")) == ENTRY_KEYS
    assert entry["seconds"] == {"loading": 0.125, "search": 0.5, "refine": 0.25}


def test_orbit_says_the_same_as_the_matrix(entry):
    orbit = entry["orbit"]
    angles = {name: math.radians(orbit[f"{name}_deg"]) for name in ("yaw", "pitch", "roll")}
    pose = world_to_camera_of(Orbit(**angles, radius=orbit["radius"], look_at=tuple(orbit["look_at"])))
    torch.testing.assert_close(pose, torch.tensor(entry["world_to_camera"], dtype=torch.float64))


def test_values_that_are_not_finite_become_null(sample, image, mesh):
    entry = pose_entry(sample, estimate_of(image, loss=math.nan, silhouette_iou=math.inf), mesh)
    assert entry["loss"] is None
    assert entry["silhouette_iou"] is None


def test_camera_that_is_not_finite_is_an_error(sample, image, mesh):
    estimate = estimate_of(image)
    broken = replace(estimate.camera, translation=torch.full((1, 3), math.nan, dtype=torch.float64))
    with pytest.raises(ValueError, match="not finite"):
        pose_entry(sample, replace(estimate, camera=broken), mesh)


def test_a_given_focal_length_is_exact(entry):
    focal = entry["focal"]
    assert (focal["source"], focal["prior"], focal["fov_deviation_deg"]) == ("intrinsics", None, 0.0)
    assert focal["fov_deg"] == pytest.approx(math.degrees(0.7))


def test_the_deviation_of_an_estimated_focal_length_is_that_of_its_angle(sample, image, mesh):
    share = 0.001
    uncertainty = replace(estimate_of(image).uncertainty, log_focal=share)
    estimate = estimate_of(image, focal_source="exif", focal_estimated=True, uncertainty=uncertainty)
    focal = pose_entry(sample, estimate, mesh)["focal"]
    longer = replace(estimate.camera, focal=estimate.camera.focal * math.exp(share))
    assert (focal["source"], focal["prior"]) == ("estimated", "exif")
    assert focal["fov_deviation_deg"] == pytest.approx(focal["fov_deg"] - math.degrees(float(longer.fov)), rel=1e-2)
