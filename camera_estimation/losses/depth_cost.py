"""What a pose costs whose surface is not where depth was measured, and its normal equations for Gauss-Newton."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.images import ViewDepth
from camera_estimation.rendering import NormalEquations, depth_motion_of, motion_of

NEAREST = 1e-3  # object radii, and their inverse: depths are at least this
FARTHEST = 10.0  # tolerances: beyond, a depth is trusted no less, or a bad first fit would have nothing to go by
FITTING_ROUNDS = 8  # of scale and shift, each with what is far off counted less
LEAST_OVERLAP = 16.0  # pixels of known depth on the render, from which scale and shift can be told
MOST = 3.0  # what a pixel of known depth costs at most, and where the render does not cover it


def depth_cost(
    depth: ViewDepth,
    camera: Camera,
    points: Float[Tensor, "B 5 H W"],
    tolerance: float,
    mask: Float[Tensor, "B 1 H W"] | None = None,
) -> Float[Tensor, " B"]:
    """The sum of ``depth_cost_map``."""
    return depth_cost_map(depth, camera, points, tolerance, mask).sum((1, 2, 3))


def depth_cost_map(
    depth: ViewDepth,
    camera: Camera,
    points: Float[Tensor, "B 5 H W"],
    tolerance: float,
    mask: Float[Tensor, "B 1 H W"] | None = None,
) -> Float[Tensor, "B 1 H W"]:
    """What each pixel adds to the mean over known pixels of how far the visible surface is from its measured depth,
    after the best scale and shift where depth is not metric: half the square of the difference in ``tolerance``s
    where it is small, then its length, and ``MOST`` where it is large or nothing is rendered.

    Args:
        depth: Measured, in the target's view.
        camera: Of the renders; the map is differentiable in it, with the points of the surface fixed.
        points: The surface points of the renders (see ``RenderedView.points``), in object radii.
        tolerance: In object radii.
        mask: Coverage of the renders, in which the map is differentiable too; without it what has points is covered.
    """
    measured, seen = align_depth(depth, points, tolerance)
    along_x, along_y = _slopes(measured, seen)
    place, z = camera.project(points[:, :3].flatten(2).transpose(1, 2))
    moved = (place - place.detach()).nan_to_num()
    expected = measured.flatten(1) + along_x.flatten(1) * moved[..., 0] + along_y.flatten(1) * moved[..., 1]
    residual = torch.where(seen.flatten(1) > 0, expected - z, 0.0) / tolerance
    cost = robust(residual)[0].view_as(seen)
    covered = seen if mask is None else seen * mask
    return (covered * cost + (depth.known - covered) * MOST) / depth.known.sum().clamp(min=1.0)


def robust(residual: Tensor, farthest: float = math.inf) -> tuple[Tensor, Tensor]:
    """The cost of differences in tolerances, the pseudo-Huber function saturated at ``MOST``, and the weight of half
    their squares that descends it, which falls little beyond ``farthest``."""
    length = (1 + residual.square()).sqrt()
    cost = MOST * (1 - torch.exp(-(length - 1) / MOST))
    return cost, torch.exp(-(length - 1).clamp(max=farthest) / MOST) / length


def depth_equations(
    depth: ViewDepth, camera: Camera, points: Float[Tensor, "B 5 H W"], tolerance: float, parameters: int
) -> NormalEquations:
    """Cost, J^T W J and J^T W r, as ``evidence.linearize_evidence``."""
    measured, seen = align_depth(depth, points, tolerance)
    residual = ((measured - points[:, 3:4]) * seen).flatten(1)
    along_x, along_y = (slope.flatten(1)[..., None] for slope in _slopes(measured, seen))
    motion = motion_of(points[:, :4], camera, parameters)
    jacobian = depth_motion_of(points[:, :3].flatten(2), camera, parameters)
    jacobian = (jacobian - along_x * motion[:, 0] - along_y * motion[:, 1]) * seen.flatten(1)[..., None]
    costs, weight = robust(residual / tolerance)
    known = depth.known.sum().clamp(min=1.0)
    weight = seen.flatten(1) * weight / (2 * tolerance**2 * known)
    if depth.kind != "metric":
        flat = measured.flatten(1)
        fitted = (flat, torch.ones_like(flat)) if depth.kind == "relative" else (flat, flat.square())
        jacobian = _project_out(fitted, jacobian, weight)
    normal = jacobian.transpose(1, 2) @ (weight[..., None] * jacobian)
    gradient = (jacobian * (weight * residual)[..., None]).sum(1)
    missed = depth.known.sum() - seen.sum((1, 2, 3))
    cost = (seen.flatten(1) * costs).sum(1) + MOST * missed
    return cost / known, normal, gradient


def align_depth(
    depth: ViewDepth, points: Float[Tensor, "B 5 H W"], tolerance: float
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """Measured depth in the units of the render.

    What is known up to scale and shift (its inverse, where ``kind`` says so) gets those that fit the render best: least
    squares in closed form, repeated with the weights of the cost of what is left.

    Args:
        depth: Measured, in the target's view.
        points: The surface points of the renders (see ``RenderedView.points``).
        tolerance: In object radii; differences beyond it count less in the fit.

    Returns:
        Depth in object radii, 0 where none is known; and 1 where one is known and the render has a surface too, else 0.
    """
    rendered = points[:, 3:4]
    seen = depth.known * (rendered > 0)
    if depth.kind == "metric":
        return depth.depth * seen, seen
    inverse = depth.kind == "inverse"
    goal = torch.where(seen > 0, 1 / rendered.clamp(min=NEAREST) if inverse else rendered, 0.0)
    weight, fitted = seen, rendered * seen
    for _ in range(FITTING_ROUNDS):
        if inverse:  # where this ends, the weighted differences of depth, not of its inverse, are least
            weight = weight * fitted**3 * rendered
        scale, shift = _scale_and_shift(depth.depth, goal, weight)
        fitted = (scale * depth.depth + shift) * seen
        if inverse:
            fitted = seen / fitted.clamp(min=NEAREST)
        weight = seen * robust((fitted - rendered) / tolerance, FARTHEST)[1]
    enough = seen.sum((1, 2, 3), keepdim=True) >= LEAST_OVERLAP
    return torch.where(enough, fitted, rendered * seen), seen


def _scale_and_shift(
    values: Float[Tensor, "1 1 H W"], goal: Float[Tensor, "B 1 H W"], weight: Float[Tensor, "B 1 H W"]
) -> tuple[Float[Tensor, "B 1 1 1"], Float[Tensor, "B 1 1 1"]]:
    """Of ``values``, towards ``goal``; never a negative scale, which would turn the surface inside out."""
    total = weight.sum((1, 2, 3), keepdim=True).clamp(min=1e-6)
    mean = (weight * values).sum((1, 2, 3), keepdim=True) / total
    goal_mean = (weight * goal).sum((1, 2, 3), keepdim=True) / total
    variance = (weight * (values - mean).square()).sum((1, 2, 3), keepdim=True).clamp(min=1e-9)
    scale = (weight * (values - mean) * (goal - goal_mean)).sum((1, 2, 3), keepdim=True) / variance
    scale = scale.clamp(min=0.0)
    return scale, goal_mean - scale * mean


def _project_out(
    fitted: tuple[Float[Tensor, "B P"], ...], jacobian: Float[Tensor, "B P K"], weight: Float[Tensor, "B P"]
) -> Float[Tensor, "B P K"]:
    """What is left of each parameter's effect once scale and shift, whose effects ``fitted`` are, have made up for what
    they can (variable projection: Golub and Pereyra, 1973)."""
    basis = torch.stack(fitted, dim=-1)
    basis = basis / basis.square().mean(1, keepdim=True).sqrt().clamp(min=1e-12)
    weighted = weight[..., None] * basis
    gram = basis.transpose(1, 2) @ weighted
    floor = 1e-6 * gram.diagonal(dim1=1, dim2=2).mean(1)[:, None, None] + 1e-30
    gram = gram + floor * torch.eye(2, device=gram.device)
    return jacobian - basis @ torch.linalg.solve(gram, weighted.mT @ jacobian)


def _slopes(
    depth: Float[Tensor, "B 1 H W"], seen: Float[Tensor, "B 1 H W"]
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """Change of depth per pixel to the right and down, by central differences; 0 at the rim of what is seen."""
    along_x, along_y = torch.zeros_like(depth), torch.zeros_like(depth)
    along_x[..., 1:-1] = (depth[..., 2:] - depth[..., :-2]) / 2 * seen[..., 2:] * seen[..., :-2]
    along_y[..., 1:-1, :] = (depth[..., 2:, :] - depth[..., :-2, :]) / 2 * seen[..., 2:, :] * seen[..., :-2, :]
    return along_x, along_y


@torch.no_grad()
def match_median_depth(depth: ViewDepth, camera: Camera, points: Float[Tensor, "B 5 H W"]) -> Camera:
    """The cameras with distance and focal length scaled alike, the object's size in the image kept, so that the median
    of the depth that is seen is the measured one's."""
    seen = (depth.known * (points[:, 3:4] > 0)).flatten(1) > 0
    difference = torch.where(seen, (depth.depth - points[:, 3:4]).flatten(1), torch.nan)
    off = difference.nanmedian(1).values.nan_to_num(0.0)
    distance = camera.translation[:, 2]
    ratio = ((distance + off) / distance).clamp(min=0.05, max=20.0)
    scaled = camera.translation * ratio[:, None]
    return replace(camera, translation=scaled, focal=camera.focal * ratio[:, None])
