"""Levenberg-Marquardt: damped Gauss-Newton steps of a batch of least-squares problems, each with its own damping.

The problem says what is minimized (``LeastSquares``): a pose of the mesh as it is (gauss_newton.py), or a pose together
with a deformation of the mesh (deformation.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera, retract, special_procrustes

FIRST_DAMPING = 1e-2
DAMPING_DOWN, DAMPING_UP = 0.3, 6.0
DAMPING_RANGE = (1e-5, 1e4)
# Steps longer than this are cut: the linearization holds for a few pixels.
MAX_ROTATION = 0.25  # radians
MAX_SHIFT = 0.3  # object radii, and logarithm of depth
MAX_PERSPECTIVE = 0.1  # inverse distance at constant size, 1 / object radii

FOLLOWED = 4  # times twice as far: of a chain of poses of which each came beside the next
# Beside which better pose each is, by their costs: its own index where there is none (``poses.find_better_neighbors``).
FindBetter = Callable[[Camera, Float[Tensor, " B"]], Int[Tensor, " B"]]
# Told of each iteration, the start included: its number, the cameras, their costs, and the steps that led to them.
OnIteration = Callable[[int, Camera, Float[Tensor, " B"], Float[Tensor, "B K"]], None]


@dataclass(frozen=True)
class Patience:
    """When a pose is done before its iterations are.

    Attributes:
        moves: Pixels of the view: it is if a step moves its surface by less.
        gain: Share of its cost: it is if its last step promised to lower that by less.
        overtaking: Share of what it costs more than the best of those that it competes with: likewise. It would not
            catch up with it.
    """

    moves: float
    gain: float
    overtaking: float


# Of an estimate as good as fifty independent observations make it, this gain is a fifth of a standard deviation. Of
# poses of photographs and renders the one that was chosen in the end cost at most 1.15 times the best.
TO_THE_END = Patience(moves=0.03, gain=1e-3, overtaking=0.02)
# Where finer levels follow. With larger moves and gains, too, renders were found 0.01 degrees farther off in the end.
COARSELY = replace(TO_THE_END, overtaking=0.1)


@dataclass(frozen=True)
class PoseState:
    """Poses, each with the coefficients of its mesh's deformation: none where the mesh stays as it is."""

    camera: Camera
    coefficients: Float[Tensor, "B M"]

    def __len__(self) -> int:
        return len(self.camera)

    def __getitem__(self, index: Int[Tensor, " A"] | Bool[Tensor, " A"] | list[int] | slice) -> PoseState:
        return PoseState(self.camera[index], self.coefficients[index])

    def take(self, better: Bool[Tensor, " B"], other: PoseState) -> PoseState:
        """The states of ``other`` where they are ``better``."""
        camera = replace(
            self.camera,
            rotation=torch.where(better[:, None, None], other.camera.rotation, self.camera.rotation),
            translation=torch.where(better[:, None], other.camera.translation, self.camera.translation),
            focal=torch.where(better[:, None], other.camera.focal, self.camera.focal),
        )
        return PoseState(camera, torch.where(better[:, None], other.coefficients, self.coefficients))

    def put(self, index: Int[Tensor, " A"], other: PoseState) -> PoseState:
        """The same with the poses at ``index`` replaced."""
        camera = replace(
            self.camera,
            rotation=self.camera.rotation.index_copy(0, index, other.camera.rotation),
            translation=self.camera.translation.index_copy(0, index, other.camera.translation),
            focal=self.camera.focal.index_copy(0, index, other.camera.focal),
        )
        return PoseState(camera, self.coefficients.index_copy(0, index, other.coefficients))

    def advance(self, step: Float[Tensor, "B K"]) -> PoseState:
        """After a step: of the pose's parameters (see ``geometry.retract``), then of the coefficients. Rotations stay
        orthonormal."""
        pose = step.shape[1] - self.coefficients.shape[1]
        camera = retract(self.camera, step[:, :pose])
        camera = replace(camera, rotation=special_procrustes(camera.rotation))
        return PoseState(camera, self.coefficients + step[:, pose:])


@dataclass(frozen=True)
class Linearization:
    """Residuals r about a state: cost, normal matrix J^T W J and right-hand side J^T W r."""

    cost: Float[Tensor, " B"]
    normal_matrix: Float[Tensor, "B K K"]
    gradient: Float[Tensor, "B K"]

    def __getitem__(self, index: Int[Tensor, " A"] | Bool[Tensor, " A"]) -> Linearization:
        return Linearization(self.cost[index], self.normal_matrix[index], self.gradient[index])

    def __add__(self, other: Linearization) -> Linearization:
        """Of both kinds of residuals together."""
        return Linearization(
            self.cost + other.cost, self.normal_matrix + other.normal_matrix, self.gradient + other.gradient
        )

    def take(self, better: Bool[Tensor, " B"], other: Linearization) -> Linearization:
        """The residuals of ``other`` where they are ``better``."""
        return Linearization(
            torch.where(better, other.cost, self.cost),
            torch.where(better[:, None, None], other.normal_matrix, self.normal_matrix),
            torch.where(better[:, None], other.gradient, self.gradient),
        )

    def put(self, index: Int[Tensor, " A"], other: Linearization) -> None:
        """Overwrite the entries at ``index``."""
        self.cost[index] = other.cost
        self.normal_matrix[index] = other.normal_matrix
        self.gradient[index] = other.gradient


@dataclass(frozen=True)
class Minimum:
    """Where each of a batch got, and the residuals there. ``better`` is the index of the one that it came beside, its
    own where it went on to its end."""

    state: PoseState
    found: Linearization
    better: Int[Tensor, " B"]


class LeastSquares(Protocol):
    """What is minimized: sums of squares of residuals at poses, of which those of a batch are independent."""

    def linearize(self, state: PoseState) -> Linearization:
        """Residuals and their derivatives in the parameters of ``PoseState.advance``."""
        ...

    def constrain(self, state: PoseState) -> PoseState:
        """The nearest states that are allowed."""
        ...

    def cut(self, step: Float[Tensor, "B K"]) -> Float[Tensor, "B K"]:
        """Steps (double precision) no longer than the linearization holds."""
        ...


@torch.no_grad()
def minimize(
    problem: LeastSquares,
    state: PoseState,
    iterations: int,
    on_iteration: OnIteration | None = None,
    together: bool = False,
    find_better: FindBetter | None = None,
    patience: Patience = TO_THE_END,
) -> Minimum:
    """Descend from every state of a batch.

    A step is taken only if it lowers the cost; a state that ``patience`` ends with is done before ``iterations`` are,
    unless all are to go on ``together``. With ``find_better`` they compete: done, too, is one that it says to be beside
    a better one, for where that one leads is where it would.
    """
    state = problem.constrain(state)
    current = problem.linearize(state)
    damping = torch.full_like(current.gradient[:, 0], FIRST_DAMPING)
    down, up = damping.new_full((), DAMPING_DOWN), damping.new_full((), DAMPING_UP)
    active = torch.arange(len(state), device=damping.device)
    pose = current.gradient.shape[1] - state.coefficients.shape[1]
    taken = torch.zeros_like(current.gradient[:, :pose], dtype=torch.float32)
    pixels = pixels_per_radius(state.camera)
    number = active
    better_one = number
    for iteration in range(iterations + 1):
        if on_iteration is not None:
            on_iteration(iteration, state.camera, current.cost, taken)
        if iteration == iterations or len(active) == 0:
            break
        before_state, before = state[active], current[active]
        step = problem.cut(solve_damped(before, damping[active])).float()
        promised = promised_gain(before, step)
        trial_state = problem.constrain(before_state.advance(step))
        trial = problem.linearize(trial_state)
        # Chosen on the device: every index that is a mask would make the host wait for it.
        better = trial.cost < before.cost
        state = state.put(active, before_state.take(better, trial_state))
        current.put(active, before.take(better, trial))
        damping[active] = (damping[active] * torch.where(better, down, up)).clamp(*DAMPING_RANGE)
        taken = torch.zeros_like(taken).index_copy(0, active, step[:, :pose] * better[:, None])
        if not together:
            least_gain = patience.gain * trial.cost
            if find_better is not None:
                least_gain = torch.maximum(least_gain, patience.overtaking * (trial.cost - current.cost.min()))
            worthwhile = ~better | (promised > least_gain)
            moves = step[:, :pose].abs().amax(1) * pixels[active] > patience.moves
            if find_better is not None:
                better_one = torch.where(better_one == number, find_better(state.camera, current.cost), better_one)
            # The only wait of an iteration that the loop itself needs.
            active = active[worthwhile & moves & (better_one == number)[active]]
    for _ in range(FOLLOWED):
        better_one = better_one[better_one]
    return Minimum(state, current, better_one)


def pixels_per_radius(camera: Camera) -> Float[Tensor, " B"]:
    """By how many pixels of the view a step of one radian or object radius moves the surface, about."""
    return camera.focal[:, 0] / camera.translation[:, 2].abs()


def solve_damped(current: Linearization, damping: Float[Tensor, " B"]) -> Float[Tensor, "B K"]:
    """The Levenberg-Marquardt step, in double precision; none where the equations have no solution.

    Args:
        current: Residuals at the states.
        damping: Share of the normal matrix's diagonal that is added to it.
    """
    normal = current.normal_matrix.double()
    diagonal = normal.diagonal(dim1=1, dim2=2)
    floor = (1e-6 * diagonal.amax(1, keepdim=True)).clamp(min=1e-12)
    normal = normal + torch.diag_embed(damping[:, None].double() * diagonal + floor)
    step, _ = torch.linalg.solve_ex(normal, current.gradient.double())  # without a wait for its errors
    return step.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)


def promised_gain(current: Linearization, step: Float[Tensor, "B K"]) -> Float[Tensor, " B"]:
    """By how much a step lowers the cost if residuals are linear."""
    step = step.to(current.gradient)
    curved = (current.normal_matrix @ step[..., None])[..., 0]
    return (step * (2 * current.gradient - curved)).sum(1)


def pose_excess(step: Float[Tensor, "B K"], pose: int) -> Float[Tensor, " B"]:
    """How many times longer a step of the first ``pose`` parameters is than the linearization holds."""
    excess = torch.maximum(step[:, :3].norm(dim=1) / MAX_ROTATION, step[:, 3:6].abs().amax(1) / MAX_SHIFT)
    return excess if pose == 6 else torch.maximum(excess, step[:, 6].abs() / MAX_PERSPECTIVE)
