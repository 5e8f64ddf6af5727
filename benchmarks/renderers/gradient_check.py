"""How right the pose gradients of renderers are, beside differences of finely sampled pictures."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from benchmarks.renderers.runs import CONTENDERS
from benchmarks.subjects import smooth_ball, view
from camera_estimation.geometry import Camera, retract
from camera_estimation.rendering import create_renderer

FACES, PIXELS = 5_000, 128
SAMPLES_A_SIDE = 8  # of a pixel of the pictures whose differences are taken
STEP = 0.01  # of the differences: radians, object radii, logarithm of a factor
AWAY = (0.05, 0.05, 0.05, 0.03, 0.03, 0.03)  # standard deviations of the poses of the targets, in the same units
TARGETS = 4  # near poses


def check_gradients(names: Iterable[str], device: torch.device, count: int = TARGETS) -> list[dict[str, Any]]:
    """For each renderer how its gradient of the squared difference from its own pictures of near poses agrees with
    differences of a finely sampled render: mean and least cosine over ``count`` poses, mean ratio of lengths."""
    mesh, camera = smooth_ball(FACES).to(device), view(PIXELS, device)
    renderer = create_renderer(mesh)

    def draw_finely(camera: Camera) -> Float[Tensor, "B 3 H W"]:
        return renderer.supersample(camera, SAMPLES_A_SIDE)[:, :3]

    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        away = torch.randn(count, 6, generator=generator).to(device) * torch.tensor(AWAY, device=device)
        near = [retract(camera, step[None]) for step in away]
        differences = [_differentiate_finely(draw_finely, camera, draw_finely(other)) for other in near]
    rows = []
    for name in names:
        draw = CONTENDERS[name].make(mesh, PIXELS)
        gradients = [_gradient(draw, camera, draw(other).detach()[:, :3]) for other in near]
        pairs = list(zip(gradients, differences, strict=True))
        cosines = [float(torch.cosine_similarity(own, true, dim=0)) for own, true in pairs]
        rows.append(
            {
                "renderer": name,
                "cosine": statistics.fmean(cosines),
                "least_cosine": min(cosines),
                "length": statistics.fmean(float(own.norm() / true.norm()) for own, true in pairs),
            }
        )
    return rows


def _gradient(draw: Callable[[Camera], Tensor], camera: Camera, target: Tensor) -> Float[Tensor, " 6"]:
    step = torch.zeros(1, 6, device=camera.device, requires_grad=True)
    (draw(retract(camera, step))[:, :3] - target).square().sum().backward()
    assert step.grad is not None
    return step.grad[0]


def _differentiate_finely(draw: Callable[[Camera], Tensor], camera: Camera, target: Tensor) -> Float[Tensor, " 6"]:
    def loss(step: Tensor) -> Tensor:
        return (draw(retract(camera, step)) - target).square().sum()

    steps = STEP * torch.eye(6, device=camera.device)[:, None]
    return torch.stack([(loss(step) - loss(-step)) / (2 * STEP) for step in steps])
