"""An estimate for people and for files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from camera_estimation.results.entries import pose_entry
from tests.support.small_samples import estimate_of


def test_printed_it_has_three_lines(image):
    text = repr(estimate_of(image))
    assert str(estimate_of(image)) == text
    first, second, third = text.splitlines()
    assert first == "CameraEstimate of 48 x 40 pixels: fx 68.5, fy 54.8, cx 24.0, cy 20.0"
    assert second.startswith("  at (6, 1.4, 5.2) looking along (-0.600, -0.480, -0.640), vertical field of view 40.1")
    assert third.endswith("silhouette_color 0.125, silhouette IoU 0.875, 1 alternative")
    assert "tensor" not in text


def test_its_values_are_those_of_poses_json(image, mesh, sample):
    estimate = estimate_of(image)
    values, entry = estimate.to_dict(mesh.center), pose_entry(sample, estimate, mesh)
    assert {key: entry[key] for key in values} == values
    assert json.loads(json.dumps(values)) == values
    plain = estimate.to_dict()
    assert "orbit" not in plain
    assert plain == {key: values[key] for key in plain} | {"alternatives": plain["alternatives"]}


def test_a_camera_that_is_not_finite_has_no_values(image):
    estimate = estimate_of(image)
    broken = replace(estimate, camera=replace(estimate.camera, focal=estimate.camera.focal * float("nan")))
    with pytest.raises(ValueError, match="not finite"):
        broken.to_dict()
