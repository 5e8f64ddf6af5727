"""What is measured of an answer, on scenes of which it is known; and what is said of right and wrong meshes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import camera_estimation
from camera_estimation import estimate_camera, load_preset
from camera_estimation.configuration import RefinementConfig
from camera_estimation.images.loading import load_source_image
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.mesh.textured_mesh import Texture
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import box, bumpy_ball, smooth_texture, source_image_of, view_from

EXAMPLES = Path(camera_estimation.__file__).parent / "examples"
CAMERA = view_from((0.5, 0.4, 1.0), size=200)
FAST = load_preset("fast")
GRAY = Texture(torch.full((1, 1, 3), 160, dtype=torch.uint8))
AS_IT_IS = replace(FAST, refinement=RefinementConfig(occlusion="off", mesh_quality="exact"))


def photo(mesh):
    return source_image_of(Renderer(mesh).supersample(CAMERA, 2))


@pytest.fixture(scope="module")
def ball():
    return bumpy_ball(40, 40)


@pytest.fixture(scope="module")
def right(ball):
    return estimate_camera(ball, photo(ball), FAST)


@pytest.fixture(scope="module")
def example_picture():
    return load_source_image(EXAMPLES / "spot.png")


def test_what_fits_is_measured_to_fit(ball, right):
    found = right.diagnosis
    assert found.overlap > 0.99
    assert found.hidden == pytest.approx(0, abs=0.01)
    assert found.detail > 0.95
    assert found.color > 0.9
    assert found.mask_source == "alpha"
    assert found.pixels == pytest.approx(float(photo(ball).mask.float().mean() / 255 * 200**2) ** 0.5, rel=1e-3)
    assert 0 < found.agreeing <= 1
    assert found.lead > 0
    assert found.aside < 0.01
    assert found.distance < 0.05


def test_a_hidden_quarter_is_measured(ball):
    rgba = Renderer(ball).supersample(CAMERA, 2)
    before = float(rgba[:, 3].sum())
    rgba[:, :, 60:125, 110:] = 0
    missing = 1 - float(rgba[:, 3].sum()) / before
    occluded = replace(FAST, refinement=replace(FAST.refinement, occlusion="on"))
    estimate = estimate_camera(ball, source_image_of(rgba), occluded)
    assert estimate.diagnosis.hidden == pytest.approx(missing, abs=0.08)
    assert estimate.diagnosis.overlap > estimate.silhouette_iou  # what is hidden does not count


def test_contrast_is_that_of_whichever_has_less(ball):
    estimate = estimate_camera(bumpy_ball(40, 40, GRAY), photo(ball), AS_IT_IS)
    assert estimate.diagnosis.contrast < 0.02


def test_the_right_mesh_is_good_and_another_is_not(example_picture):
    """Where the mesh is another, it is told so with a reason, though an estimate there is."""
    found = estimate_camera(load_mesh(EXAMPLES / "spot.glb"), example_picture)
    assert found.confidence > 0.8
    assert str(found.verdict) == "good"
    other = estimate_camera(box((1.0, 0.5, 1.6), smooth_texture(seed=3)), example_picture)
    assert other.confidence < 0.3
    assert other.verdict.word == "wrong"
    assert other.verdict.reason


def test_a_mask_that_is_not_the_objects_is_not_good(ball):
    image = photo(ball)
    stripe = torch.zeros_like(image.mask)
    stripe[:, 60:140, 20:180] = 255
    estimate = estimate_camera(ball, replace(image, mask=stripe), FAST)
    assert estimate.verdict.word != "good"
