"""Images of a ball that is bent beside its mesh, estimated together."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.joint.estimator import JointEstimator, estimate_jointly, spread
from camera_estimation.refinement.smooth_deformations import SmoothDeformations
from tests.support.orbits import QUICK, SIZE, angle_deg, ball, orbiting_cameras, pictures
from tests.support.shapes import box, smooth_texture

LEVELS = [{"resolution": 64, "blur": 1.0, "iterations": iterations, "keep": 2} for iterations in (6, 6, 3)]
BENT = merge_settings(
    QUICK,
    {
        "refinement": {"mesh_quality": "generated"},
        "deformation": {"levels": [{"resolution": 64, "blur": 1.0, "iterations": 12, "keep": 1}]},
        "joint": {"levels": LEVELS},
    },
)
FOCAL = SIZE / 2 / math.tan(math.radians(20))
KNOWN = (FOCAL, FOCAL, SIZE / 2, SIZE / 2)


@pytest.fixture(scope="module")
def mesh():
    return ball()


@pytest.fixture(scope="module")
def bent(mesh):
    """The object: the mesh's vertices are displaced by 2 % of its radius."""
    deformations = SmoothDeformations(mesh, BENT.deformation)
    coefficients = 0.8 * torch.randn(deformations.count, generator=torch.Generator().manual_seed(2))
    return replace(mesh, vertices=deformations.displace(coefficients))


@pytest.fixture(scope="module")
def truth():
    return orbiting_cameras([0, 85, 170, 250, 310])


@pytest.fixture(scope="module")
def images(bent, truth):
    return pictures(bent, truth)


@pytest.fixture(scope="module")
def together(mesh, images):
    return estimate_jointly(mesh, images, BENT, intrinsics=[KNOWN] * len(images))


def errors_of(estimates, truth):
    return [angle_deg(estimate.camera, truth[index]) for index, estimate in enumerate(estimates)]


def test_together_images_tell_poses_from_bends(mesh, images, truth, together):
    estimator = CameraEstimator(mesh, BENT)
    alone = [estimator.estimate(image, intrinsics=KNOWN) for image in images]
    assert statistics.median(errors_of(together.estimates, truth)) < 0.5 * statistics.median(errors_of(alone, truth))
    assert together.members == (0, 1, 2, 3, 4)
    assert together.solution.took_part == (True,) * 5
    assert 0.005 < together.solution.deformation < 0.03
    assert {estimate.deformation for estimate in together.estimates} == {together.solution.deformation}
    assert together.solution.focal_lengths == ()


def test_results_are_those_of_single_images_in_form(mesh, together, images):
    estimate = together.estimates[2]
    assert estimate.config == CameraEstimator(mesh, BENT).config
    assert estimate.camera.width == images[2].width
    assert "joint" in estimate.seconds
    assert any(stage.name.startswith("joint") for stage in estimate.stages)
    assert 0 < estimate.uncertainty.rotation < math.radians(10)


def test_a_picture_of_something_else_does_not_hurt(mesh, images, truth, together):
    other = pictures(box((1.0, 0.5, 0.4), smooth_texture(64, seed=5)), truth[:1])[0]
    with_other = estimate_jointly(mesh, [*images, other], BENT, intrinsics=[KNOWN] * 6)
    assert with_other.solution.took_part == (True,) * 5 + (False,)
    worst = max(errors_of(together.estimates, truth))
    assert max(errors_of(with_other.estimates[:5], truth)) < worst + 0.5
    assert with_other.estimates[5].silhouette_iou < 0.9


def test_further_images_are_estimated_with_what_some_share(mesh, images, truth, together):
    few = replace(BENT, joint=replace(BENT.joint, images=3))
    found = estimate_jointly(mesh, images, few, intrinsics=[KNOWN] * 5)
    assert found.members == (0, 2, 4)
    assert len(found.estimates) == 5
    assert found.estimates[1].deformation == found.solution.deformation
    assert max(errors_of(found.estimates, truth)) < 3


def test_an_exact_mesh_stays_as_it_is(mesh, truth):
    exact = replace(BENT, refinement=replace(BENT.refinement, mesh_quality="auto"))
    found = estimate_jointly(mesh, pictures(mesh, truth[:2]), exact, intrinsics=[KNOWN] * 2)
    assert found.solution.coefficients is None
    assert found.solution.deformation == 0
    assert max(errors_of(found.estimates, truth)) < 0.5


def test_a_focal_length_that_is_not_known_is_one_for_all(bent, truth):
    config = replace(QUICK, camera=replace(QUICK.camera, fov_deg=50.0, fov_deviation_deg=15.0), joint=BENT.joint)
    images = pictures(bent, truth[:3])
    found = estimate_jointly(bent, images, config)
    focal = torch.cat([estimate.camera.focal for estimate in found.estimates])
    assert torch.allclose(focal, focal[:1].expand_as(focal), rtol=1e-4)
    shared = found.solution.focal_lengths[0]
    assert shared.images == (0, 1, 2)
    assert math.degrees(shared.fov) == pytest.approx(40, abs=2)
    assert abs(math.degrees(shared.fov) - 40) < 4 * math.degrees(shared.deviation)
    own = estimate_jointly(bent, images, replace(config, joint=replace(config.joint, focal="own")))
    assert len(own.solution.focal_lengths) == 3


def test_images_without_masks_are_refused(mesh, images):
    unmasked = replace(images[0], mask_source="none")
    with pytest.raises(ValueError, match="has no mask"):
        JointEstimator(CameraEstimator(mesh, BENT)).propose(unmasked)


@pytest.mark.parametrize(("count", "most", "places"), [(3, 5, [0, 1, 2]), (9, 3, [0, 4, 8]), (4, 1, [0])])
def test_some_images_are_spread_over_all(count, most, places):
    assert spread(count, most) == places
