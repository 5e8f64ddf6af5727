"""Masks that are a few pixels off: the picture tells the distance that they hide."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.mask_hint import settle_boundary
from camera_estimation.estimation.observation import observe
from camera_estimation.estimation.pipeline import refine_coarse_to_fine
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import retract, rotmat_geodesic_distance
from camera_estimation.poses import Candidates, Trace
from tests.support.rough_masks import over_texture
from tests.support.shapes import box, bumpy_ball, smooth_texture, view_from

CAMERA = view_from((0.5, 0.4, 1.0), size=256)
START = torch.tensor([[0.03, -0.02, 0.03, 0.02, -0.02, 0.02]])
FRONT = view_from((0.02, 0.03, 1.0), size=256)
CONFIG = Configuration()
FINE = replace(CONFIG, refinement=replace(CONFIG.refinement, levels=CONFIG.refinement.levels[1:]))


@pytest.fixture(scope="module")
def mesh():
    return PreparedMesh(bumpy_ball(40, 40), FINE)


@pytest.fixture(scope="module")
def plate():
    """Whose outline from the front is also that of a smaller one that is nearer."""
    return PreparedMesh(box((1.0, 0.7, 0.12), smooth_texture()), FINE)


@pytest.fixture(scope="module")
def rgba(mesh):
    return mesh.renderer.supersample(CAMERA, 4)


def start_with(image, mesh, camera) -> PoseHypotheses:
    """A pose near to the right one, as of a search."""
    focal, center = float(camera.focal[0, 0]), camera.width / 2
    observation = observe(image, (focal, focal, center, center), mesh.mesh, FINE)
    start = Candidates(retract(camera, START), torch.zeros(1))
    return PoseHypotheses(observation, start, (mesh.renderer,), Trace())


def refine_and_settle(image, mesh, camera=CAMERA) -> tuple[PoseHypotheses, PoseHypotheses]:
    """The pose that the mask alone leads to, and what mesh and picture make of it."""
    searched = start_with(image, mesh, camera)
    by_mask = refine_coarse_to_fine(searched, mesh, FINE)
    return by_mask, settle_boundary(by_mask, searched, mesh, FINE)


def errors(hypotheses: PoseHypotheses, truth=CAMERA) -> tuple[float, float]:
    """Degrees, and object radii."""
    camera = hypotheses.camera
    angle = math.degrees(float(rotmat_geodesic_distance(camera.rotation[:1], truth.rotation)))
    return angle, float((camera.translation[0] - truth.translation[0]).norm())


@pytest.mark.parametrize("grown", [3.0, -3.0])
def test_the_distance_is_right_though_the_mask_is_not(mesh, rgba, grown):
    by_mask, settled = refine_and_settle(over_texture(rgba, grown), mesh)
    assert errors(by_mask)[1] > 0.1
    assert errors(settled)[0] < 0.5
    assert errors(settled)[1] < 0.03
    assert settled.observation.target.silhouette_weight is not None


@pytest.mark.parametrize("grown", [0.0, 3.0, -3.0])
def test_colors_tell_the_distance_of_a_plate_whose_mask_looks_exact(plate, grown):
    rgba = plate.renderer.supersample(FRONT, 4)
    by_mask, settled = refine_and_settle(over_texture(rgba, grown), plate, FRONT)
    assert (settled is by_mask) == (grown == 0)
    assert errors(settled, FRONT)[1] < 0.03
    assert errors(by_mask, FRONT)[1] > 0.05 or grown == 0


def test_an_exact_mask_of_a_file_stays_as_it_is(mesh, rgba):
    by_mask, settled = refine_and_settle(over_texture(rgba, 0.0), mesh)
    assert settled is by_mask
    assert errors(by_mask)[1] < 0.02


def test_a_matte_is_never_in_doubt(mesh, rgba):
    image = replace(over_texture(rgba, 3.0), mask_source="alpha")
    by_mask, settled = refine_and_settle(image, mesh)
    assert by_mask.observation.target.picture is None
    assert settled is by_mask


def test_what_a_ragged_mask_lacks_and_has_too_much_does_not_matter(mesh, rgba):
    image = over_texture(rgba, 1.0)
    mask = image.mask.clone()
    rows, columns = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    mask[0, (columns - 128 < -20) & (rows > 140)] = 0  # a part of the object that was not found
    mask[0, (rows - 110).abs() + (columns - 190).abs() < 30] = 255  # and background beside it
    by_mask, settled = refine_and_settle(replace(image, mask=mask), mesh)
    assert errors(by_mask)[1] > 0.05
    assert errors(settled)[0] < 0.3
    assert errors(settled)[1] < 0.03
    assert settled.observation.target.mask_trust < 1
