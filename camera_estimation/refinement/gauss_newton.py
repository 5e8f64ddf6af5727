"""Batched Gauss-Newton with Levenberg-Marquardt damping on the motion field.

The Jacobian of every residual is the image gradient times the motion field (rendering/motion_field.py). The parameters
turn and move the object about its centre: a rotation vector in camera axes (radians), a shift across the view (object
radii), the logarithm of the depth, and where asked the logarithm of the focal length at constant size in the image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.geometry import Camera, retract, rotvec_to_rotmat, special_procrustes
from camera_estimation.images import TargetView, ViewEvidence
from camera_estimation.losses import (
    DEFAULT,
    AppearanceResiduals,
    blur_inside,
    compare,
    comparison_channels,
    evidence_cost,
    linearize_evidence,
    ranking_score,
)
from camera_estimation.rendering import Renderer, motion_of, moving_points

FIRST_DAMPING = 1e-2
DAMPING_DOWN, DAMPING_UP = 0.3, 6.0
DAMPING_RANGE = (1e-5, 1e4)
# Steps longer than this are cut: the linearisation holds for a few pixels.
MAX_ROTATION = 0.25  # radians
MAX_SHIFT = 0.3  # object radii, and logarithm of depth and focal length
CONVERGED = 2e-5  # radians, radii: a candidate whose step is shorter is done


# Told of each iteration, the start included, its number, the cameras, their costs and the steps that led to them.
OnIteration = Callable[[int, Camera, Float[Tensor, " B"], Float[Tensor, "B K"]], None]


@dataclass(frozen=True)
class Refined:
    """Poses after refinement, what to rank them by (``appearance.ranking_score``), and the normal matrix of each."""

    camera: Camera
    score: Float[Tensor, " B"]
    normal_matrix: Float[Tensor, "B K K"]


@dataclass(frozen=True)
class Linearized:
    """Residuals at a pose: cost, normal matrix J^T W J and right-hand side J^T W r."""

    cost: Float[Tensor, " B"]
    normal_matrix: Float[Tensor, "B K K"]
    gradient: Float[Tensor, "B K"]

    def __getitem__(self, index: Tensor) -> Linearized:
        return Linearized(self.cost[index], self.normal_matrix[index], self.gradient[index])

    def put(self, index: Tensor, other: Linearized) -> None:
        """Overwrite the entries at ``index``."""
        self.cost[index] = other.cost
        self.normal_matrix[index] = other.normal_matrix
        self.gradient[index] = other.gradient


@torch.no_grad()
def refine(
    renderer: Renderer,
    camera: Camera,
    target: TargetView,
    iterations: int,
    blur: float,
    optimize_focal: bool = False,
    up: Float[Tensor, "3"] | None = None,
    appearance: AppearanceConfig = DEFAULT,
    hidden_from: float | None = None,
    on_iteration: OnIteration | None = None,
) -> Refined:
    """Refine a batch of cameras, which see ``target``'s window, against it.

    ``blur`` is the standard deviation in pixels of the Gaussian that both images are compared through. With ``up``, a
    direction in the mesh's frame, the camera is kept upright: ``up`` stays vertical in the image. ``appearance`` and
    ``hidden_from`` say what counts as a difference (see ``appearance.compare``). ``on_iteration`` is told of each step.
    """
    blurred_target = blur_inside(target.rgba, target.pixel_weight, blur)
    parameters = 7 if optimize_focal else 6

    def linearized(at: Camera) -> Linearized:
        state = linearize(
            renderer,
            at,
            blurred_target,
            target.pixel_weight,
            blur,
            parameters,
            appearance,
            hidden_from,
            target.evidence,
        )
        return state if up is None else without_roll(state, at, up)

    if up is not None:
        camera = straightened(camera, up)

    state = linearized(camera)
    damping = torch.full_like(state.cost, FIRST_DAMPING)
    active = torch.arange(len(camera), device=camera.device)
    taken = torch.zeros_like(state.gradient)
    for iteration in range(iterations + 1):
        if on_iteration is not None:
            on_iteration(iteration, camera, state.cost, taken)
        if iteration == iterations or len(active) == 0:
            break
        current = state[active]
        step = damped_step(current, damping[active])
        trial_camera = moved(camera[active], step)
        if up is not None:
            trial_camera = straightened(trial_camera, up)
        trial = linearized(trial_camera)
        better = trial.cost < current.cost
        camera = _with(camera, active[better], trial_camera[better])
        state.put(active[better], trial[better])
        factor = torch.where(better, DAMPING_DOWN, DAMPING_UP)
        damping[active] = (damping[active] * factor).clamp(*DAMPING_RANGE)
        taken = torch.zeros_like(state.gradient).index_copy(0, active, step * better[:, None])
        active = active[step.abs().amax(1) > CONVERGED]
    drawn, points = renderer.draw(camera)
    drawn = blur_inside(drawn, target.pixel_weight, blur)
    score = ranking_score(drawn, blurred_target, target.pixel_weight, appearance, points, hidden_from)
    score = score + evidence_cost(target.evidence, camera, points)
    return Refined(camera, score, state.normal_matrix)


def linearize(
    renderer: Renderer,
    camera: Camera,
    target: Float[Tensor, "1 4 H W"],
    inside: Float[Tensor, "1 1 H W"],
    blur: float,
    parameters: int,
    appearance: AppearanceConfig = DEFAULT,
    hidden_from: float | None = None,
    evidence: ViewEvidence | None = None,
) -> Linearized:
    """Render, compare, and assemble the normal equations of the first ``parameters`` parameters."""
    image = image_motion(renderer, camera, target, inside, blur, appearance, hidden_from)
    motion = motion_of(image.points, camera, parameters)
    normal, gradient = normal_equations(image.structure, image.force, motion)
    if evidence is None or not evidence.constrains_pose:
        return Linearized(image.cost, normal, gradient)
    cost, own_normal, own_gradient = linearize_evidence(evidence, camera, image.surface, parameters)
    return Linearized(image.cost + cost, normal + own_normal, gradient + own_gradient)


@dataclass(frozen=True)
class ImageMotion:
    """How cost responds to the motion of each pixel (see ``structure_of``), the ``points`` that move the pixels, the
    ``surface`` that was drawn (see ``RenderedView.points``), and what each pixel adds to the cost."""

    cost: Float[Tensor, " B"]
    structure: Float[Tensor, "B 3 P"]
    force: Float[Tensor, "B 2 P"]
    points: Float[Tensor, "B 4 H W"]
    surface: Float[Tensor, "B 5 H W"]
    cost_map: Float[Tensor, "B 1 H W"]


def image_motion(
    renderer: Renderer,
    camera: Camera,
    target: Float[Tensor, "1 4 H W"],
    inside: Float[Tensor, "1 1 H W"],
    blur: float,
    appearance: AppearanceConfig = DEFAULT,
    hidden_from: float | None = None,
) -> ImageMotion:
    """Render and compare with a target that is blurred already."""
    rgba, surface = renderer.draw(camera)
    rgba = blur_inside(rgba, inside, blur)
    comparison = compare(rgba, target, inside, appearance, surface, hidden_from)
    structure, force = structure_of(comparison, rgba, target)
    points = moving_points(surface, camera, max(1, round(2 * blur)))
    return ImageMotion(comparison.cost, structure, force, points, surface, comparison.cost_map)


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
    comparison: AppearanceResiduals, render: Float[Tensor, "B 4 H W"], target: Float[Tensor, "1 4 H W"]
) -> tuple[Float[Tensor, "B 3 P"], Float[Tensor, "B 2 P"]]:
    """Per pixel the sums over channels of curvature * g g^T (xx, xy, yy) and of weight * g * residual.

    g is minus the mean of the render's and the target's gradients: by how much the render changes per pixel of motion.
    The mean converges in fewer steps than either alone (Benhimane and Malis, "Real-time image-based tracking of planes
    using efficient second-order minimization", 2004).
    """
    mean = (comparison_channels(render, comparison.gain) + comparison_channels(target)) / 2
    dx = torch.zeros_like(mean)
    dy = torch.zeros_like(mean)
    dx[..., 1:-1] = (mean[..., :-2] - mean[..., 2:]) / 2
    dy[..., 1:-1, :] = (mean[..., :-2, :] - mean[..., 2:, :]) / 2
    wx, wy = comparison.curvature * dx, comparison.curvature * dy
    structure = torch.stack([(wx * dx).sum(1), (wx * dy).sum(1), (wy * dy).sum(1)], dim=1)
    wx, wy = comparison.weight * dx, comparison.weight * dy
    force = torch.stack([(wx * comparison.residual).sum(1), (wy * comparison.residual).sum(1)], dim=1)
    return structure.flatten(2), force.flatten(2)


def straightened(camera: Camera, up: Float[Tensor, "3"]) -> Camera:
    """The cameras turned about their viewing axes so that ``up`` (mesh frame) points up in the image."""
    up_in_camera = camera.rotation @ up
    roll = torch.atan2(up_in_camera[:, 0], -up_in_camera[:, 1])
    turn = torch.zeros_like(up_in_camera)
    turn[:, 2] = -roll
    return replace(camera, rotation=rotvec_to_rotmat(turn) @ camera.rotation)


def without_roll(state: Linearized, camera: Camera, up: Float[Tensor, "3"]) -> Linearized:
    """The normal equations of the steps that keep ``up`` vertical in the image."""
    up_in_camera = camera.rotation @ up
    x_axis = torch.zeros_like(up_in_camera)
    x_axis[:, 0] = 1
    forbidden = torch.zeros_like(state.gradient)
    forbidden[:, :3] = torch.nn.functional.normalize(torch.linalg.cross(up_in_camera, x_axis), dim=1)
    outer = forbidden[:, :, None] * forbidden[:, None]
    keep = torch.eye(outer.shape[-1], device=outer.device) - outer
    normal = keep @ state.normal_matrix @ keep
    scale = state.normal_matrix.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    return Linearized(state.cost, normal + scale * outer, (keep @ state.gradient[..., None])[..., 0])


def damped_step(state: Linearized, damping: Float[Tensor, " B"]) -> Float[Tensor, "B K"]:
    """Levenberg-Marquardt step in double precision, cut to where the linearisation holds."""
    normal = state.normal_matrix.double()
    diagonal = normal.diagonal(dim1=1, dim2=2)
    floor = 1e-6 * diagonal.amax(1, keepdim=True) + 1e-12
    normal = normal + torch.diag_embed(damping[:, None].double() * diagonal + floor)
    step = torch.linalg.solve(normal, state.gradient.double())
    excess = torch.maximum(step[:, :3].norm(dim=1) / MAX_ROTATION, step[:, 3:].abs().amax(1) / MAX_SHIFT)
    return (step / excess.clamp(min=1.0)[:, None]).float()


def moved(camera: Camera, step: Float[Tensor, "B K"]) -> Camera:
    """The cameras after a step, with rotations kept orthonormal."""
    after = retract(camera, step)
    return replace(after, rotation=special_procrustes(after.rotation))


def _with(camera: Camera, index: Tensor, other: Camera) -> Camera:
    """``camera`` with the cameras at ``index`` replaced."""
    return replace(
        camera,
        rotation=camera.rotation.index_copy(0, index, other.rotation),
        translation=camera.translation.index_copy(0, index, other.translation),
        focal=camera.focal.index_copy(0, index, other.focal),
    )
