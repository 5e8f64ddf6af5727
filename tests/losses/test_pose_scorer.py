"""One look at poses: it is what the pieces that it is made of say."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.geometry import retract
from camera_estimation.losses import PoseScorer, blur_inside, compare, ranking_score
from camera_estimation.rendering import Renderer
from tests.support.shapes import bumpy_ball, target_view, view_from

CAMERA = view_from((0.5, 0.4, 1.0), size=64)
AROUND = retract(CAMERA[[0] * 3], 0.05 * torch.eye(6)[:3])


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(bumpy_ball(30, 30))


@pytest.mark.parametrize("hidden_from", [None, 0.2])
def test_a_look_is_render_blur_and_comparison(renderer, hidden_from):
    view = target_view(renderer, CAMERA, erased=(slice(0, 30), slice(0, 30)))
    look = PoseScorer(view, 1.5, hidden_from=hidden_from)(renderer, AROUND)
    rgba, points = renderer.draw(AROUND)
    render, target = (blur_inside(image, view.pixel_weight, 1.5) for image in (rgba, view.rgba))
    residuals = compare(render, target, view.pixel_weight, points=points, hidden_from=hidden_from)
    assert torch.equal(look.render, render)
    assert torch.equal(look.residuals.cost, residuals.cost)
    assert torch.equal(look.cost_map, residuals.cost_map)
    ranking = ranking_score(render, target, view.pixel_weight, points=points, hidden_from=hidden_from)
    assert torch.allclose(look.score, ranking)


def test_the_true_pose_scores_best(renderer):
    scorer = PoseScorer(target_view(renderer, CAMERA), 1.0)
    true, away = scorer(renderer, CAMERA).score, scorer(renderer, AROUND).score
    assert (away > 3 * true).all()


def test_the_target_is_blurred_once(renderer):
    scorer = PoseScorer(target_view(renderer, CAMERA), 2.0)
    assert scorer.target is scorer.target
