from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import torch

from camera_estimation.estimation.initialization import normalize_given
from camera_estimation.geometry.camera import concatenate
from tests.support.small_samples import camera_around_box

FRAME = camera_around_box(64, 48)
MESH = SimpleNamespace(normalize=lambda camera: camera)


def given(focal: float, size: int = 1):
    return replace(camera_around_box(64 * size, 48 * size), focal=torch.full((1, 2), focal, dtype=torch.float64))


def test_focal_lengths_that_are_not_known_are_those_of_the_image():
    both = concatenate([given(math.nan), given(80.0)])
    found = normalize_given(both, FRAME, MESH, free_focal=True)
    assert found.focal.tolist() == [FRAME.focal[0].tolist(), [80, 80]]
    assert torch.equal(found.rotation, both.rotation)


def test_focal_lengths_are_of_the_images_height_and_do_not_count_where_they_are_known():
    assert normalize_given(given(160.0, 2), FRAME, MESH, free_focal=True).focal.tolist() == [[80, 80]]
    assert torch.equal(normalize_given(given(160.0), FRAME, MESH, free_focal=False).focal, FRAME.focal)
