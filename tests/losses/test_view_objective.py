from __future__ import annotations

from dataclasses import fields, replace

import pytest
import torch

from camera_estimation.configuration import AppearanceConfig, LossConfig
from camera_estimation.geometry.camera import retract
from camera_estimation.images.view_evidence import ViewEvidence, ViewKeypoints
from camera_estimation.losses.evidence import evidence_cost
from camera_estimation.losses.factory import create_objective, without_terms
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.typed_objective import ViewContext
from camera_estimation.losses.view_objective import ViewObjective
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, target_view, view_from

CAMERA = view_from((0.4, 0.3, 1.0), size=64)
WITH_KEYPOINTS = LossConfig(name="mine", terms=({"term": "l1"}, {"term": "keypoints", "weight": 3.0}))


@pytest.fixture(scope="module")
def scene():
    """A render a little off its target, and keypoints which say so."""
    renderer = Renderer(bumpy_ball(16, 24))
    points = torch.nn.functional.normalize(torch.randn(5, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    keypoints = ViewKeypoints(points, CAMERA.project(points[None])[0][0], torch.full((5,), 0.2))
    view = replace(target_view(renderer, CAMERA), evidence=ViewEvidence(keypoints))
    camera = retract(CAMERA, torch.tensor([[0.05, 0.0, 0.1, 0.0, 0.02, 0.0]]))
    return view, renderer.render(camera), camera


def objective(config: LossConfig, view) -> ViewObjective:
    return ViewObjective(create_objective(config), view, AppearanceConfig())


@pytest.mark.parametrize("name", ["silhouette_color", "l1l2", "mask_only"])
def test_evidence_costs_beside_every_objective(scene, name):
    view, drawn, camera = scene
    without = replace(view, evidence=ViewEvidence())
    difference = objective(LossConfig(name=name), view)(drawn, camera) - objective(LossConfig(name=name), without)(
        drawn, camera
    )
    expected = evidence_cost(view.evidence, camera, drawn.points)
    assert float(expected) > 1e-3
    torch.testing.assert_close(difference, expected, rtol=1e-3, atol=1e-6)


def test_a_term_of_the_objectives_own_takes_its_place(scene):
    view, drawn, camera = scene
    assert set(objective(WITH_KEYPOINTS, view).terms(drawn, camera)) == {"l1", "keypoints"}
    nested = LossConfig(name="outer", terms=({"objective": "mask_only"}, {"term": "keypoints", "weight": 3.0}))
    nested = replace(nested, semantic_cosine={"enabled": True})
    terms = objective(nested, view).terms(drawn, camera)
    assert set(terms) == {"mask_only", "keypoints", "semantic_cosine"}


def test_a_term_that_is_switched_off_does_not_come_back(scene):
    view, drawn, camera = scene
    off = without_terms(WITH_KEYPOINTS, ["keypoints"])
    assert set(objective(off, view).terms(drawn, camera)) == {"l1"}


@pytest.mark.parametrize("name", ["silhouette_color", "l1l2", "ssim"])
def test_what_does_not_count_may_show_anything(scene, name):
    view, drawn, camera = scene
    inside = torch.ones_like(view.pixel_weight)
    inside[..., 40:, :] = 0
    spoiled = view.rgba.clone()
    spoiled[:, :, 40:] = torch.rand(spoiled[:, :, 40:].shape, generator=torch.Generator().manual_seed(1))
    first, second = (
        float(objective(LossConfig(name=name), replace(view, rgba=rgba, pixel_weight=inside))(drawn, camera))
        for rgba in (view.rgba, spoiled)
    )
    assert first == pytest.approx(second, rel=2e-3)


def test_objectives_are_told_what_is_known_of_the_view(scene):
    view, drawn, camera = scene
    told = {}

    class Curious(LossObjective):
        def compute_loss(self, rendered_image, *others, **kwargs):
            told.update(kwargs)
            return rendered_image.mean((1, 2, 3))

    ViewObjective(Curious(), view, AppearanceConfig(), hidden_from=0.3)(drawn, camera)
    assert set(told) == {field.name for field in fields(ViewContext)} | {"inside"}
    assert told["inside"] is told["pixel_weight"]
    assert (told["camera"], told["evidence"], told["hidden_from"]) == (camera, view.evidence, 0.3)
