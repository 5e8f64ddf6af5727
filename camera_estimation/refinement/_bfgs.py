"""BFGS with backtracking for a batch of small problems, each descending on its own (Nocedal and Wright, "Numerical
Optimization", 2006, chapters 3 and 6). It knows nothing of cameras: see gradient_descent.py."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

# A step is taken if it gains at least this share of what the slope promises (Armijo); else it is cut to where a
# parabola through what was seen has its minimum, within these shares of it, and given up after so many trials.
SUFFICIENT_GAIN = 1e-4
SHORTEST_CUT, LONGEST_CUT = 0.1, 0.5
TRIALS = 4
# A problem is done after so many steps in a row that lowered its loss by less than this share, or could not be taken.
LEAST_GAIN = 1e-3
FRUITLESS_STEPS = 2

# The losses of the problems of these indices at these points: differentiable, or differentiated numerically.
Evaluate = Callable[[Int[Tensor, " A"], Float[Tensor, "A K"]], Float[Tensor, " A"]]


class BatchBfgs:
    """Where each problem of a batch is, and the step that it tries next.

    Args:
        evaluate: The losses.
        start: Where each problem begins.
        first_step: Length of the first trial, and reach of numerical derivatives, in units of the parameters.
        longest_step: Of any parameter.
    """

    def __init__(self, evaluate: Evaluate, start: Float[Tensor, "B K"], first_step: float, longest_step: float) -> None:
        self.evaluate, self.first_step, self.longest_step = evaluate, first_step, longest_step
        count, parameters = start.shape
        self.point = start.double()
        everyone = torch.arange(count, device=start.device)
        loss, self.gradient = self._differentiate(everyone, self.point, torch.ones_like(everyone, dtype=torch.bool))
        self.loss = loss.nan_to_num(nan=torch.inf)
        self.inverse_hessian = self.point.new_zeros((count, parameters, parameters))
        self.bent = torch.zeros(count, dtype=torch.bool, device=start.device)  # whether curvature was seen
        self.direction = torch.zeros_like(self.point)
        self.length = self.point.new_ones(count)
        self.trials, self.fruitless = torch.zeros_like(everyone), torch.zeros_like(everyone)
        self._turn(everyone)

    def active(self) -> Int[Tensor, " A"]:
        """The problems that are not done."""
        return _mask_indices((self.fruitless < FRUITLESS_STEPS) & (self.direction != 0).any(1))

    def try_step(self, active: Int[Tensor, " A"]) -> Float[Tensor, "B K"]:
        """One evaluation for each of ``active``; the steps that were taken, zero where none was."""
        before, length = self.loss[active], self.length[active]
        move = length[:, None] * self.direction[active]
        slope = (self.direction[active] * self.gradient[active]).sum(1)
        last = self.trials[active] + 1 == TRIALS

        def ends_search(loss: Tensor) -> Tensor:
            return last | (loss < before + SUFFICIENT_GAIN * length * slope)

        trial = self.point[active] + move
        loss, gradient = self._differentiate(active, trial, ends_search)
        accepts = loss < before + SUFFICIENT_GAIN * length * slope
        gained = accepts & (before - loss >= LEAST_GAIN * before.abs())
        # As indices: each use of a mask as an index would make the host wait for CUDA.
        accepted, over, going = (_mask_indices(mask) for mask in (accepts, accepts | last, ~(accepts | last)))
        self._learn(active[over], move[over], gradient[over] - self.gradient[active[over]])

        taken = torch.zeros_like(self.point)
        taken[active[accepted]] = move[accepted]
        self.point[active[accepted]] = trial[accepted]
        self.loss[active[accepted]] = loss[accepted]
        self.gradient[active[accepted]] = gradient[accepted]
        self.fruitless[active[over]] = torch.where(gained[over], 0, self.fruitless[active[over]] + 1)
        self._turn(active[over])

        cut = -(length.square()) * slope / (2 * (loss - before - length * slope))
        cut = torch.minimum(torch.maximum(cut.nan_to_num(), SHORTEST_CUT * length), LONGEST_CUT * length)
        self.length[active[going]] = cut[going]
        self.trials[active[going]] += 1
        return taken

    def _differentiate(
        self,
        index: Int[Tensor, " A"],
        point: Float[Tensor, "A K"],
        wanted: Bool[Tensor, " A"] | Callable[[Tensor], Tensor],
    ) -> tuple[Float[Tensor, " A"], Float[Tensor, "A K"]]:
        """Loss and gradient of the problems at ``index``; without automatic gradients only of those ``wanted``."""
        variable = point.float().requires_grad_()
        loss = self.evaluate(index, variable)
        if loss.requires_grad:
            (gradient,) = torch.autograd.grad(loss.sum(), variable)
        else:
            chosen = wanted(loss.double()) if callable(wanted) else wanted
            gradient = torch.zeros_like(variable)
            if chosen.any():
                at, reach = variable.detach()[chosen], self.first_step / 2
                gradient[chosen] = gradient_by_differences(self.evaluate, index[chosen], at, reach)
        return loss.detach().double(), gradient.detach().double().nan_to_num()

    def _learn(self, index: Int[Tensor, " A"], move: Float[Tensor, "A K"], change: Float[Tensor, "A K"]) -> None:
        """The BFGS update with the ``change`` of the gradient over ``move``, where that shows positive curvature."""
        along = (move * change).sum(1)
        shown = _mask_indices(along > torch.finfo(along.dtype).eps * move.norm(dim=1) * change.norm(dim=1))
        index, move, change, along = index[shown], move[shown], change[shown], along[shown, None, None]
        identity = torch.eye(move.shape[1], dtype=move.dtype, device=move.device)
        inverse = self.inverse_hessian[index]
        scaled = along / change.square().sum(1)[:, None, None] * identity
        inverse = torch.where(self.bent[index, None, None], inverse, scaled)
        project = identity - move[:, :, None] * change[:, None] / along
        self.inverse_hessian[index] = project @ inverse @ project.mT + move[:, :, None] * move[:, None] / along
        self.bent[index] = True

    def _turn(self, index: Int[Tensor, " A"]) -> None:
        """New directions, each from where its problem is now: along the slope while nothing is known of curvature."""
        gradient = self.gradient[index]
        steepest = -self.first_step * torch.nn.functional.normalize(gradient, dim=1, eps=1e-30)
        newton = -(self.inverse_hessian[index] @ gradient[..., None])[..., 0]
        downhill = self.bent[index] & ((newton * gradient).sum(1) < 0)
        self.bent[index] = downhill
        direction = torch.where(downhill[:, None], newton, steepest)
        excess = (direction.abs().amax(1, keepdim=True) / self.longest_step).clamp(min=1.0)
        self.direction[index] = direction / excess
        self.length[index], self.trials[index] = 1.0, 0


def _mask_indices(mask: Bool[Tensor, " A"]) -> Int[Tensor, " S"]:
    """Which ones a mask selects."""
    return torch.nonzero(mask)[:, 0]


@torch.no_grad()
def gradient_by_differences(
    evaluate: Evaluate, index: Int[Tensor, " A"], point: Float[Tensor, "A K"], reach: float
) -> Float[Tensor, "A K"]:
    """Central differences of the losses, ``reach`` to either side in each parameter."""
    count = point.shape[1]
    aside = reach * torch.eye(count, dtype=point.dtype, device=point.device)
    probes = torch.cat([point[:, None] + aside, point[:, None] - aside], dim=1).flatten(0, 1)
    owner = index.repeat_interleave(2 * count)
    after, before = evaluate(owner, probes).unflatten(0, (len(point), 2, count)).unbind(1)
    return (after - before) / (2 * reach)
