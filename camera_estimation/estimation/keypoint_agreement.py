"""Which keypoints an estimated camera agrees with."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.estimation._keypoint_visibility import find_hidden_points
from camera_estimation.geometry import Camera
from camera_estimation.images import Keypoints
from camera_estimation.rendering import Renderer

REJECTED_FROM = 2.0  # tolerances: there a point's cost is four fifths of the most that it can be, and its pull little


@dataclass(frozen=True, eq=False)
class KeypointAgreement:
    """``projected`` are the points as the camera sees them, in pixels of the full image, not finite behind it;
    ``error`` their distances from where they were given, ``rejected`` those too far to have been followed, ``hidden``
    those on surfaces that the camera does not see."""

    projected: Float[Tensor, "N 2"]
    error: Float[Tensor, " N"]
    rejected: Bool[Tensor, " N"]
    hidden: Bool[Tensor, " N"]


@torch.no_grad()
def keypoint_agreement(keypoints: Keypoints, camera: Camera, renderer: Renderer, tolerance: float) -> KeypointAgreement:
    """Of one world camera; ``tolerance`` is in pixels of the full image."""
    mesh = renderer.mesh
    uv, depth = camera.to("cpu", torch.float64).project(keypoints.xyz[None])
    projected = torch.where(depth[0, :, None] > 0, uv[0], torch.inf)
    error = (projected - keypoints.uv).norm(dim=-1)
    normalized = (keypoints.xyz - mesh.center.to(keypoints.xyz)) / mesh.radius
    hidden = find_hidden_points(renderer, mesh.to_normalized(camera), normalized)
    return KeypointAgreement(projected, error, ~(error <= REJECTED_FROM * tolerance), hidden.cpu())
