"""What a pose costs that contradicts keypoints or depth, and its normal equations for Gauss-Newton."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.images import ViewEvidence, ViewKeypoints
from camera_estimation.losses.depth_cost import depth_cost, depth_equations
from camera_estimation.rendering import NormalEquations, motion_of

NEAREST = 1e-3  # object radii: what is nearer, or behind the camera, is not seen

# Depth, whose errors go together, tells as much as this many observations that are off by its tolerance each.
DEPTH_OBSERVATIONS = 30
KEYPOINT_CERTAINTY = 3.0  # standard deviations: how unlikely a keypoint is to be wrong


def evidence_terms(
    evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"]
) -> dict[str, Float[Tensor, " B"]]:
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


def evidence_cost(evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"]) -> Float[Tensor, " B"]:
    """The sum of ``evidence_terms``."""
    total = torch.zeros(len(camera), device=camera.device)
    return sum(evidence_terms(evidence, camera, points).values(), start=total)


def linearize_evidence(
    evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"], parameters: int
) -> NormalEquations:
    """Cost, J^T W J and J^T W r of all evidence, to be added to those of the image.

    Args:
        evidence: Of the target's view.
        camera: Poses, as cameras of that view.
        points: The surface points of their renders (see ``RenderedView.points``).
        parameters: How many of the camera's parameters are moved (see ``geometry.retract``).
    """
    config, parts = evidence.config, []
    if evidence.keypoints is not None:
        equations = _keypoint_equations(evidence.keypoints, camera, config.keypoint_pixels, parameters)
        parts.append((config.keypoint_weight, equations))
    if evidence.depth is not None:
        equations = depth_equations(evidence.depth, camera, points, config.depth_tolerance, parameters)
        parts.append((config.depth_weight, equations))
    cost, normal, gradient = (torch.stack([weight * part[i] for weight, part in parts]).sum(0) for i in range(3))
    return cost, normal, gradient


@torch.no_grad()
def evidence_information(
    evidence: ViewEvidence, camera: Camera, points: Float[Tensor, "B 5 H W"], parameters: int
) -> Float[Tensor, "B K K"]:
    """The inverse covariance of the camera's parameters as far as keypoints and depth tell them."""
    information = torch.zeros((len(camera), parameters, parameters), device=camera.device)
    if evidence.keypoints is not None:
        normal = _keypoint_equations(evidence.keypoints, camera, evidence.config.keypoint_pixels, parameters)[1]
        information = information + evidence.keypoints.count * normal
    if evidence.depth is not None:
        normal = depth_equations(evidence.depth, camera, points, evidence.config.depth_tolerance, parameters)[1]
        information = information + 2 * DEPTH_OBSERVATIONS * normal
    return information


@torch.no_grad()
def keypoint_evidence(keypoints: ViewKeypoints, camera: Camera, pixels: float) -> Float[Tensor, " B"]:
    """For each pose by how many standard deviations the points speak for the first rather than for it."""
    cost = keypoint_cost(keypoints, camera, pixels)
    difference = keypoints.count * (cost - cost[0])
    return KEYPOINT_CERTAINTY * difference.sign() * difference.abs().sqrt()


def keypoint_cost(keypoints: ViewKeypoints, camera: Camera, pixels: float) -> Float[Tensor, " B"]:
    """In [0, 1], the mean over keypoints, weighted by confidence, of how far their reprojections are off: the function
    of Geman and McClure, 1/2 at ``pixels``, so that a wrong point counts no more than its share."""
    projected, in_front = project_keypoints(keypoints, camera)
    squared = (projected - keypoints.uv).square().sum(-1) / pixels**2
    return (keypoints.confidence * torch.where(in_front, squared / (1 + squared), 1.0)).sum(1)


def project_keypoints(keypoints: ViewKeypoints, camera: Camera) -> tuple[Float[Tensor, "B N 2"], Bool[Tensor, "B N"]]:
    """In pixels, and whether they are before the camera; those that are not are somewhere."""
    in_camera = keypoints.xyz @ camera.rotation.transpose(1, 2) + camera.translation[:, None]
    depth = in_camera[..., 2:]
    direction = in_camera[..., :2] / depth.clamp(min=NEAREST)
    return direction * camera.focal[:, None] + camera.principal_point[:, None], depth[..., 0] > NEAREST


def _keypoint_equations(keypoints: ViewKeypoints, camera: Camera, pixels: float, parameters: int) -> NormalEquations:
    projected, in_front = project_keypoints(keypoints, camera)
    residual = (keypoints.uv - projected).transpose(1, 2)
    squared = residual.square().sum(1) / pixels**2
    weight = (in_front * keypoints.confidence / pixels**2 / (1 + squared).square())[:, None, :, None]
    count = len(camera)
    xyz = keypoints.xyz.T.expand(count, -1, -1)
    motion = motion_of(torch.cat([xyz, torch.ones_like(xyz[:, :1])], dim=1)[:, :, None], camera, parameters)
    normal = torch.einsum("bcnk,bcnl->bkl", weight * motion, motion)
    gradient = torch.einsum("bcnk,bcn->bk", weight * motion, residual)
    return keypoint_cost(keypoints, camera, pixels), normal, gradient
