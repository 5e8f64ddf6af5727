"""Refinement under any objective: quasi-Newton descent through the differentiable renderer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera, retract, special_procrustes
from camera_estimation.refinement.gauss_newton import OnIteration

LONGEST_STEP = 0.05  # radians, object radii, of any parameter
# A step is taken if it gains at least this share of what the slope promises (Armijo); else it is cut to where a
# parabola through what was seen has its minimum, within these shares of it, and given up after so many trials.
SUFFICIENT_GAIN = 1e-4
SHORTEST_CUT, LONGEST_CUT = 0.1, 0.5
TRIALS = 4
# A camera is done after so many steps in a row that lowered its loss by less than this share, or could not be taken.
LEAST_GAIN = 1e-3
FRUITLESS_STEPS = 2

LossOfCamera = Callable[[Camera], Float[Tensor, " B"]]


@dataclass(frozen=True)
class Descended:
    """The best pose of the descent, and the objective there."""

    camera: Camera
    loss: Float[Tensor, " B"]


def descend(
    loss_of: LossOfCamera,
    camera: Camera,
    steps: int,
    first_step: float,
    optimize_focal: bool = False,
    on_iteration: OnIteration | None = None,
) -> Descended:
    """BFGS with backtracking on turns about the object's centre, shifts, and the logarithm of depth (Nocedal and
    Wright, "Numerical Optimization", 2006, chapters 3 and 6), with at most ``steps`` + 1 evaluations a camera.

    Each camera of the batch descends on its own, its first trial ``first_step`` long. ``loss_of`` renders and returns
    one value per camera; an objective that gives no gradients is differentiated numerically, at twelve renders and more
    each time. A step is taken only if it gains, so that the result is never worse than the start.
    """
    descent = _Descent(loss_of, camera, first_step, 7 if optimize_focal else 6)
    taken = torch.zeros_like(descent.step)
    for iteration in range(steps + 1):
        if on_iteration is not None:
            on_iteration(iteration, descent.camera, descent.loss.float(), taken.float())
        active = descent.active()
        if iteration == steps or len(active) == 0:
            break
        taken = descent.try_step(active)
    best = descent.camera
    return Descended(replace(best, rotation=special_procrustes(best.rotation)), descent.loss.float())


class _Descent:
    """Where each camera is, and the step that it tries next."""

    def __init__(self, loss_of: LossOfCamera, start: Camera, first_step: float, parameters: int) -> None:
        self.loss_of, self.start, self.first_step = loss_of, start, first_step
        count, device = len(start), start.device
        self.step = torch.zeros((count, parameters), dtype=torch.float64, device=device)
        everyone = torch.arange(count, device=device)
        loss, self.gradient = self._evaluated(everyone, self.step, torch.ones_like(everyone, dtype=torch.bool))
        self.loss = loss.nan_to_num(nan=torch.inf)
        self.inverse_hessian = self.step.new_zeros((count, parameters, parameters))
        self.bent = torch.zeros(count, dtype=torch.bool, device=device)  # whether curvature was seen
        self.direction = torch.zeros_like(self.step)
        self.length = self.step.new_ones(count)
        self.trials, self.fruitless = torch.zeros_like(everyone), torch.zeros_like(everyone)
        self._turn(everyone)

    @property
    def camera(self) -> Camera:
        with torch.no_grad():
            return retract(self.start, self.step.float())

    def active(self) -> Int[Tensor, " A"]:
        """The cameras that are not done."""
        return torch.nonzero((self.fruitless < FRUITLESS_STEPS) & (self.direction != 0).any(1))[:, 0]

    def try_step(self, active: Int[Tensor, " A"]) -> Float[Tensor, "B K"]:
        """One evaluation for each of ``active``; the steps that were taken, zero where none was."""
        before, length = self.loss[active], self.length[active]
        move = length[:, None] * self.direction[active]
        slope = (self.direction[active] * self.gradient[active]).sum(1)
        last = self.trials[active] + 1 == TRIALS

        def decided(loss: Tensor) -> Tensor:
            return last | (loss < before + SUFFICIENT_GAIN * length * slope)

        trial = self.step[active] + move
        loss, gradient = self._evaluated(active, trial, decided)
        accepted = loss < before + SUFFICIENT_GAIN * length * slope
        over = accepted | last
        self._learn(active[over], move[over], gradient[over] - self.gradient[active[over]])

        taken = torch.zeros_like(self.step)
        taken[active[accepted]] = move[accepted]
        self.step[active[accepted]] = trial[accepted]
        self.loss[active[accepted]] = loss[accepted]
        self.gradient[active[accepted]] = gradient[accepted]
        gained = accepted & (before - loss >= LEAST_GAIN * before.abs())
        self.fruitless[active[over]] = torch.where(gained[over], 0, self.fruitless[active[over]] + 1)
        self._turn(active[over])

        cut = -(length.square()) * slope / (2 * (loss - before - length * slope))
        cut = torch.minimum(torch.maximum(cut.nan_to_num(), SHORTEST_CUT * length), LONGEST_CUT * length)
        self.length[active[~over]] = cut[~over]
        self.trials[active[~over]] += 1
        return taken

    def _evaluated(
        self,
        index: Int[Tensor, " A"],
        step: Float[Tensor, "A K"],
        wanted: Bool[Tensor, " A"] | Callable[[Tensor], Tensor],
    ) -> tuple[Float[Tensor, " A"], Float[Tensor, "A K"]]:
        """Loss and gradient of the cameras at ``index``; without automatic gradients only of those ``wanted``."""
        camera = self.start[index]
        variable = step.float().requires_grad_()
        loss = self.loss_of(retract(camera, variable))
        if loss.requires_grad:
            (gradient,) = torch.autograd.grad(loss.sum(), variable)
        else:
            chosen = wanted(loss.double()) if callable(wanted) else wanted
            gradient = torch.zeros_like(variable)
            if chosen.any():
                at, reach = variable.detach()[chosen], self.first_step / 2
                gradient[chosen] = gradient_by_differences(self.loss_of, camera[torch.nonzero(chosen)[:, 0]], at, reach)
        return loss.detach().double(), gradient.detach().double().nan_to_num()

    def _learn(self, index: Int[Tensor, " A"], move: Float[Tensor, "A K"], change: Float[Tensor, "A K"]) -> None:
        """The BFGS update with the ``change`` of the gradient over ``move``, where that shows positive curvature."""
        along = (move * change).sum(1)
        shown = along > torch.finfo(along.dtype).eps * move.norm(dim=1) * change.norm(dim=1)
        index, move, change, along = index[shown], move[shown], change[shown], along[shown, None, None]
        identity = torch.eye(move.shape[1], dtype=move.dtype, device=move.device)
        inverse = self.inverse_hessian[index]
        scaled = along / change.square().sum(1)[:, None, None] * identity
        inverse = torch.where(self.bent[index, None, None], inverse, scaled)
        project = identity - move[:, :, None] * change[:, None] / along
        self.inverse_hessian[index] = project @ inverse @ project.mT + move[:, :, None] * move[:, None] / along
        self.bent[index] = True

    def _turn(self, index: Int[Tensor, " A"]) -> None:
        """New directions, each from where its camera is now: along the slope while nothing is known of curvature."""
        gradient = self.gradient[index]
        steepest = -self.first_step * torch.nn.functional.normalize(gradient, dim=1, eps=1e-30)
        newton = -(self.inverse_hessian[index] @ gradient[..., None])[..., 0]
        downhill = self.bent[index] & ((newton * gradient).sum(1) < 0)
        self.bent[index] = downhill
        direction = torch.where(downhill[:, None], newton, steepest)
        excess = (direction.abs().amax(1, keepdim=True) / LONGEST_STEP).clamp(min=1.0)
        self.direction[index] = direction / excess
        self.length[index], self.trials[index] = 1.0, 0


@torch.no_grad()
def gradient_by_differences(
    loss_of: LossOfCamera, camera: Camera, step: Float[Tensor, "B K"], reach: float
) -> Float[Tensor, "B K"]:
    """Central differences of the objective, ``reach`` to either side in each parameter of the step."""
    count = step.shape[1]
    aside = reach * torch.eye(count, dtype=step.dtype, device=step.device)
    probes = torch.cat([step[:, None] + aside, step[:, None] - aside], dim=1).flatten(0, 1)
    owner = torch.arange(len(step), device=step.device).repeat_interleave(2 * count)
    after, before = loss_of(retract(camera[owner], probes)).unflatten(0, (len(step), 2, count)).unbind(1)
    return (after - before) / (2 * reach)
