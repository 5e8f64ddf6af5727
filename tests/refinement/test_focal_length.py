"""A focal length that is not known: its prior, its bounds, and poses that are found with it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, strategies as st

from camera_estimation.geometry import Camera, FocalPrior, retract
from camera_estimation.losses import PoseScorer
from camera_estimation.refinement import FreeFocal, refine
from camera_estimation.refinement.focal_length import GREATEST_FOV, LEAST_FOV
from camera_estimation.refinement.levenberg_marquardt import Linearization
from camera_estimation.rendering import Renderer
from tests.refinement.test_deformation import error_deg
from tests.support.shapes import bumpy_ball, target_view, view_from

PRIOR = FocalPrior.from_degrees(40.0, 25.0, "test")
SIZE = 128
EXPECTED = FreeFocal.of_camera(PRIOR, SIZE)
OFF = torch.tensor([[0.05, -0.04, 0.06, 0.03, -0.02, 0.03, 0.0]])  # about 5 degrees
OFFS = torch.cat([OFF, -OFF, OFF * torch.tensor([1, 1, -1, -1, 1, -1, 0]), OFF * torch.tensor([-1, 1, 1, 1, 1, -1, 0])])


def zoom_to(camera: Camera, fov_deg: float) -> Camera:
    """The camera with another field of view, from where its object is as large as before, at the same place."""
    zoom = math.tan(float(camera.fov[0]) / 2) / math.tan(math.radians(fov_deg) / 2)
    away = torch.tensor([1.0, 1.0, zoom])
    return replace(camera, focal=zoom * camera.focal, translation=away * camera.translation)


def seen_with(fov_deg: float) -> Camera:
    return zoom_to(view_from((0.5, 0.4, 1.0), size=SIZE), fov_deg)


def quadratic(seed: int) -> Linearization:
    """An image's cost that is exactly a quadratic of the step."""
    generator = torch.Generator().manual_seed(seed)
    root = torch.randn(1, 7, 7, generator=generator, dtype=torch.float64)
    gradient = torch.randn(1, 7, generator=generator, dtype=torch.float64)
    return Linearization(torch.full((1,), 5.0, dtype=torch.float64), root @ root.mT, gradient)


def weighed_cost(image: Linearization, camera: Camera, expected: FreeFocal, step: torch.Tensor) -> torch.Tensor:
    curved = (image.normal_matrix @ step[..., None])[..., 0]
    cost = image.cost + (step * (curved - 2 * image.gradient)).sum(1)
    return (expected.factor(retract(camera, step)) * cost).sum()


@pytest.mark.parametrize("fov_deg", [8.0, 40.0, 75.0])
def test_the_gradient_is_that_of_the_weighed_cost(fov_deg):
    camera, image = seen_with(fov_deg).to(torch.float64), quadratic(0)
    weighed = EXPECTED.weigh(image, camera)
    step = torch.zeros(1, 7, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(weighed_cost(image, camera, EXPECTED, step), step)
    assert torch.allclose(-2 * weighed.gradient, slope)
    for parameter in range(7):
        move = torch.zeros(1, 7, dtype=torch.float64)
        move[0, parameter] = 1e-5
        after, before = (weighed_cost(image, camera, EXPECTED, sign * move) for sign in (1, -1))
        assert float(slope[0, parameter]) == pytest.approx(float(after - before) / 2e-5, rel=1e-5, abs=1e-6)
    assert float(weighed.cost) == pytest.approx(float(EXPECTED.factor(camera) * image.cost))


def test_at_the_expected_focal_length_the_normal_matrix_is_half_the_second_derivative():
    camera, image = seen_with(40.0).to(torch.float64), quadratic(1)
    hessian = torch.autograd.functional.hessian(
        lambda step: weighed_cost(image, camera, EXPECTED, step[None]), torch.zeros(7, dtype=torch.float64)
    )
    assert torch.allclose(2 * EXPECTED.weigh(image, camera).normal_matrix[0], hessian, rtol=1e-6, atol=1e-9)


def test_information_is_that_of_the_prior():
    """The second derivative of half its chi-squared."""
    camera = seen_with(60.0).to(torch.float64)
    hessian = torch.autograd.functional.hessian(
        lambda step: EXPECTED.deviations(retract(camera, step[None])).square().sum() / 2,
        torch.zeros(7, dtype=torch.float64),
    )
    assert torch.allclose(EXPECTED.information(camera)[0], hessian, rtol=1e-6)


@given(fov_deg=st.floats(3.0, 120.0), size=st.sampled_from([32, 100, 1000]))
def test_deviations_do_not_depend_on_the_size_of_the_image(fov_deg, size):
    camera = zoom_to(view_from((0, 0, 1), size=size), fov_deg)
    off = (math.tan(math.radians(fov_deg) / 2) - PRIOR.tan_half_fov) / PRIOR.deviation
    assert float(FreeFocal.of_camera(PRIOR, size).deviations(camera)) == pytest.approx(off, rel=1e-4, abs=1e-4)


@given(fov_deg=st.floats(0.01, 170.0))
def test_bounds_keep_size_and_place_in_the_image(fov_deg):
    camera = retract(seen_with(40.0), OFF)
    camera = zoom_to(camera, fov_deg)
    bounded = EXPECTED.constrain(camera)
    expected = min(max(math.radians(fov_deg), LEAST_FOV), GREATEST_FOV)
    assert float(bounded.fov) == pytest.approx(expected, rel=1e-4)
    origin = torch.zeros(1, 1, 3)
    assert torch.allclose(bounded.project(origin)[0], camera.project(origin)[0], atol=1e-2)
    scales = [each.focal / each.translation[:, 2:] for each in (bounded, camera)]
    assert torch.allclose(*scales, rtol=1e-4)


@pytest.fixture(scope="module")
def renderer():
    return Renderer(bumpy_ball(60, 60))


@pytest.mark.parametrize("fov_deg", [15.0, 70.0])
def test_other_focal_lengths_than_expected_are_found(renderer, fov_deg):
    """An exact mesh tells its perspective, whatever was expected. Of several starts, for where the focal length tells
    least of them descents end on the way by the last digits of renders."""
    truth = seen_with(fov_deg)
    start = retract(zoom_to(truth, 40.0)[[0] * len(OFFS)], OFFS)
    refined = refine(renderer, start, PoseScorer(target_view(renderer, truth), 1.0), 40, focal=EXPECTED)
    found = refined.camera[refined.score.argmin()[None]]
    assert math.degrees(found.fov) == pytest.approx(fov_deg, abs=1.0)
    assert error_deg(found, truth) < 0.5


def test_nearly_orthographic_cameras_are_ordinary(renderer):
    """All is finite where distance and focal length nearly are not, and the pose is found."""
    truth = seen_with(3.5)
    start = retract(zoom_to(truth, 40.0), OFF)
    found = refine(renderer, start, PoseScorer(target_view(renderer, truth), 1.0), 40, focal=EXPECTED)
    for values in (found.camera.rotation, found.camera.translation, found.camera.focal, found.normal_matrix):
        assert values.isfinite().all()
    assert math.degrees(found.camera.fov) < 8
    assert error_deg(found.camera, truth) < 0.6
    beyond = zoom_to(truth, 0.1)
    held = refine(renderer, beyond, PoseScorer(target_view(renderer, truth), 1.0), 3, focal=EXPECTED)
    assert held.camera.focal.isfinite().all()
    assert LEAST_FOV * 0.999 <= float(held.camera.fov) < math.radians(12)
