"""Pose gradients against central differences of a finely supersampled render."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.geometry.camera import Camera, concatenate, retract
from camera_estimation.rendering._pose_gradient import attach_motion
from camera_estimation.rendering.backend import ShadedPixels
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.rendering.side_samples import pixel_sides
from tests.support.shapes import bumpy_ball, view_from

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
            values.append(loss_of(renderer.supersample(retract(camera, move), FINE).double(), target.double()))
        gradient[parameter] = (values[0] - values[1]) / (2 * step)
    return gradient


@pytest.mark.parametrize("size", [128, 256])
@pytest.mark.parametrize("rows", [50, pytest.param(390, marks=pytest.mark.slow)], ids=["5k faces", "304k faces"])
def test_gradient_of_pose_and_focal_length(rows, size):
    renderer = Renderer(bumpy_ball(rows, rows))
    camera = view_from((0.5, 0.4, 1.0), distance=3.5, size=size)
    offset = torch.tensor([[0.03, -0.04, 0.05, 0.02, -0.015, 0.02, 0.02]])
    target = renderer.supersample(retract(camera, offset), FINE)
    step = torch.zeros(1, 7, requires_grad=True)
    view = renderer.render(retract(camera, step))
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
    target = renderer.supersample(retract(camera, torch.full((1, 7), 0.02)), FINE)
    step = torch.zeros(1, 7, requires_grad=True)
    view = renderer.render(retract(camera, step))
    loss_of(torch.cat([view.image, view.mask], dim=1), target).backward()
    expected = reference_gradient(renderer, camera, target, STEP / 2)
    assert torch.cosine_similarity(step.grad[0], expected, dim=0) >= 0.99


def image_gradient(samples: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The difference of what lies on the two sides of each pixel; zero across the image's border."""
    rows = samples.unflatten(2, (-1, count)).mean(3)
    columns = samples.unflatten(3, (-1, count)).mean(4)
    across = (rows[..., count - 1 : -1 : count] + rows[..., count::count]) / 2
    down = (columns[:, :, count - 1 : -1 : count] + columns[:, :, count::count]) / 2
    dx = torch.nn.functional.pad(across[..., 1:] - across[..., :-1], (1, 1))
    dy = torch.nn.functional.pad(down[:, :, 1:] - down[:, :, :-1], (0, 0, 1, 1))
    return dx, dy


@pytest.mark.parametrize("count", [1, 2, 4])
def test_derivatives_in_the_camera_are_those_of_its_projection(count):
    """The kernel against autograd through ``Camera.project``, with every tensor of two cameras free."""
    generator = torch.Generator().manual_seed(0)
    camera = concatenate([view_from((0.5, 0.4, 1.0), size=20), view_from((-1.0, 0.2, 0.3), size=20)])
    samples = torch.rand(2, 4, 20 * count, 20 * count, generator=generator)
    arriving = torch.randn(2, 4, 20, 20, generator=generator)
    place = torch.rand(2, 3, 20, 20, generator=generator) - 0.4
    seen = (torch.rand(2, 1, 20, 20, generator=generator) < 0.6).float()
    points = torch.cat([place, seen, seen], dim=1)  # all as near, and flat: a pixel's own point moves it
    samples = samples * seen.repeat_interleave(count, 2).repeat_interleave(count, 3)
    tensors = [
        tensor.clone().requires_grad_()
        for tensor in (camera.rotation, camera.translation, camera.focal, camera.principal_point)
    ]
    free = Camera(*tensors, width=20, height=20)

    drawn = ShadedPixels(torch.zeros(2, 4, 20, 20), points, pixel_sides(samples, count))
    found = torch.autograd.grad(attach_motion(drawn, free, count, reach=0), tensors, arriving.split([3, 1], dim=1))
    dx, dy = image_gradient(samples, count)
    pull = -torch.stack([(arriving * dx).sum(1), (arriving * dy).sum(1)], dim=-1) * (points[:, 3, ..., None] > 0)
    uv, _ = free.project(points[:, :3].flatten(2).transpose(1, 2))
    expected = torch.autograd.grad(uv, tensors, pull.flatten(1, 2))
    for own, reference in zip(found, expected, strict=True):
        torch.testing.assert_close(own, reference, rtol=1e-4, atol=1e-4 * reference.abs().max().item())


def test_value_does_not_depend_on_the_gradient():
    renderer = Renderer(bumpy_ball(30, 30))
    camera = view_from((0.5, 0.4, 1.0), size=64)
    step = torch.zeros(1, 6, requires_grad=True)
    with_gradient, without = renderer.render(retract(camera, step)), renderer.render(camera)
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
