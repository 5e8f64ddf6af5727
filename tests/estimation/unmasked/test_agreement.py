"""Agreement of renders with a picture that has no mask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.estimation.unmasked._agreement import agreement, final_agreement
from camera_estimation.geometry.camera import concatenate, retract
from camera_estimation.images import SourceImage
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, smooth_texture, view_from

SIZE = 96


def image_of(picture, box=None) -> SourceImage:
    rgb = (255 * picture[0, :3]).round().to(torch.uint8)
    return SourceImage(Path("made.png"), rgb, torch.full_like(rgb[:1], 255), "none", box)


@pytest.fixture(scope="module")
def scene():
    camera = view_from((0.5, 0.3, 1.0))
    renderer = Renderer(bumpy_ball(24, 32))
    rgba = renderer.supersample(camera, 4)
    ground = smooth_texture(size=128, seed=2).texels.permute(2, 0, 1)[None] / 255
    return renderer, camera, rgba[:, :3] + (1 - rgba[:, 3:]) * ground


def test_best_at_the_truth(scene):
    renderer, camera, picture = scene
    steps = torch.diag(torch.tensor([0.2, 0.2, 0.2, 0.2, 0.2, 0.2]))
    cameras = concatenate([camera, *(retract(camera, sign * step[None]) for step in steps for sign in (-1, 1))])
    score = agreement(renderer, cameras, image_of(picture), SIZE)
    assert score.argmax() == 0
    assert score[0] > score[1:].max() + 0.2


def test_light_and_exposure_change_little(scene):
    renderer, camera, picture = scene
    bright = agreement(renderer, camera, image_of(picture), SIZE)
    assert agreement(renderer, camera, image_of(0.6 * picture + 0.1), SIZE) == pytest.approx(float(bright), abs=0.15)


def test_objects_beyond_the_border_do_not_agree(scene):
    renderer, camera, picture = scene
    away = retract(camera, torch.tensor([[0.0, 0.0, 0.0, 5.0, 0.0, 0.0]]))
    score = agreement(renderer, concatenate([away, camera]), image_of(picture), SIZE)
    assert score[0] == -torch.inf
    assert torch.isfinite(score[1])
    assert agreement(renderer, away, image_of(picture), SIZE) == -torch.inf


def test_a_box_speaks_for_what_fills_it(scene):
    renderer, camera, picture = scene
    image = image_of(picture)
    plain = agreement(renderer, camera, image, SIZE)
    there = agreement(renderer, camera, replace(image, box=(30.0, 30.0, 98.0, 98.0)), SIZE) - plain
    elsewhere = agreement(renderer, camera, replace(image, box=(0.0, 0.0, 40.0, 40.0)), SIZE) - plain
    assert there > elsewhere + 0.3


def test_colors_decide_between_poses_of_one_outline_only(scene):
    renderer, camera, picture = scene
    image, within = image_of(picture), retract(camera, torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, 0.8]]))
    turned = retract(camera, torch.tensor([[0.0, 0.0, 0.1, 0.0, 0.0, 0.0]]))
    alone = final_agreement(renderer, turned, image, AppearanceConfig())[0]
    beside_small = final_agreement(renderer, concatenate([turned, within]), image, AppearanceConfig())[0]
    beside_right = final_agreement(renderer, concatenate([turned, camera]), image, AppearanceConfig())[0]
    assert beside_small == pytest.approx(float(alone), abs=5e-3)
    assert beside_right < alone - 0.05


def test_a_speck_is_not_the_answer(scene):
    renderer, camera, picture = scene
    speck = retract(camera, torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, 3.0]]))
    score = final_agreement(renderer, concatenate([speck, camera]), image_of(picture), AppearanceConfig())
    assert score[0] < score[1] < torch.inf
