"""Swarm and evolution on renders with known cameras, and the choice between the methods."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration import Configuration, LossConfig
from camera_estimation.configuration.search_settings import EvolutionConfig, OrbitConfig, SearchConfig, SwarmConfig
from camera_estimation.errors import InputError
from camera_estimation.geometry.camera import Camera, retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.images.evidence import Evidence
from camera_estimation.images.keypoints import Keypoints
from camera_estimation.images.target import make_target
from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.losses.factory import create_objective
from camera_estimation.losses.objective import LossObjective
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search._objective_search import VIEWS_AT_ONCE
from camera_estimation.search.methods.pso import SwarmSearch
from camera_estimation.search.registry import check_search, create_search
from tests.support.shapes import bumpy_ball, source_image_of, view_from

FEW = SwarmConfig(samples=60, particles=10, iterations=2)
OFF_CENTER = torch.tensor([[0.0, 0.0, 0.0, 0.5, -0.4, 0.0]])


@pytest.fixture(scope="module")
def renderer():
    return Renderer(bumpy_ball(20, 20))


def config_of(method: str, seed: int = 0, **search) -> Configuration:
    return Configuration(search=SearchConfig(method=method, **search), seed=seed)


def searched(renderer, camera: Camera, config: Configuration, objective: LossObjective | None = None):
    target = make_target(source_image_of(renderer.supersample(camera, 2)), "cpu")
    without_pose = replace(camera, rotation=torch.eye(3)[None], translation=torch.zeros(1, 3))
    losses = []
    search = create_search(renderer, objective or create_loss_objective("l1l2"), config)
    return search(target, without_pose, losses.append), losses


def error_deg(found: Camera, camera: Camera) -> float:
    return math.degrees(rotmat_geodesic_distance(found.rotation[0], camera.rotation[0]).item())


def test_swarm_finds_an_upright_camera(renderer):
    camera = retract(view_from((0.8, 0.4, -0.6), distance=4.0, size=160), OFF_CENTER)
    config = config_of("pso", orbit=OrbitConfig(roll=False), swarm=SwarmConfig(samples=2000))
    found, losses = searched(renderer, camera, config)
    assert error_deg(found.camera, camera) < 12
    assert (found.camera.translation[0] - camera.translation[0]).norm() < 0.5
    assert losses == sorted(losses, reverse=True)
    assert -found.score[0].item() == pytest.approx(losses[-1], rel=1e-5)


def test_evolution_finds_a_rolled_camera(renderer):
    pytest.importorskip("cma")
    roll = torch.tensor([[0.0, 0.0, 1.0, 0.4, 0.3, 0.0]])
    camera = retract(view_from((-0.5, -0.7, 0.6), distance=5.0, size=160), roll)
    found, _ = searched(renderer, camera, config_of("cma", orbit=OrbitConfig(resolution=48)))
    assert error_deg(found.camera, camera) < 6
    assert (found.camera.translation[0] - camera.translation[0]).norm() < 0.5


def test_candidates_are_apart_and_the_best_first(renderer):
    camera = view_from((1, 0.2, 0.3), size=96)
    found, _ = searched(renderer, camera, config_of("pso", swarm=FEW, candidates=5))
    angles = rotmat_geodesic_distance(found.camera.rotation[:, None], found.camera.rotation[None]) + 10 * torch.eye(5)
    assert angles.min() >= math.radians(SearchConfig().separation_deg) - 1e-3
    assert (found.score[:-1] >= found.score[1:]).all()
    assert (found.camera.width, found.camera.height) == (96, 96)
    assert torch.equal(found.camera.focal, camera.focal.expand(5, 2))


def test_the_seed_decides_whatever_was_searched_before(renderer):
    search = SwarmSearch(renderer, create_loss_objective("l1l2"), config_of("pso", swarm=FEW))
    other = SwarmSearch(renderer, create_loss_objective("l1l2"), config_of("pso", seed=1, swarm=FEW))
    camera, elsewhere = view_from((1, 0.2, 0.3), size=96), view_from((0, 1, 0.3), size=96)
    target, before = (make_target(source_image_of(renderer.supersample(one, 2)), "cpu") for one in (camera, elsewhere))
    first = search(target, camera, lambda loss: None)
    search(before, camera, lambda loss: None)
    again, different = (one(target, camera, lambda loss: None) for one in (search, other))
    assert torch.equal(first.camera.rotation, again.camera.rotation)
    assert torch.equal(first.score, again.score)
    assert not torch.equal(first.camera.rotation, different.camera.rotation)


@pytest.mark.parametrize("roll", ["free", "upright"])
def test_roll_is_searched_only_where_it_is_free(renderer, roll):
    config = config_of("pso", swarm=FEW)
    config = replace(config, camera=replace(config.camera, roll=roll))
    camera = view_from((1, 0.2, 0.3), size=96)
    found, _ = searched(renderer, camera, config)
    sideways = found.camera.rotation[:, 0, 1].abs().max()  # the mesh's up axis along the image's x
    assert (sideways < 0.05) == (roll == "upright")


class Strange(LossObjective):
    """No number for some cameras, and no gradient for any."""

    largest_batch = 0

    @torch.no_grad()
    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs):
        self.largest_batch = max(self.largest_batch, len(rendered_image))
        losses = (rendered_mask - target_mask).abs().mean((1, 2, 3))
        return torch.where(losses > losses.median(), torch.nan, losses)


@pytest.mark.parametrize("method", ["pso", "cma"])
def test_losses_that_are_no_numbers_are_the_worst(renderer, method):
    if method == "cma":
        pytest.importorskip("cma")
    objective = Strange()
    config = config_of(method, swarm=FEW, evolution=EvolutionConfig(samples=60, starts=2, evaluations=150))
    found, losses = searched(renderer, view_from((1, 0.2, 0.3), size=96), config, objective)
    assert found.score.isfinite().all()
    assert -found.score[0].item() == pytest.approx(losses[-1])
    assert losses[-1] < 1
    assert objective.largest_batch == VIEWS_AT_ONCE


def test_what_cannot_be_searched_is_one_line(monkeypatch):
    with pytest.raises(InputError, match="search 'swarm' is unknown: choose viewpoints, dinov2, pso, cma"):
        check_search(SearchConfig(method="swarm"))
    with pytest.raises(InputError, match="radius_min must be"):
        check_search(SearchConfig(orbit=OrbitConfig(radius_min=5.0, radius_max=2.0)))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="pip install 'cma>=4'") as caught:
        check_search(SearchConfig(method="cma"))
    assert "\n" not in str(caught.value)
    check_search(SearchConfig(method="pso"))


def test_evidence_reaches_the_objective():
    """A swarm under keypoints alone, which no image could tell."""
    mesh = bumpy_ball(16, 24)
    renderer = Renderer(mesh)
    camera = view_from((0.3, 0.2, 1.0), size=64)
    points = torch.nn.functional.normalize(torch.randn(6, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    xyz = points.double() * mesh.radius + mesh.center
    keypoints = Keypoints(xyz, camera.project(points[None])[0][0].double(), torch.ones(6).double(), tuple("abcdef"))
    image = replace(source_image_of(renderer.supersample(camera, 2)), evidence=Evidence(keypoints))
    loss = LossConfig(name="points", terms=({"term": "keypoints", "loss_type": "l1"},))
    config = replace(config_of("pso"), loss=loss)
    search = SwarmSearch(renderer, create_objective(config.loss), config)
    found = search(make_target(image, "cpu", mesh), camera, lambda loss: None)
    assert error_deg(found.camera, camera) < 15
