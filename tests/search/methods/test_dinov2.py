from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.configuration.search_settings import FeatureSearchConfig
from camera_estimation.errors import InputError
from camera_estimation.estimation.observation import observe
from camera_estimation.losses.creation import create_loss_objective
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search.methods.dinov2 import SearchOfFeatures
from camera_estimation.search.methods.viewpoints import SearchOfViewpoints
from camera_estimation.search.registry import create_search
from tests.support.orbits import QUICK, angle_deg, ball, orbiting_cameras, pictures


@pytest.fixture(scope="module")
def scene():
    mesh, camera = ball(), orbiting_cameras([25.0])
    return mesh, camera, pictures(mesh, camera)[0]


def search_of(method: str, views: int = 24):
    return replace(QUICK, search=replace(QUICK.search, method=method, dinov2=FeatureSearchConfig(views=views)))


@pytest.mark.slow
def test_views_are_ordered_by_the_features_of_more_than_come_back(weights, scene):
    mesh, camera, image = scene
    config = search_of("dinov2")
    intrinsics = (*camera.focal[0].tolist(), *camera.principal_point[0].tolist())
    seen = observe(image, intrinsics, mesh, config)
    renderer = Renderer(mesh)
    search = create_search(renderer, create_loss_objective("mask_only"), config)
    assert isinstance(search, SearchOfFeatures)
    assert not search.evaluates_objective
    found = search(seen.target, seen.frame, lambda loss: None)
    assert len(found) == config.search.candidates
    assert (found.score.diff() <= 0).all()
    errors = [angle_deg(mesh.to_world(found.camera[index]), camera) for index in range(len(found))]
    assert min(errors) < 15
    plain = SearchOfViewpoints(renderer, search.features, config)(seen.target, seen.frame, lambda loss: None)
    others = [index for index in range(len(found)) if not _has_rotation(plain.camera, found.camera[index])]
    assert others, "the features chose among no more views than the search without them"


def _has_rotation(cameras, camera) -> bool:
    return bool(torch.isclose(cameras.rotation, camera.rotation, atol=1e-5).all(-1).all(-1).any())


def test_without_weights_it_says_what_is_missing(no_weights, scene):
    with pytest.raises(InputError, match=r"DINOv2 vits14 are missing.*--fetch_weights dinov2"):
        create_search(Renderer(scene[0]), create_loss_objective("mask_only"), search_of("dinov2"))
