"""Gauss-Newton for the poses of several images together with what they share: one smooth deformation of the mesh, and
the focal lengths of the cameras that took them.

One image leaves open what is bend and what is pose; what several have in common can only be the bend. Every pose is
tied to the shared parameters and to no other pose, so that the normal equations have the shape of an arrow, and
eliminating pose after pose (the Schur complement) leaves a system as small as that of one image, as in bundle
adjustment (Triggs et al., "Bundle adjustment: a modern synthesis", 2000).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.losses import PoseLook
from camera_estimation.refinement._arrow import ArrowSystem
from camera_estimation.refinement.deformation import linearize_with_deformation, prior_cost
from camera_estimation.refinement.gauss_newton import constrain_camera
from camera_estimation.refinement.joint_views import POSE, JointPoses, JointView, share_prior
from camera_estimation.refinement.levenberg_marquardt import (
    DAMPING_DOWN,
    DAMPING_RANGE,
    DAMPING_UP,
    FIRST_DAMPING,
    TO_THE_END,
    Linearization,
    PoseState,
    pixels_per_radius,
    pose_excess,
)
from camera_estimation.refinement.smooth_deformations import SmoothDeformations
from camera_estimation.rendering import Renderer

MAX_FOCAL_STEP = 0.3  # relative change of an inverse focal length
# Standard deviations of a mode that a step may change it by: several images hold it where it is, unlike one.
MAX_MODE_STEP = 3.0
LEAST_GAIN = 1e-3  # share of the cost: steps that lower it by less are the last


@torch.no_grad()
def refine_jointly(
    renderer: Renderer,
    views: Sequence[JointView],
    iterations: int,
    deformations: SmoothDeformations | None,
    prior_weight: float,
    coefficients: Float[Tensor, " M"] | None = None,
    *,
    outlier: float = inf,
    up: Float[Tensor, "3"] | None = None,
) -> JointPoses:
    """Refine the poses of several images together with one deformation of the mesh and their focal lengths.

    Args:
        renderer: Draws the mesh as it is.
        views: The images, each with the pose to begin at. The cameras of a focal group have one focal length in pixels
            of the full image.
        iterations: Levenberg-Marquardt steps at most.
        deformations: Of the renderer's mesh; None: it stays as it is.
        prior_weight: Cost of a coefficient of one standard deviation, beside which the scorers weigh the images.
        coefficients: Where to begin; None: with the mesh as it is.
        outlier: An image that costs this many times the median at the start moves what is shared a quarter as much as
            one that fits, and one of far more not at all, lest a wrong pose bends the mesh for the others.
        up: A direction in the mesh's frame that stays vertical in the images.
    """
    if coefficients is None:
        count = 0 if deformations is None else deformations.count
        coefficients = renderer.mesh.vertices.new_zeros(count)
    groups = tuple(sorted({view.focal_group for view in views if view.focal_group is not None}))
    views = [share_prior(view, views) for view in views]
    problem = _JointProblem(renderer, groups, deformations, prior_weight, inf, up)
    state = problem.constrain(_JointState(tuple(views), coefficients))
    problem = replace(problem, outlier_cost=outlier * float(problem.linearize(state).cost.median()))
    current = problem.linearize(state)
    damping = FIRST_DAMPING
    for _ in range(iterations):
        poses, shared = problem.step(current.system.damp(damping))
        trial_state = problem.constrain(problem.advance(state, poses, shared))
        trial = problem.linearize(trial_state)
        gain = 1 - float(trial.total / current.total)
        if gain > 0:
            state, current = trial_state, trial
        damping = min(max(damping * (DAMPING_DOWN if gain > 0 else DAMPING_UP), DAMPING_RANGE[0]), DAMPING_RANGE[1])
        moved = poses.abs().amax(1) * torch.cat([pixels_per_radius(view.camera) for view in state.views])
        if 0 < gain < LEAST_GAIN or float(moved.max()) < TO_THE_END.moves:
            break
    score = torch.cat([look.score for look in problem.looks(state)])
    covariance = current.system.damp(0.0).covariances()
    return JointPoses(state.views, state.coefficients, current.cost, score, covariance, groups)


@dataclass(frozen=True)
class _JointState:
    """A pose for each image, and the deformation of all."""

    views: tuple[JointView, ...]
    coefficients: Float[Tensor, " M"]


@dataclass(frozen=True)
class _JointLinearization:
    """The cost of each image, what is minimized, and the normal equations of all parameters."""

    cost: Float[Tensor, " N"]
    total: Float[Tensor, ""]
    system: ArrowSystem


@dataclass(frozen=True)
class _JointProblem:
    """The least-squares problem of several poses and what they share: focal lengths, then coefficients."""

    renderer: Renderer
    focal_groups: tuple[int, ...]
    deformations: SmoothDeformations | None
    prior_weight: float
    outlier_cost: float
    up: Float[Tensor, "3"] | None

    def looks(self, state: _JointState) -> Iterator[PoseLook]:
        """What each pose sees of the one mesh."""
        renderer = self.renderer
        if self.deformations is not None:
            renderer = renderer.with_vertices(self.deformations.displace(state.coefficients))
        return (view.scorer(renderer, view.camera) for view in state.views)

    def linearize(self, state: _JointState) -> _JointLinearization:
        each = [self._linearize_one(look, view) for look, view in zip(self.looks(state), state.views, strict=True)]
        cost = torch.cat([one.cost for one in each])
        weight = (1 / (1 + cost / self.outlier_cost).square()).double()  # the derivative of what the total counts
        normal = weight[:, None, None] * torch.cat([one.normal_matrix for one in each])
        force = weight[:, None] * torch.cat([one.gradient for one in each])
        focals = len(self.focal_groups)
        prior = force.new_zeros(force.shape[1] - POSE)
        prior[focals:] = self.prior_weight
        pull = torch.zeros_like(prior)
        pull[focals:] = -self.prior_weight * state.coefficients
        system = ArrowSystem.of(normal, force, POSE).add_prior(prior, pull)
        bounded = (cost / (1 + cost / self.outlier_cost)).sum()  # after Geman and McClure
        return _JointLinearization(cost, bounded + prior_cost(state.coefficients[None], self.prior_weight)[0], system)

    def step(self, system: ArrowSystem) -> tuple[Float[Tensor, "N 6"], Float[Tensor, " S"]]:
        """Of the poses and of the shared parameters, no longer than the linearization holds."""
        shared = system.solve_shared()
        longest = torch.full_like(shared, MAX_MODE_STEP)
        longest[: len(self.focal_groups)] = MAX_FOCAL_STEP
        shared = shared / (shared.abs() / longest).amax().clamp(min=1.0) if len(shared) else shared
        poses = system.solve_poses(shared)
        return (poses / pose_excess(poses, POSE).clamp(min=1.0)[:, None]).float(), shared.float()

    def advance(self, state: _JointState, poses: Float[Tensor, "N 6"], shared: Float[Tensor, " S"]) -> _JointState:
        """After such steps."""
        views = []
        for view, pose in zip(state.views, poses, strict=True):
            focal = [] if view.focal_group is None else [self.focal_groups.index(view.focal_group)]
            step = torch.cat([pose, shared[focal] / view.distance])
            rigid = PoseState(view.camera, shared[None, :0]).advance(step[None])
            views.append(replace(view, camera=rigid.camera))
        return _JointState(tuple(views), state.coefficients + shared[len(self.focal_groups) :])

    def constrain(self, state: _JointState) -> _JointState:
        """The nearest state that is allowed."""
        views = []
        for view in state.views:
            allowed = constrain_camera(PoseState(view.camera, state.coefficients[None, :0]), view.focal, self.up)
            views.append(replace(view, camera=allowed.camera))
        return replace(state, views=tuple(views))

    def _linearize_one(self, look: PoseLook, view: JointView) -> Linearization:
        """In the pose, all focal lengths and the coefficients."""
        focal = [] if view.focal_group is None else [POSE + self.focal_groups.index(view.focal_group)]
        own = linearize_with_deformation(look, self.deformations, POSE + len(focal))
        if view.focal is not None:
            own = _relative_focal(view.focal.weigh(own, look.camera), view.distance)
        modes = own.gradient.shape[1] - POSE - len(focal)
        size = POSE + len(self.focal_groups) + modes
        place = torch.tensor([*range(POSE), *focal, *range(size - modes, size)], device=own.gradient.device)
        normal, gradient = own.normal_matrix.new_zeros((1, size, size)), own.gradient.new_zeros((1, size))
        normal[:, place[:, None], place] = own.normal_matrix
        gradient[:, place] = own.gradient
        return Linearization(own.cost, normal, gradient)


def _relative_focal(found: Linearization, distance: Float[Tensor, ""]) -> Linearization:
    """In the relative change of the inverse focal length, in place of the inverse distance at constant size."""
    unit = torch.ones_like(found.gradient)
    unit[:, POSE] /= distance
    return Linearization(found.cost, unit[:, :, None] * found.normal_matrix * unit[:, None], unit * found.gradient)
