"""Refinement under any objective: quasi-Newton descent through the differentiable renderer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera, retract, special_procrustes
from camera_estimation.refinement._bfgs import BatchBfgs
from camera_estimation.refinement.levenberg_marquardt import OnIteration

LONGEST_STEP = 0.05  # radians, object radii, of any parameter

LossOfCamera = Callable[[Camera], Float[Tensor, " B"]]


@dataclass(frozen=True)
class Descent:
    """Where a descent ended, its best pose, and the objective there."""

    camera: Camera
    loss: Float[Tensor, " B"]


def descend(
    loss_of: LossOfCamera,
    camera: Camera,
    steps: int,
    first_step: float,
    optimize_focal: bool = False,
    on_iteration: OnIteration | None = None,
) -> Descent:
    """BFGS on turns about the object's center, shifts, and distance (see ``geometry.retract``).

    Each camera of the batch descends on its own. A step is taken only if it gains, so that the result is never worse
    than the start.

    Args:
        loss_of: Renders and returns one value per camera; an objective that gives no gradients is differentiated
            numerically, at twelve renders and more each time.
        camera: Where to begin.
        steps: At most so many evaluations a camera, and one.
        first_step: How long the first trial is (radians, object radii).
        optimize_focal: Whether the focal length is free.
        on_iteration: Told of each step.
    """

    def evaluate(index: Int[Tensor, " A"], step: Float[Tensor, "A K"]) -> Float[Tensor, " A"]:
        return loss_of(retract(camera[index], step))

    none = torch.zeros((len(camera), 7 if optimize_focal else 6), dtype=torch.float64, device=camera.device)
    bfgs = BatchBfgs(evaluate, none, first_step, LONGEST_STEP)

    def camera_now() -> Camera:
        with torch.no_grad():
            return retract(camera, bfgs.point.float())

    taken = none
    for iteration in range(steps + 1):
        if on_iteration is not None:
            on_iteration(iteration, camera_now(), bfgs.loss.float(), taken.float())
        active = bfgs.active()
        if iteration == steps or len(active) == 0:
            break
        taken = bfgs.try_step(active)
    best = camera_now()
    return Descent(replace(best, rotation=special_procrustes(best.rotation)), bfgs.loss.float())
