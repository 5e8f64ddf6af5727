"""How far a pose can be off: its covariance from the residuals at the optimum."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.camera import Camera
from camera_estimation.refinement.gauss_newton import ImageMotion, motion_of, normal_equations

# Residuals of pixels within a block of this share of the window's longer side count as one observation: blur, texture
# and shape make neighbours err together.
BLOCK = 1 / 16
# What no residual shows: samples of pixels, rounding of stored colours. Standard deviation of every pixel's place.
FLOOR_PIXELS = 0.02
# Variance of a pose found with a deformation beside what its posterior says: real bends are not quite of the modes'
# kind. Errors of generated meshes were 3 times the standard deviations without it.
DEFORMED_SCALE = 9.0
# A direction in which the image says nothing has this standard deviation (radians, radii): not infinity.
LARGEST_DEVIATION = 10.0


def pose_covariance(image: ImageMotion, camera: Camera, parameters: int) -> Float[Tensor, "B K K"]:
    """Covariance of the parameters of ``camera.displaced`` at a minimum, from the normal equations there.

    N^-1 M N^-1 with the normal matrix N and the sum M, over blocks of the image, of the outer product of what each
    block contributes to the gradient: valid also where residuals are correlated within blocks, not all of one variance,
    or due to a model that is not quite right (Huber, "The behavior of maximum likelihood estimates under nonstandard
    conditions", 1967; for blocks Liang and Zeger, "Longitudinal data analysis using generalized linear models", 1986).
    """
    motion = motion_of(image.points, camera, parameters).double()
    normal, _ = normal_equations(image.structure.double(), image.force.double(), motion)
    per_pixel = (motion * image.force.double()[..., None]).sum(1)  # B P K
    height, width = image.points.shape[-2:]
    block = max(1, round(BLOCK * max(height, width)))
    contributions = per_pixel.transpose(1, 2).unflatten(2, (height, width))
    blocks = F.avg_pool2d(contributions, block, ceil_mode=True, divisor_override=1).flatten(2)
    blocks = blocks - blocks.mean(2, keepdim=True)
    occupied = (blocks.abs().amax(1) > 0).sum(1).clamp(min=parameters + 1)
    correction = (occupied / (occupied - parameters))[:, None, None]
    inverse = inverse_within(normal)
    spread = inverse @ (correction * blocks @ blocks.transpose(1, 2)) @ inverse
    return (spread + floor_covariance(motion, image.structure)).float()


def floor_covariance(motion: Float[Tensor, "B 2 P K"], structure: Float[Tensor, "B 3 P"]) -> Float[Tensor, "B K K"]:
    """Of the pose if every part of the image were displaced by ``FLOOR_PIXELS``, all together: as if one pixel were
    seen, in the mean over those that say anything."""
    weight = (structure[:, 0] + structure[:, 2]).double()
    share = weight / weight.sum(1, keepdim=True).clamp(min=1e-30)
    information = torch.einsum("bp,bapk,bapl->bkl", share, motion, motion)
    return inverse_within(information / FLOOR_PIXELS**2)


def inverse_within(matrix: Float[Tensor, "B K K"]) -> Float[Tensor, "B K K"]:
    """Inverse of a symmetric matrix whose directions without information get ``LARGEST_DEVIATION``."""
    values, vectors = torch.linalg.eigh(matrix)
    largest = values.amax(1, keepdim=True).clamp(min=1e-30)
    return vectors @ torch.diag_embed(1 / values.clamp(min=1e-9 * largest)) @ vectors.transpose(1, 2)


def deformed_covariance(normal_matrix: Float[Tensor, "1 K K"], prior_weight: float) -> Float[Tensor, "1 K K"]:
    """Of a pose that was refined with a deformation, which is then nearly all that it can err by: the posterior of
    which cost and prior are the logarithm, with the scale that the prior sets."""
    return DEFORMED_SCALE * prior_weight * inverse_within(normal_matrix.double()).float()


def evidence_against(cost_maps: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B"]:
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
    """Of a pose with that covariance of ``camera.displaced``'s parameters; lengths are then given in ``unit``s of the
    object's radius, in which ``translation`` is."""
    covariance = covariance.double()
    jacobian = torch.zeros((3, len(covariance)), dtype=torch.float64, device=covariance.device)
    jacobian[0, 3] = jacobian[1, 4] = 1.0
    jacobian[:, 5:] = translation.double()[:, None]
    position = (jacobian @ covariance @ jacobian.T).diagonal().clamp(min=0).sqrt().clamp(max=LARGEST_DEVIATION)
    log_focal = float(covariance[6, 6].clamp(min=0).sqrt()) if len(covariance) == 7 else 0.0
    rotation = float(covariance[:3, :3].diagonal().sum().clamp(min=0).sqrt().clamp(max=torch.pi))
    x, y, z = (unit * position).tolist()
    return Uncertainty(rotation, (x, y, z), min(log_focal, LARGEST_DEVIATION))
