from __future__ import annotations

import pytest

from camera_estimation.results.camera_file import crop_values
from camera_estimation.results.entries import pose_entry
from tests.support.small_samples import estimate_of


@pytest.fixture
def entry(sample, image, mesh):
    return pose_entry(sample, estimate_of(image), mesh, loading_seconds=0.125)


def test_crop_camera_is_the_camera_of_the_window(entry, image):
    crop = crop_values(estimate_of(image))
    left, scale = crop["window"]["left"], crop["width"] / crop["window"]["width"]
    assert crop["fx"] == pytest.approx(scale * entry["fx"])
    assert crop["cx"] == pytest.approx(scale * (entry["cx"] - left))
    assert crop["world_to_camera"] == entry["world_to_camera"]
