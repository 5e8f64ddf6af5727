"""Gauss-Newton for poses together with a smooth deformation of the mesh, for meshes that are not quite their object.

A mesh made from one picture is bent by a few percent, and the pose that fits it best as it is lies degrees away from
the true one. The deformation is a nuisance: the coefficients of its modes (smooth_deformations.py) are estimated with
the pose under their prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera
from camera_estimation.losses import PoseLook, PoseScorer
from camera_estimation.refinement.focal_length import FreeFocal
from camera_estimation.refinement.gauss_newton import (
    constrain_camera,
    linearize_known,
    look_points,
    normal_equations,
    structure_of,
    weigh_score,
)
from camera_estimation.refinement.levenberg_marquardt import (
    Linearization,
    OnIteration,
    PoseState,
    minimize,
    pose_excess,
)
from camera_estimation.refinement.smooth_deformations import SmoothDeformations, deformation_motion
from camera_estimation.rendering import Renderer, motion_of

MAX_MODE_STEP = 1.0  # standard deviations of a mode that a step may change it by


@dataclass(frozen=True)
class DeformedPoses:
    """Poses, each with the coefficients of the deformation that it was found with.

    Attributes:
        camera: The poses.
        coefficients: Of ``SmoothDeformations``.
        score: Ranking score of the deformed mesh, and the prior's cost.
        normal_matrix: Of the pose's parameters with the deformation marginalized.
    """

    camera: Camera
    coefficients: Float[Tensor, "B M"]
    score: Float[Tensor, " B"]
    normal_matrix: Float[Tensor, "B k k"]

    def __getitem__(self, index: list[int]) -> DeformedPoses:
        return DeformedPoses(self.camera[index], self.coefficients[index], self.score[index], self.normal_matrix[index])


@torch.no_grad()
def refine_deformed(
    renderer: Renderer,
    camera: Camera,
    scorer: PoseScorer,
    iterations: int,
    deformations: SmoothDeformations,
    prior_weight: float,
    coefficients: Float[Tensor, "B M"] | None = None,
    *,
    focal: FreeFocal | None = None,
    up: Float[Tensor, "3"] | None = None,
    on_iteration: OnIteration | None = None,
) -> DeformedPoses:
    """Refine a batch of cameras of the scorer's view, each together with a deformation of the mesh of its own.

    Args:
        renderer: Draws the mesh as it is.
        camera: Where to begin.
        scorer: What counts as a difference from the target.
        iterations: Levenberg-Marquardt steps at most, of each.
        deformations: Of the renderer's mesh.
        prior_weight: Cost of a coefficient of one standard deviation, beside which the scorer weighs the images.
        coefficients: Where to begin; None: with the mesh as it is.
        focal: What is expected of the focal length; None: it is known.
        up: A direction in the mesh's frame that stays vertical in the image.
        on_iteration: Told of each step.
    """
    if coefficients is None:
        coefficients = torch.zeros((len(camera), deformations.count), device=camera.device)
    problem = _DeformedPose(renderer, scorer, focal, up, deformations, prior_weight)
    minimum = minimize(problem, PoseState(camera, coefficients), iterations, on_iteration)
    state, found = minimum.state, minimum.found
    score = torch.cat([weigh_score(problem.look(state, index), focal) for index in range(len(state))])
    score = score + prior_cost(state.coefficients, prior_weight)
    return DeformedPoses(state.camera, state.coefficients, score, marginal(found.normal_matrix, problem.parameters))


@torch.no_grad()
def pose_change_by_bends(
    look: PoseLook, deformations: SmoothDeformations, focal: FreeFocal | None = None
) -> Float[Tensor, "K M"]:
    """By how much (to first order) the pose that ``look`` shows, which is refined with the mesh as it is, goes astray
    for each unit of the coefficients of a bend that the object has and the mesh has not."""
    pose = 6 if focal is None else 7
    found = linearize_with_deformation(look, deformations, pose)
    if focal is not None:
        found = focal.weigh(found, look.camera)
    normal = found.normal_matrix[0]
    diagonal = normal.diagonal()[:pose]
    damped = normal[:pose, :pose] + torch.diag(1e-6 * diagonal.max() + 1e-3 * diagonal)
    return torch.linalg.solve(damped, normal[:pose, pose:])


@dataclass(frozen=True)
class _DeformedPose:
    """The least-squares problem of a pose and a deformation. Each pose sees a mesh of its own, so that images are drawn
    one after the other; steps are taken together."""

    renderer: Renderer
    scorer: PoseScorer
    focal: FreeFocal | None
    up: Float[Tensor, "3"] | None
    deformations: SmoothDeformations
    prior_weight: float

    @property
    def parameters(self) -> int:
        """Of the pose."""
        return 6 if self.focal is None else 7

    def look(self, state: PoseState, index: int) -> PoseLook:
        """What one of the poses sees of its mesh."""
        renderer = self.renderer.with_vertices(self.deformations.displace(state.coefficients[index]))
        return self.scorer(renderer, state.camera[index : index + 1])

    def linearize(self, state: PoseState) -> Linearization:
        each = [self._linearize_one(self.look(state, index), state.coefficients[index]) for index in range(len(state))]
        # Steps may roll, and ``constrain`` undoes it: with roll projected out of them, as for rigid meshes, nothing was
        # found to be better.
        return Linearization(
            torch.cat([one.cost for one in each]),
            torch.cat([one.normal_matrix for one in each]),
            torch.cat([one.gradient for one in each]),
        )

    def constrain(self, state: PoseState) -> PoseState:
        return constrain_camera(state, self.focal, self.up)

    def cut(self, step: Float[Tensor, "B K"]) -> Float[Tensor, "B K"]:
        step = step.float()  # the precision of coefficients; in double, poses differ from those of version 0.1
        excess = torch.maximum(pose_excess(step, self.parameters), self._mode_excess(step))
        return step / excess.clamp(min=1.0)[:, None]

    def _mode_excess(self, step: Float[Tensor, "B K"]) -> Float[Tensor, " B"]:
        return step[:, self.parameters :].abs().amax(1) / MAX_MODE_STEP

    def _linearize_one(self, look: PoseLook, coefficients: Float[Tensor, " M"]) -> Linearization:
        pose = self.parameters
        image = linearize_with_deformation(look, self.deformations, pose)
        normal, gradient = image.normal_matrix, image.gradient
        normal[0].diagonal()[pose:] += self.prior_weight
        gradient[:, pose:] -= self.prior_weight * coefficients
        found = Linearization(image.cost + prior_cost(coefficients[None], self.prior_weight), normal, gradient)
        return found if self.focal is None else self.focal.weigh(found, look.camera)


def linearize_with_deformation(look: PoseLook, deformations: SmoothDeformations | None, pose: int) -> Linearization:
    """Normal equations of one image's residuals in the first ``pose`` parameters of its pose, then in the coefficients
    of the deformation; without the prior of these."""
    moving = look_points(look)
    structure, force = structure_of(look.residuals, look.scorer.channels)
    moving, structure, force = pool_pixels(moving, structure, force)
    seen = torch.nonzero(moving[0, 3].flatten() > 0)[:, 0]  # as numbers: for each mask CUDA would wait once more
    motion = motion_of(moving, look.camera, pose)[:, :, seen]
    if deformations is not None:
        points = moving[0, :3].flatten(1).T[seen]
        motion = torch.cat([motion, deformation_motion(points, look.camera, deformations)], dim=-1)
    normal, gradient = (part.double() for part in normal_equations(structure[..., seen], force[..., seen], motion))
    known = linearize_known(look, pose)
    normal[:, :pose, :pose] += known.normal_matrix.double()
    gradient[:, :pose] += known.gradient.double()
    return Linearization(look.residuals.cost + known.cost, normal, gradient)


def pool_pixels(
    moving: Float[Tensor, "1 4 H W"], structure: Float[Tensor, "1 3 P"], force: Float[Tensor, "1 2 P"]
) -> tuple[Float[Tensor, "1 4 h w"], Float[Tensor, "1 3 p"], Float[Tensor, "1 2 p"]]:
    """Sums over blocks of two by two pixels of what stands in their normal equations, and one point for each block, the
    mean of those that it has: the motion of neighbors differs by little beside what a mode's computation costs. The
    point of any one of them would be off to the same side in every block, and steps with it by a quarter."""
    sums = torch.cat([structure, force], dim=1).unflatten(2, moving.shape[-2:])
    seen = (moving[:, 3:] > 0).to(moving)
    count = F.avg_pool2d(seen, 2, divisor_override=1)
    point = F.avg_pool2d(seen * moving, 2, divisor_override=1) / count.clamp(min=1.0)
    pooled = F.avg_pool2d(sums, 2, divisor_override=1).flatten(2)
    return point, pooled[:, :3], pooled[:, 3:]


def prior_cost(coefficients: Float[Tensor, "B M"], weight: float) -> Float[Tensor, " B"]:
    """Minus the logarithm of the prior of the coefficients, on the scale where one of a standard deviation costs
    ``weight``; its derivatives stand in the normal equations above."""
    return weight * coefficients.square().sum(1)


def marginal(normal: Float[Tensor, "B K K"], count: int) -> Float[Tensor, "B k k"]:
    """The normal matrices of the first ``count`` parameters when the others are free (the Schur complement)."""
    others = torch.linalg.solve(normal[:, count:, count:], normal[:, count:, :count])
    return (normal[:, :count, :count] - normal[:, :count, count:] @ others).float()
