"""How far a pose can be off: its covariance from the residuals at the optimum."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera, retract
from camera_estimation.losses import AppearanceResiduals, PoseLook, comparison_channels
from camera_estimation.refinement import look_points
from camera_estimation.rendering import Renderer, motion_of

# Residuals of pixels within a block of this share of the window's longer side count as one observation: blur, texture
# and shape make neighbours err together.
BLOCK = 1 / 16
# Of central differences: radians and object radii, about a pixel where the object is 200 pixels large.
STEP = 0.01
LONGEST_STEP = 0.3
TURNS = 3  # the first parameters: rotations
# What no residual shows: samples of pixels, rounding of stored colours. Standard deviation of every edge's place.
FLOOR_PIXELS = 0.01
# Variance of a pose found with a deformation beside what its posterior says: real bends are not quite of the modes'
# kind. Without it errors of generated meshes were twice the standard deviations.
DEFORMED_SCALE = 4.0
# A direction in which the image says nothing has this standard deviation (radians, radii): not infinity.
LARGEST_DEVIATION = 10.0


@torch.no_grad()
def pose_covariance(renderer: Renderer, look: PoseLook, parameters: int) -> Float[Tensor, "K K"]:
    """Covariance of the first ``parameters`` parameters of ``geometry.retract`` at a minimum of the cost.

    N^-1 M N^-1 with the normal matrix N and the sum M, over blocks of the image, of the outer product of what each
    block contributes to the gradient: valid also where residuals are correlated within blocks, not all of one variance,
    or due to a model that is not quite right (Huber, "The behavior of maximum likelihood estimates under nonstandard
    conditions", 1967; for blocks Liang and Zeger, "Longitudinal data analysis using generalized linear models", 1986).

    Args:
        renderer: Draws the mesh.
        look: What it shows of one pose.
        parameters: 6, or 7 with the focal length.
    """
    longest = STEP
    jacobian = short_step_jacobian(renderer, look, parameters)
    while True:
        covariance = sandwich_covariance(look.residuals, look.render, jacobian)
        variances, directions = torch.linalg.eigh(covariance)
        deviations = variances.clamp(min=STEP**2, max=LONGEST_STEP**2).sqrt()
        if deviations.max() <= longest:
            return covariance.float()
        # What short steps show of a direction that is hardly seen is noise of the samples' places.
        steps = keep_in_front(deviations[:, None] * directions.T, look.camera)
        along_steps = step_differences(renderer, look, steps)
        jacobian = torch.einsum("kl,lchw->kchw", torch.linalg.inv(steps).float(), along_steps)
        longest = float(deviations.max())


def keep_in_front(steps: Float[Tensor, "K K"], camera: Camera) -> Float[Tensor, "K K"]:
    """Rows shortened so that both ways none of them changes the inverse distance by more than half of it."""
    if steps.shape[1] < 7:
        return steps
    share = 2 * steps[:, 6:].abs() * camera.translation[:, 2:].double()
    return steps / share.clamp(min=1.0)


def sandwich_covariance(
    comparison: AppearanceResiduals, render: Float[Tensor, "1 4 H W"], jacobian: Float[Tensor, "K 4 H W"]
) -> Float[Tensor, "K K"]:
    """N^-1 M N^-1 of ``pose_covariance`` and the floor."""
    normal = torch.einsum("kchw,lchw->kl", jacobian * comparison.curvature, jacobian).double()
    contributions = (jacobian * comparison.weight * comparison.residual).sum(1)
    block = max(1, round(BLOCK * max(contributions.shape[-2:])))
    blocks = F.avg_pool2d(contributions, block, ceil_mode=True, divisor_override=1).flatten(1).double()
    blocks = blocks - blocks.mean(1, keepdim=True)
    parameters = len(jacobian)
    occupied = int((blocks.abs().amax(0) > 0).sum().clamp(min=parameters + 1))
    inverse = inverse_within(normal)
    spread = inverse @ (occupied / (occupied - parameters) * blocks @ blocks.T) @ inverse
    return spread + floor_covariance(normal, comparison_channels(render, comparison.gain), comparison.curvature)


def short_step_jacobian(renderer: Renderer, look: PoseLook, parameters: int) -> Float[Tensor, "K 4 H W"]:
    """By how much the compared channels of the render change per unit of each of the first ``parameters`` parameters.

    Turns are tried out. The motion field is good enough to descend by, but counts pixels within the rim of a round
    object as moving with its surface, and a plain one would seem to tell its rotation. Shifts move the rim as the
    points of the mesh that are seen at it, which the motion field tells.
    """
    image = comparison_channels(look.render, look.residuals.gain)
    dv, du = torch.gradient(image[0], dim=(1, 2))
    motion = motion_of(look_points(look), look.camera, parameters)[0].unflatten(1, image.shape[2:])
    jacobian = -(du[..., None] * motion[0] + dv[..., None] * motion[1]).permute(3, 0, 1, 2)
    turns = STEP * torch.eye(parameters, dtype=torch.float64, device=look.camera.device)[:TURNS]
    return torch.cat([step_differences(renderer, look, turns) / STEP, jacobian[TURNS:]])


def step_differences(renderer: Renderer, look: PoseLook, steps: Float[Tensor, "S K"]) -> Float[Tensor, "S 4 H W"]:
    """Half the differences of the compared channels between a step forth and the same back."""
    around = retract(look.camera[[0] * (2 * len(steps))], torch.cat([steps, -steps]).float())
    render, _ = look.scorer.draw(renderer, around)
    after, before = comparison_channels(render, look.residuals.gain).unflatten(0, (2, len(steps)))
    return (after - before) / 2


def floor_covariance(
    normal: Float[Tensor, "K K"], image: Float[Tensor, "1 4 H W"], curvature: Float[Tensor, "1 4 H W"]
) -> Float[Tensor, "K K"]:
    """Of the pose if every edge of the image were displaced by ``FLOOR_PIXELS``, all together: as if one edge were
    seen, in the mean over those that say anything."""
    dy, dx = torch.gradient(image, dim=(2, 3))
    strength = (curvature * (dx.square() + dy.square())).sum().double().clamp(min=1e-30)
    return inverse_within(normal / strength / FLOOR_PIXELS**2)


def inverse_within(matrix: Float[Tensor, "*B K K"]) -> Float[Tensor, "*B K K"]:
    """Inverse of a symmetric matrix; directions without information get a billion times the least variance."""
    values, vectors = torch.linalg.eigh(matrix)
    largest = values.amax(-1, keepdim=True).clamp(min=1e-30)
    return vectors @ torch.diag_embed(1 / values.clamp(min=1e-9 * largest)) @ vectors.mT


def with_information(covariance: Float[Tensor, "K K"], information: Float[Tensor, "K K"]) -> Float[Tensor, "K K"]:
    """The covariance once more is known, of that inverse covariance, independently."""
    return inverse_within(inverse_within(covariance.double()) + information.double()).float()


def covariance_with_deformation(normal_matrix: Float[Tensor, "K K"], prior_weight: float) -> Float[Tensor, "K K"]:
    """Of a pose that was refined with a deformation, which is then nearly all that it can err by: the posterior of
    which cost and prior are the logarithm, with the scale that the prior sets."""
    return DEFORMED_SCALE * prior_weight * inverse_within(normal_matrix.double()).float()


def evidence_against(cost_maps: Float[Tensor, "B 1 H W"]) -> Float[Tensor, " B"]:
    """For each pose how surely the first one explains the image better: in standard deviations, 0 for the first.

    The difference of their costs over its own standard deviation, with blocks of the image as the observations (Vuong,
    "Likelihood ratio tests for model selection and non-nested hypotheses", 1989).
    """
    block = max(1, round(BLOCK * max(cost_maps.shape[-2:])))
    blocks = F.avg_pool2d(cost_maps, block, ceil_mode=True, divisor_override=1).flatten(1)
    difference = blocks - blocks[:1]
    count = (blocks.amax(0) > 0).sum().clamp(min=2)
    variance = (difference.square().sum(1) - difference.sum(1).square() / count).clamp(min=1e-20)
    return difference.sum(1) / variance.sqrt()


@dataclass(frozen=True)
class Uncertainty:
    """Standard deviations of one pose: of the rotation (the root of the mean squared angle, radians), of the position
    of the mesh's centre in camera axes, and of the logarithm of the focal length (0: known)."""

    rotation: float
    translation: tuple[float, float, float]
    log_focal: float


def uncertainty(covariance: Float[Tensor, "K K"], translation: Float[Tensor, "3"], unit: float) -> Uncertainty:
    """Of a pose with that covariance of ``geometry.retract``'s parameters; lengths are then given in ``unit``s of the
    object's radius, in which ``translation`` is."""
    covariance = covariance.double()
    jacobian = torch.zeros((3, len(covariance)), dtype=torch.float64, device=covariance.device)
    jacobian[0, 3] = jacobian[1, 4] = 1.0
    jacobian[:, 5] = translation.double()
    if len(covariance) == 7:
        jacobian[:, 6] = -translation.double() * translation[2].double()
    position = (jacobian @ covariance @ jacobian.T).diagonal().clamp(min=0).sqrt().clamp(max=LARGEST_DEVIATION)
    log_focal = float(translation[2] * covariance[6, 6].clamp(min=0).sqrt()) if len(covariance) == 7 else 0.0
    rotation = float(covariance[:3, :3].diagonal().sum().clamp(min=0).sqrt().clamp(max=torch.pi))
    x, y, z = (unit * position).tolist()
    return Uncertainty(rotation, (x, y, z), min(log_focal, LARGEST_DEVIATION))
