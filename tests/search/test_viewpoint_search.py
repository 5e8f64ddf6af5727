from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration import ModelConfig, SearchConfig
from camera_estimation.geometry.camera import retract
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search.view_drawing import fibonacci_sphere
from camera_estimation.search.viewpoint_search import ViewpointSearch
from tests.support.shapes import bumpy_ball, view_from

SMALL = SearchConfig(viewpoints=400, rolls=24)


@pytest.fixture(scope="module")
def search():
    return ViewpointSearch(Renderer(bumpy_ball(30, 30)), SMALL)


def test_directions_are_spread_evenly():
    directions = fibonacci_sphere(500)
    assert torch.allclose(directions.norm(dim=1), torch.ones(500), atol=1e-5)
    assert directions.mean(0).norm() < 1e-3
    nearest = (directions @ directions.T - 2 * torch.eye(500)).amax(1).arccos()
    assert nearest.min() > 0.5 * math.sqrt(4 * math.pi / 500)


@pytest.mark.parametrize("seed", range(4))
def test_random_pose_is_among_the_first_candidates(search, seed):
    generator = torch.Generator().manual_seed(seed)
    direction = torch.randn(3, generator=generator).tolist()
    camera = view_from(direction, distance=3.5 + seed, size=128)
    roll = torch.zeros(1, 6)
    roll[0, 2] = float(torch.rand(1, generator=generator)) * 6
    roll[0, 3:5] = torch.tensor([0.4, -0.3])  # off the image's centre
    camera = retract(camera, roll)
    target, _ = search.renderer.draw(camera)
    found = search(target, replace(camera, rotation=torch.eye(3)[None], translation=torch.zeros(1, 3)))
    error = torch.rad2deg(
        rotmat_geodesic_distance(found.camera.rotation, camera.rotation.expand_as(found.camera.rotation))
    )
    assert error[:3].min() < 12
    best = int(error.argmin())
    assert (found.camera.translation[best] - camera.translation[0]).norm() < 0.15 * camera.translation[0].norm()


def test_upright_excludes_rolled_cameras():
    upright = ViewpointSearch(Renderer(bumpy_ball(20, 20)), SMALL, ModelConfig(up_axis="+y"), upright=True)
    camera = view_from((1, 0.5, 0.3), size=96)
    found = upright(upright.renderer.draw(camera)[0], camera)
    sideways = found.camera.rotation[:, 0, 1].abs()
    assert sideways.max() < math.sin(2 * math.pi / SMALL.rolls) + 0.02
    assert rotmat_geodesic_distance(found.camera.rotation[0], camera.rotation[0]) < math.radians(12)


def test_candidates_are_apart_and_ordered(search):
    camera = view_from((0.2, 0.5, 1), size=96)
    found = search(search.renderer.draw(camera)[0], camera)
    angles = rotmat_geodesic_distance(found.camera.rotation[:, None], found.camera.rotation[None])
    angles = angles + 10 * torch.eye(len(angles))
    assert angles.min() >= math.radians(SMALL.separation_deg) - 1e-3
    assert (found.score[:-1] >= found.score[1:]).all()
