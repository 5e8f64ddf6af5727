"""GrabCut from boxes and silhouettes, on a rendered object before a textured background."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from camera_estimation.rendering.renderer import Renderer
from camera_estimation.segmentation.grabcut import grabcut_from_box, grabcut_from_silhouette
from tests.support.shapes import bumpy_ball, smooth_texture, view_from


@pytest.fixture(scope="module")
def scene():
    """A warm lumpy ball before a cold texture, and its mask."""
    texture = smooth_texture(seed=1)
    warm = texture.texels.float() * torch.tensor([1.0, 0.5, 0.2])
    mesh = bumpy_ball(24, 32, type(texture)(warm.round().byte()))
    rgba = Renderer(mesh).supersample(view_from((0.5, 0.3, 1.0)), 4)[0]
    ground = (
        smooth_texture(size=128, seed=2).texels.permute(2, 0, 1) / 255 * torch.tensor([0.2, 0.6, 1.0])[:, None, None]
    )
    rgb = rgba[:3] + (1 - rgba[3:]) * ground
    return (rgb * 255).round().byte().permute(1, 2, 0).numpy(), (rgba[3] >= 0.5).numpy()


def overlap(first, second):
    return (first & second).sum() / (first | second).sum()


def test_from_box(scene):
    rgb, mask = scene
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    found = grabcut_from_box(rgb, (columns[0] - 4, rows[0] - 4, columns[-1] + 5, rows[-1] + 5))
    assert overlap(found, mask) > 0.95


def test_from_a_silhouette_that_is_a_little_off(scene):
    rgb, mask = scene
    shifted = np.roll(mask, (3, -3), axis=(0, 1))
    assert overlap(shifted, mask) < 0.93
    assert overlap(grabcut_from_silhouette(rgb, shifted), mask) > 0.95


def test_a_box_without_background_is_the_answer(scene):
    rgb, _ = scene
    assert grabcut_from_box(rgb, (-5.0, -5.0, 500.0, 500.0)).all()


def test_the_same_again(scene):
    rgb, mask = scene
    first, second = (grabcut_from_silhouette(rgb, mask) for _ in range(2))
    assert np.array_equal(first, second)
