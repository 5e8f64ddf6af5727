"""Images whose masks may be read in two ways: the mesh decides."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from camera_estimation.batch.example import EXAMPLE_SAMPLE
from camera_estimation.configuration import load_preset
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.geometry import Camera, rotmat_geodesic_distance
from camera_estimation.images import INVERTED, SHADOWLESS, OtherMask, SourceImage, load_source_image
from camera_estimation.mesh import load_mesh
from camera_estimation.segmentation import cut_plain_background

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def estimator() -> CameraEstimator:
    return CameraEstimator(load_mesh(EXAMPLE_SAMPLE.mesh_path), load_preset("fast"))


@pytest.fixture(scope="module")
def example() -> SourceImage:
    return load_source_image(EXAMPLE_SAMPLE.image_path)


@pytest.fixture(scope="module")
def truth(estimator, example) -> Camera:
    return estimator.estimate(example).camera


def angle(camera: Camera, truth: Camera) -> float:
    return math.degrees(float(rotmat_geodesic_distance(camera.rotation, truth.rotation)))


def on_white(image: SourceImage, depth: float) -> SourceImage:
    """On white with a soft shadow below it, whose mask has the shadow."""
    coverage = image.mask[0].numpy() / 255.0
    height, width = coverage.shape
    y, x = np.mgrid[0:height, 0:width]
    rows, columns = np.flatnonzero((coverage > 0.5).any(1)), np.flatnonzero((coverage > 0.5).any(0))
    wide, middle = columns[-1] - columns[0], (columns[-1] + columns[0]) / 2
    below = rows[-1] - 0.05 * wide
    light = 1 - depth * np.exp(-(((x - middle) / (0.4 * wide)) ** 2) - ((y - below) / (0.09 * wide)) ** 2)
    rgb = image.rgb.permute(1, 2, 0).numpy() * coverage[..., None] + (255 * light * (1 - coverage))[..., None]
    rgb = np.round(rgb).astype(np.uint8)
    found = cut_plain_background(rgb, lossy=False)
    others = (OtherMask(torch.from_numpy(found.without_shadow[None]), SHADOWLESS),)
    return replace(
        image,
        rgb=torch.from_numpy(rgb.transpose(2, 0, 1).copy()),
        mask=torch.from_numpy(found.coverage[None]),
        mask_source="background",
        other_masks=others,
    )


def overlap(mask: torch.Tensor, image: SourceImage) -> float:
    found, true = mask >= 128, image.mask >= 128
    return float((found & true).sum() / (found | true).sum())


def test_a_shadow_is_left_out(estimator, example, truth):
    image = on_white(example, 0.5)
    assert overlap(image.mask, example) < 0.9
    estimate = estimator.estimate(image)
    assert estimate.mask_kind == SHADOWLESS
    assert overlap(estimate.mask, example) > 0.96
    assert angle(estimate.camera, truth) < 1
    assert estimate.measures["mask_source"] == "background"
    used = estimate.apply_mask(image)
    assert (used.mask_kind, used.mask_source, used.other_masks) == (SHADOWLESS, "background", ())
    assert torch.equal(used.mask, estimate.mask)


def test_a_mask_and_its_opposite(estimator, example, truth):
    opposite = OtherMask(255 - example.mask, INVERTED)
    kept = estimator.estimate(replace(example, other_masks=(opposite,)))
    assert (kept.mask, kept.mask_kind) == (None, "")
    inverted = replace(example, mask=opposite.mask, other_masks=(OtherMask(example.mask, INVERTED),))
    taken = estimator.estimate(inverted)
    assert taken.mask_kind == INVERTED
    assert torch.equal(taken.mask, example.mask)
    for estimate in (kept, taken):
        assert angle(estimate.camera, truth) < 0.5
        assert "mask" in estimate.seconds


def test_a_part_of_the_object_that_looks_like_shadow_is_given_back(estimator, example, truth):
    image = on_white(example, 0.5)
    eaten = image.other_masks[0].mask.clone()
    rows, columns = ((example.mask[0] >= 128).any(dim=side).nonzero()[:, 0].tolist() for side in (1, 0))
    middle, wide = (columns[0] + columns[-1]) // 2, (columns[-1] - columns[0]) // 6
    eaten[:, rows[0] : rows[0] + 2 * wide, middle - wide : middle + wide] = 0
    assert overlap(eaten, example) < 0.92
    estimate = estimator.estimate(replace(image, other_masks=(OtherMask(eaten, SHADOWLESS),)))
    assert estimate.mask_kind == SHADOWLESS
    assert overlap(estimate.mask, example) > 0.95
    assert angle(estimate.camera, truth) < 1


def test_what_is_no_shadow_stays(estimator, example, truth):
    eaten = example.mask.clone()
    columns = (example.mask[0] >= 128).any(dim=0).nonzero()[:, 0]
    eaten[..., : int(columns[0]) + (int(columns[-1]) - int(columns[0])) // 3] = 0
    estimate = estimator.estimate(replace(example, other_masks=(OtherMask(eaten, INVERTED),)))
    assert estimate.mask_kind == ""
    assert angle(estimate.camera, truth) < 0.5
