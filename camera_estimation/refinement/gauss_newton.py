"""Gauss-Newton on the motion field: poses of a mesh as it is, a batch at a time.

The Jacobian of every residual is the image gradient times the motion field (rendering/motion_field.py). The parameters
turn and move the object about its center: a rotation vector in camera axes (radians), a shift across the view (object
radii), the logarithm of the depth, and where the focal length is free the inverse distance at constant size in the
image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.losses import AppearanceResiduals, PoseLook, PoseScorer, linearize_evidence
from camera_estimation.refinement.focal_length import FreeFocal
from camera_estimation.refinement.levenberg_marquardt import (
    TO_THE_END,
    FindBetter,
    Linearization,
    OnIteration,
    Patience,
    PoseState,
    minimize,
    pose_excess,
)
from camera_estimation.refinement.roll import keep_upright, project_out_roll
from camera_estimation.rendering import Renderer, motion_equations, moving_points


@dataclass(frozen=True)
class Refinement:
    """Poses after refinement, what to rank them by (``PoseLook.score``), and the normal matrix of each."""

    camera: Camera
    score: Float[Tensor, " B"]
    normal_matrix: Float[Tensor, "B K K"]


@torch.no_grad()
def refine(
    renderer: Renderer,
    camera: Camera,
    scorer: PoseScorer,
    iterations: int,
    *,
    focal: FreeFocal | None = None,
    turn: bool = True,
    up: Float[Tensor, "3"] | None = None,
    together: bool = False,
    find_better: FindBetter | None = None,
    patience: Patience = TO_THE_END,
    on_iteration: OnIteration | None = None,
) -> Refinement:
    """Refine a batch of cameras of the scorer's view.

    Args:
        renderer: Draws the mesh.
        camera: Where to begin.
        scorer: What counts as a difference from the target.
        iterations: Levenberg-Marquardt steps at most, of each.
        focal: What is expected of the focal length; None: it is known.
        turn: Whether the rotations are refined too, or only where the object is.
        up: A direction in the mesh's frame that stays vertical in the image: the camera is kept upright.
        together: Whether all go on to the end, as they must where the scorer has a target for each.
        find_better: Beside which better ones they are: there they end, and their own score is infinite.
        patience: When they are done before all steps are.
        on_iteration: Told of each step.
    """
    problem = _RigidPose(renderer, scorer, focal, up, turn)
    start = PoseState(camera, camera.translation[:, :0])
    minimum = minimize(problem, start, iterations, on_iteration, together, find_better, patience)
    if find_better is None:
        score = weigh_score(scorer(renderer, minimum.state.camera), focal)
        return Refinement(minimum.state.camera, score, minimum.found.normal_matrix)
    apart = find_apart(minimum.better)
    score = torch.full_like(minimum.found.cost, torch.inf)
    score = score.index_copy(0, apart, weigh_score(scorer(renderer, minimum.state.camera[apart]), focal))
    return Refinement(minimum.state.camera[minimum.better], score, minimum.found.normal_matrix[minimum.better])


def find_apart(better: Int[Tensor, " B"]) -> Int[Tensor, " A"]:
    """The indices of those that came beside no better one. Waits for the device, so that only they are drawn again."""
    return torch.nonzero(better == torch.arange(len(better), device=better.device))[:, 0]


@dataclass(frozen=True)
class _RigidPose:
    """The least-squares problem of a pose alone."""

    renderer: Renderer
    scorer: PoseScorer
    focal: FreeFocal | None
    up: Float[Tensor, "3"] | None
    turn: bool

    @property
    def parameters(self) -> int:
        return 6 if self.focal is None else 7

    def linearize(self, state: PoseState) -> Linearization:
        look = self.scorer(self.renderer, state.camera)
        found = linearize_image(look, self.parameters) + linearize_known(look, self.parameters)
        if self.focal is not None:
            found = self.focal.weigh(found, state.camera)
        if not self.turn:
            return hold_rotation(found)
        return found if self.up is None else project_out_roll(found, state.camera, self.up)

    def constrain(self, state: PoseState) -> PoseState:
        return constrain_camera(state, self.focal, self.up)

    def cut(self, step: Float[Tensor, "B K"]) -> Float[Tensor, "B K"]:
        return step / pose_excess(step, self.parameters).clamp(min=1.0)[:, None]


def hold_rotation(found: Linearization) -> Linearization:
    """The normal equations of steps that do not turn."""
    normal, gradient = found.normal_matrix.clone(), found.gradient.clone()
    normal[:, :3], normal[:, :, :3], gradient[:, :3] = 0.0, 0.0, 0.0
    diagonal = normal.diagonal(dim1=1, dim2=2)
    diagonal[:, :3] = diagonal.mean(1, keepdim=True)
    return Linearization(found.cost, normal, gradient)


def constrain_camera(state: PoseState, focal: FreeFocal | None, up: Float[Tensor, "3"] | None) -> PoseState:
    """The states with focal lengths within their bounds, and without roll where ``up`` stays vertical."""
    camera = state.camera if focal is None else focal.constrain(state.camera)
    return replace(state, camera=keep_upright(camera, up))


def weigh_score(look: PoseLook, focal: FreeFocal | None) -> Float[Tensor, " B"]:
    """The look's score, with what the focal length's prior adds to the cost."""
    return look.score if focal is None else look.score + (focal.factor(look.camera) - 1) * look.residuals.cost


def linearize_image(look: PoseLook, parameters: int) -> Linearization:
    """Normal equations of the image's residuals in the first ``parameters`` parameters of the pose."""
    residuals = look.residuals
    equations = motion_equations(
        residuals.residual,
        residuals.weight,
        residuals.curvature,
        look.scorer.channels,
        look.points,
        look.camera,
        motion_reach(look),
        parameters,
    )
    return Linearization(residuals.cost, *equations)


def linearize_known(look: PoseLook, parameters: int) -> Linearization:
    """Normal equations of what contradicts keypoints and depth."""
    evidence = look.scorer.view.evidence
    if evidence.constrains_pose:
        return Linearization(*linearize_evidence(evidence, look.camera, look.points, parameters))
    count, like = len(look.camera), look.render
    return Linearization(
        like.new_zeros(count), like.new_zeros((count, parameters, parameters)), like.new_zeros((count, parameters))
    )


def look_points(look: PoseLook) -> Float[Tensor, "B 4 H W"]:
    """The points of the mesh that move the pixels of a look."""
    return moving_points(look.points, look.camera, motion_reach(look))


def motion_reach(look: PoseLook) -> int:
    """How many pixels aside the blur of a look carries the motion of a surface."""
    return max(1, round(2 * look.scorer.blur))


def normal_equations(
    structure: Float[Tensor, "B 3 P"], force: Float[Tensor, "B 2 P"], motion: Float[Tensor, "B 2 P K"]
) -> tuple[Float[Tensor, "B K K"], Float[Tensor, "B K"]]:
    """J^T W J and J^T W r of parameters that move the pixels by ``motion``."""
    weighted = torch.stack(
        [
            structure[:, 0, :, None] * motion[:, 0] + structure[:, 1, :, None] * motion[:, 1],
            structure[:, 1, :, None] * motion[:, 0] + structure[:, 2, :, None] * motion[:, 1],
        ],
        dim=1,
    )
    transposed = motion.flatten(1, 2).transpose(1, 2)
    return transposed @ weighted.flatten(1, 2), (transposed @ force.flatten(1)[..., None])[..., 0]


def structure_of(
    residuals: AppearanceResiduals, target: Float[Tensor, "#B 4 H W"]
) -> tuple[Float[Tensor, "B 3 P"], Float[Tensor, "B 2 P"]]:
    """Per pixel the sums over channels of curvature * g g^T (xx, xy, yy) and of weight * g * residual.

    g is minus the mean of the gradients of the render and of ``target`` (``PoseScorer.channels``), as in
    ``motion_equations``: the render is the target less the residual.
    """
    mean = target - residuals.residual / 2
    dx = torch.zeros_like(mean)
    dy = torch.zeros_like(mean)
    dx[..., 1:-1] = (mean[..., :-2] - mean[..., 2:]) / 2
    dy[..., 1:-1, :] = (mean[..., :-2, :] - mean[..., 2:, :]) / 2
    wx, wy = residuals.curvature * dx, residuals.curvature * dy
    structure = torch.stack([(wx * dx).sum(1), (wx * dy).sum(1), (wy * dy).sum(1)], dim=1)
    wx, wy = residuals.weight * dx, residuals.weight * dy
    force = torch.stack([(wx * residuals.residual).sum(1), (wy * residuals.residual).sum(1)], dim=1)
    return structure.flatten(2), force.flatten(2)
