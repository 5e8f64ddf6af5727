"""Pose gradients against central differences of a finely supersampled render."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.camera import displaced
from camera_estimation.rendering.renderer import Renderer
from tests.shapes import bumpy_ball, view_from

FINE = 8  # samples a side of a pixel in the reference
STEP = 2e-3  # radians, object radii, logarithms; halved at twice the resolution


def loss_of(rgba: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (rgba - target).square().sum()


def reference_gradient(renderer, camera, target, step) -> torch.Tensor:
    gradient = torch.zeros(7)
    for parameter in range(7):
        values = []
        for sign in (1, -1):
            move = torch.zeros(1, 7)
            move[0, parameter] = sign * step
            values.append(loss_of(renderer.supersample(displaced(camera, move), FINE).double(), target.double()))
        gradient[parameter] = (values[0] - values[1]) / (2 * step)
    return gradient


@pytest.mark.parametrize("size", [128, 256])
@pytest.mark.parametrize("rows", [50, pytest.param(390, marks=pytest.mark.slow)], ids=["5k faces", "304k faces"])
def test_gradient_of_pose_and_focal_length(rows, size):
    renderer = Renderer(bumpy_ball(rows, rows))
    camera = view_from((0.5, 0.4, 1.0), distance=3.5, size=size)
    offset = torch.tensor([[0.03, -0.04, 0.05, 0.02, -0.015, 0.02, 0.02]])
    target = renderer.supersample(displaced(camera, offset), FINE)
    step = torch.zeros(1, 7, requires_grad=True)
    view = renderer.render(displaced(camera, step))
    loss_of(torch.cat([view.image, view.mask], dim=1), target).backward()
    expected = reference_gradient(renderer, camera, target, STEP * 128 / size)
    found = step.grad[0]
    print(found, expected, torch.cosine_similarity(found, expected, dim=0), found.norm() / expected.norm())
    assert torch.cosine_similarity(found, expected, dim=0) >= 0.995
    assert found.norm() / expected.norm() == pytest.approx(1.0, abs=0.05)


def test_gradient_where_one_part_hides_another():
    """A mesh of two balls, one in front of the other: the front one's motion counts at its rim."""
    from dataclasses import replace

    ball = bumpy_ball(40, 40)
    count = len(ball.vertices)
    both = replace(
        ball,
        vertices=torch.cat([ball.vertices * 0.5 + torch.tensor([0.2, 0.1, 0.45]), ball.vertices * 0.6]),
        faces=torch.cat([ball.faces, ball.faces + count]),
        uv=torch.cat([ball.uv, ball.uv * 0.5]),
        vertex_colors=torch.cat([ball.vertex_colors, ball.vertex_colors * torch.tensor([0.3, 0.6, 1.0])]),
        face_texture=torch.cat([ball.face_texture, ball.face_texture]),
    )
    renderer = Renderer(both)
    camera = view_from((0.1, 0.2, 1.0), distance=3.0, size=256)
    target = renderer.supersample(displaced(camera, torch.full((1, 7), 0.02)), FINE)
    step = torch.zeros(1, 7, requires_grad=True)
    view = renderer.render(displaced(camera, step))
    loss_of(torch.cat([view.image, view.mask], dim=1), target).backward()
    expected = reference_gradient(renderer, camera, target, STEP / 2)
    assert torch.cosine_similarity(step.grad[0], expected, dim=0) >= 0.99


def test_value_does_not_depend_on_the_gradient():
    renderer = Renderer(bumpy_ball(30, 30))
    camera = view_from((0.5, 0.4, 1.0), size=64)
    step = torch.zeros(1, 6, requires_grad=True)
    with_gradient, without = renderer.render(displaced(camera, step)), renderer.render(camera)
    assert torch.equal(with_gradient.image.detach(), without.image)
    assert torch.equal(with_gradient.mask.detach(), without.mask)


def test_draw_agrees_with_render():
    """The fast path averages the texture over the pixel instead of over its samples; coverage is the same."""
    renderer = Renderer(bumpy_ball(50, 50))
    camera = view_from((0.5, 0.4, 1.0), size=128)
    fast, exact = renderer.draw(camera)[0], renderer.render(camera)
    assert (fast[:, 3:] - exact.mask).abs().mean() < 0.005
    assert (fast[:, :3] - exact.image).abs().mean() < 0.005
    fine = renderer.supersample(camera, FINE)
    assert (exact.image - fine[:, :3]).abs().mean() < 0.005
