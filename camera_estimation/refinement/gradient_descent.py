"""Refinement under any objective: gradient descent through the differentiable renderer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.camera import Camera, displaced, nearest_rotation
from camera_estimation.refinement.gauss_newton import OnIteration

# The last step of the cosine schedule as a share of the first.
FINAL_RATE = 0.05
# A descent ends before its time when for a quarter of its steps, and at least this many, no camera's loss has fallen by
# more than this share: half the time from a start that is nearly right, the same result from further off.
LEAST_PATIENCE = 12
LEAST_GAIN = 1e-3


@dataclass(frozen=True)
class Descended:
    """The best pose of the descent, not the last, and the objective there."""

    camera: Camera
    loss: Float[Tensor, "B"]


def descend(
    loss_of: Callable[[Camera], Float[Tensor, "B"]],
    camera: Camera,
    steps: int,
    learning_rate: float,
    optimize_focal: bool = False,
    on_iteration: OnIteration | None = None,
) -> Descended:
    """Adam with a cosine schedule on turns about the object's centre, shifts, and the logarithm of depth.

    Each camera of the batch descends on its own. ``loss_of`` renders and returns one value per camera; an objective
    that gives no gradients is differentiated numerically, at twelve renders a step and more. The start is among the
    poses that the best is taken from, so that the result is never worse than it.
    """
    step = torch.zeros((len(camera), 7 if optimize_focal else 6), device=camera.device, requires_grad=True)
    optimizer = torch.optim.Adam([step], lr=learning_rate)
    best_loss = torch.full((len(camera),), torch.inf, device=camera.device)
    best_step = torch.zeros_like(step)
    before = best_step
    patience = max(LEAST_PATIENCE, steps // 4)
    reference, improved = best_loss, 0
    for iteration in range(steps + 1):
        loss = loss_of(displaced(camera, step))
        with torch.no_grad():
            better = loss < best_loss
            best_loss = torch.where(better, loss.detach(), best_loss)
            best_step = torch.where(better[:, None], step, best_step)
        if on_iteration is not None:
            on_iteration(iteration, displaced(camera, step.detach()), loss.detach(), step.detach() - before)
            before = step.detach().clone()
        if bool((best_loss < reference - LEAST_GAIN * reference.abs()).any()) or iteration == 0:
            reference, improved = best_loss, iteration
        if iteration in (steps, improved + patience):
            break
        optimizer.zero_grad()
        if loss.requires_grad:
            loss.sum().backward()
        else:
            step.grad = gradient_by_differences(loss_of, camera, step.detach(), learning_rate)
        phase = torch.tensor(iteration / steps * torch.pi)
        rate = FINAL_RATE + (1 - FINAL_RATE) * (1 + float(phase.cos())) / 2
        optimizer.param_groups[0]["lr"] = learning_rate * rate
        optimizer.step()
    with torch.no_grad():
        best = displaced(camera, best_step)
    return Descended(replace(best, rotation=nearest_rotation(best.rotation)), best_loss)


@torch.no_grad()
def gradient_by_differences(
    loss_of: Callable[[Camera], Float[Tensor, "B"]], camera: Camera, step: Float[Tensor, "B K"], reach: float
) -> Float[Tensor, "B K"]:
    """Central differences of the objective, ``reach`` to either side in each parameter of the step."""
    count = step.shape[1]
    aside = reach * torch.eye(count, dtype=step.dtype, device=step.device)
    probes = torch.cat([step[:, None] + aside, step[:, None] - aside], dim=1).flatten(0, 1)
    owner = torch.arange(len(step), device=step.device).repeat_interleave(2 * count)
    after, before = loss_of(displaced(camera[owner], probes)).unflatten(0, (len(step), 2, count)).unbind(1)
    return (after - before) / (2 * reach)
