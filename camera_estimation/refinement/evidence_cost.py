"""What a pose costs that contradicts keypoints or depth, and its normal equations for Gauss-Newton."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.camera import Camera
from camera_estimation.evidence.view_evidence import ViewDepth, ViewEvidence, ViewKeypoints
from camera_estimation.refinement.point_motion import depth_motion_of, motion_of

NEAREST = 1e-3  # object radii: what is nearer, or behind the camera, is not seen
FARTHEST = 10.0  # tolerances: beyond, a depth is trusted no less, or a bad first fit would have nothing to go by
FITTING_ROUNDS = 8  # of scale and shift, each with what is far off counted less
LEAST_OVERLAP = 16.0  # pixels of known depth on the render, from which scale and shift can be told
MOST = 3.0  # what a pixel of known depth costs at most, and where the render does not cover it

# Depth, whose errors go together, tells as much as this many observations that are off by its tolerance each.
DEPTH_OBSERVATIONS = 30
KEYPOINT_CERTAINTY = 3.0  # standard deviations: how unlikely a keypoint is to be wrong

NormalEquations = tuple[Float[Tensor, "B"], Float[Tensor, "B K K"], Float[Tensor, "B K"]]


def evidence_terms(
    evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"]
) -> dict[str, Float[Tensor, "B"]]:
    """What contradicting each kind of evidence costs, differentiable in the camera; ``points`` are the render's."""
    terms = {}
    if evidence.keypoints is not None:
        terms["keypoints"] = evidence.config.keypoint_weight * keypoint_cost(
            evidence.keypoints, camera, evidence.config.keypoint_pixels
        )
    if evidence.depth is not None:
        terms["depth"] = evidence.config.depth_weight * depth_cost(
            evidence.depth, camera, points, evidence.config.depth_tolerance
        )
    return terms


def evidence_cost(evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"]) -> Float[Tensor, "B"]:
    """The sum of ``evidence_terms``."""
    total = torch.zeros(len(camera), device=camera.device)
    return sum(evidence_terms(evidence, camera, points).values(), start=total)


def linearised_evidence(
    evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"], parameters: int
) -> NormalEquations:
    """Cost, J^T W J and J^T W r of all evidence, to be added to those of the image (see gauss_newton.linearise)."""
    config, parts = evidence.config, []
    if evidence.keypoints is not None:
        parts.append((config.keypoint_weight, _keypoint_equations(evidence, camera, parameters)))
    if evidence.depth is not None:
        tolerance = config.depth_tolerance
        parts.append((config.depth_weight, _depth_equations(evidence.depth, camera, points, tolerance, parameters)))
    cost, normal, gradient = (torch.stack([weight * part[i] for weight, part in parts]).sum(0) for i in range(3))
    return cost, normal, gradient


@torch.no_grad()
def evidence_information(
    evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"], parameters: int
) -> Float[Tensor, "B K K"]:
    """The inverse covariance of the camera's parameters as far as keypoints and depth tell them."""
    information = torch.zeros((len(camera), parameters, parameters), device=camera.device)
    if evidence.keypoints is not None:
        normal = _keypoint_equations(evidence, camera, parameters)[1]
        information = information + evidence.keypoints.count * normal
    if evidence.depth is not None:
        normal = _depth_equations(evidence.depth, camera, points, evidence.config.depth_tolerance, parameters)[1]
        information = information + 2 * DEPTH_OBSERVATIONS * normal
    return information


@torch.no_grad()
def keypoint_evidence(keypoints: ViewKeypoints, camera: Camera, pixels: float) -> Float[Tensor, "B"]:
    """For each pose by how many standard deviations the points speak for the first rather than for it."""
    cost = keypoint_cost(keypoints, camera, pixels)
    difference = keypoints.count * (cost - cost[0])
    return KEYPOINT_CERTAINTY * difference.sign() * difference.abs().sqrt()


def keypoint_cost(keypoints: ViewKeypoints, camera: Camera, pixels: float) -> Float[Tensor, "B"]:
    """In [0, 1], the mean over keypoints, weighted by confidence, of how far their reprojections are off: the function
    of Geman and McClure, 1/2 at ``pixels``, so that a wrong point counts no more than its share."""
    projected, in_front = projected_keypoints(keypoints, camera)
    squared = (projected - keypoints.uv).square().sum(-1) / pixels**2
    return (keypoints.confidence * torch.where(in_front, squared / (1 + squared), 1.0)).sum(1)


def projected_keypoints(keypoints: ViewKeypoints, camera: Camera) -> tuple[Float[Tensor, "B N 2"], Bool[Tensor, "B N"]]:
    """In pixels, and whether they are before the camera; those that are not are somewhere."""
    in_camera = keypoints.xyz @ camera.rotation.transpose(1, 2) + camera.translation[:, None]
    depth = in_camera[..., 2:]
    direction = in_camera[..., :2] / depth.clamp(min=NEAREST)
    return direction * camera.focal[:, None] + camera.principal_point[:, None], depth[..., 0] > NEAREST


def _keypoint_equations(evidence: ViewEvidence, camera: Camera, parameters: int) -> NormalEquations:
    keypoints, pixels = evidence.keypoints, evidence.config.keypoint_pixels
    assert keypoints is not None
    projected, in_front = projected_keypoints(keypoints, camera)
    residual = (keypoints.uv - projected).transpose(1, 2)
    squared = residual.square().sum(1) / pixels**2
    weight = (in_front * keypoints.confidence / pixels**2 / (1 + squared).square())[:, None, :, None]
    count = len(camera)
    xyz = keypoints.xyz.T.expand(count, -1, -1)
    motion = motion_of(torch.cat([xyz, torch.ones_like(xyz[:, :1])], dim=1)[:, :, None], camera, parameters)
    normal = torch.einsum("bcnk,bcnl->bkl", weight * motion, motion)
    gradient = torch.einsum("bcnk,bcn->bk", weight * motion, residual)
    return keypoint_cost(keypoints, camera, pixels), normal, gradient


def depth_cost(
    depth: ViewDepth,
    camera: Camera,
    points: Float[Tensor, "B 5 H W"],
    tolerance: float,
    mask: Float[Tensor, "B 1 H W"] | None = None,
) -> Float[Tensor, "B"]:
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
    (object radii) where it is small, then its length, and ``MOST`` where it is large or nothing is rendered.

    Differentiable in the camera, to which the points of the surface stay fixed, and in ``mask``, the rendered one.
    """
    measured, seen = measured_depth(depth, points, tolerance)
    along_x, along_y = _slopes(measured, seen)
    place, z = camera.project(points[:, :3].flatten(2).transpose(1, 2))
    moved = (place - place.detach()).nan_to_num()
    expected = measured.flatten(1) + along_x.flatten(1) * moved[..., 0] + along_y.flatten(1) * moved[..., 1]
    residual = torch.where(seen.flatten(1) > 0, expected - z, 0.0) / tolerance
    cost = saturated((1 + residual.square()).sqrt() - 1).view_as(seen)
    covered = seen if mask is None else seen * mask
    return (covered * cost + (depth.known - covered) * MOST) / depth.known.sum().clamp(min=1.0)


def saturated(cost: Tensor) -> Tensor:
    """Near ``cost`` where that is small, never more than ``MOST``."""
    return MOST * (1 - torch.exp(-cost / MOST))


def _depth_equations(
    depth: ViewDepth, camera: Camera, points: Float[Tensor, "B 5 H W"], tolerance: float, parameters: int
) -> NormalEquations:
    measured, seen = measured_depth(depth, points, tolerance)
    residual = ((measured - points[:, 3:4]) * seen).flatten(1)
    along_x, along_y = (slope.flatten(1)[..., None] for slope in _slopes(measured, seen))
    motion = motion_of(points[:, :4], camera, parameters)
    jacobian = depth_motion_of(points[:, :3].flatten(2), camera, parameters)
    jacobian = (jacobian - along_x * motion[:, 0] - along_y * motion[:, 1]) * seen.flatten(1)[..., None]
    length = (1 + (residual / tolerance).square()).sqrt()
    trust = torch.exp(-(length - 1) / MOST)
    known = depth.known.sum().clamp(min=1.0)
    weight = seen.flatten(1) * trust / (2 * tolerance**2 * length) / known
    if depth.kind != "metric":
        flat = measured.flatten(1)
        fitted = (flat, torch.ones_like(flat)) if depth.kind == "relative" else (flat, flat.square())
        jacobian = _without(fitted, jacobian, weight)
    normal = jacobian.transpose(1, 2) @ (weight[..., None] * jacobian)
    gradient = (jacobian * (weight * residual)[..., None]).sum(1)
    missed = depth.known.sum() - seen.sum((1, 2, 3))
    cost = (seen.flatten(1) * saturated(length - 1)).sum(1) + MOST * missed
    return cost / known, normal, gradient


def measured_depth(
    depth: ViewDepth, points: Float[Tensor, "B 5 H W"], tolerance: float
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """Measured depth in object radii, 0 where none is, and 1 where there is one and a surface in the render too.

    What is known up to scale and shift (its inverse, where ``kind`` says so) gets those that fit the render best: least
    squares in closed form, repeated with the weights of the cost of what is left.
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
            fitted = seen / fitted.clamp(min=1e-3)
        length = (1 + ((fitted - rendered) / tolerance).square()).sqrt()
        weight = seen * torch.exp(-(length - 1).clamp(max=FARTHEST) / MOST) / length
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


def _without(
    fitted: tuple[Float[Tensor, "B P"], ...], jacobian: Float[Tensor, "B P K"], weight: Float[Tensor, "B P"]
) -> Float[Tensor, "B P K"]:
    """What is left of each parameter's effect once scale and shift, whose effects ``fitted`` are, have made up for what
    they can (variable projection: Golub and Pereyra, 1973)."""
    basis = torch.stack(fitted, dim=-1)
    basis = basis / basis.square().mean(1, keepdim=True).sqrt().clamp(min=1e-12)
    weighted = weight[..., None] * basis
    gram = basis.transpose(1, 2) @ weighted
    gram = gram + 1e-6 * gram.diagonal(dim1=1, dim2=2).mean(1)[:, None, None] * torch.eye(2, device=gram.device)
    return jacobian - basis @ torch.linalg.solve(
        gram + 1e-30 * torch.eye(2, device=gram.device), weighted.mT @ jacobian
    )


def _slopes(
    depth: Float[Tensor, "B 1 H W"], seen: Float[Tensor, "B 1 H W"]
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """Change of depth per pixel to the right and down, by central differences; 0 at the rim of what is seen."""
    along_x, along_y = torch.zeros_like(depth), torch.zeros_like(depth)
    along_x[..., 1:-1] = (depth[..., 2:] - depth[..., :-2]) / 2 * seen[..., 2:] * seen[..., :-2]
    along_y[..., 1:-1, :] = (depth[..., 2:, :] - depth[..., :-2, :]) / 2 * seen[..., 2:, :] * seen[..., :-2, :]
    return along_x, along_y


@torch.no_grad()
def at_measured_distance(depth: ViewDepth, camera: Camera, points: Float[Tensor, "B 5 H W"]) -> Camera:
    """The cameras with distance and focal length scaled alike, the object's size in the image kept, so that the median
    of the depth that is seen is the measured one's."""
    seen = (depth.known * (points[:, 3:4] > 0)).flatten(1) > 0
    difference = torch.where(seen, (depth.depth - points[:, 3:4]).flatten(1), torch.nan)
    off = difference.nanmedian(1).values.nan_to_num(0.0)
    distance = camera.translation[:, 2]
    ratio = ((distance + off) / distance).clamp(min=0.05, max=20.0)
    scaled = camera.translation * ratio[:, None]
    return Camera(
        camera.rotation, scaled, camera.focal * ratio[:, None], camera.principal_point, camera.width, camera.height
    )
