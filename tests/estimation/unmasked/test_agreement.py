"""Agreement of renders with a picture that has no mask."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.estimation.unmasked._agreement import agreement
from camera_estimation.geometry.camera import concatenate, retract
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, smooth_texture, view_from


@pytest.fixture(scope="module")
def scene():
    camera = view_from((0.5, 0.3, 1.0))
    renderer = Renderer(bumpy_ball(24, 32))
    rgba = renderer.supersample(camera, 4)
    ground = smooth_texture(size=128, seed=2).texels.permute(2, 0, 1)[None] / 255
    picture = torch.cat([rgba[:, :3] + (1 - rgba[:, 3:]) * ground, torch.ones_like(rgba[:, 3:])], dim=1)
    return renderer, camera, picture


def test_best_at_the_truth(scene):
    renderer, camera, picture = scene
    steps = torch.diag(torch.tensor([0.2, 0.2, 0.2, 0.2, 0.2, 0.2]))
    cameras = concatenate([camera, *(retract(camera, sign * step[None]) for step in steps for sign in (-1, 1))])
    score = agreement(renderer.draw(cameras)[0], picture)
    assert score.argmax() == 0
    assert score[0] > score[1:].max() + 0.2


def test_light_and_exposure_change_little(scene):
    renderer, camera, picture = scene
    render = renderer.draw(camera)[0]
    darker = torch.cat([0.6 * picture[:, :3] + 0.1, picture[:, 3:]], dim=1)
    assert agreement(render, darker) == pytest.approx(float(agreement(render, picture)), abs=0.1)


def test_objects_beyond_the_border_do_not_agree(scene):
    renderer, camera, picture = scene
    away = retract(camera, torch.tensor([[0.0, 0.0, 0.0, 5.0, 0.0, 0.0]]))
    assert agreement(renderer.draw(away)[0], picture) == -torch.inf
