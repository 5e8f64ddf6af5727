"""Cameras that are kept upright: a direction of the mesh stays vertical in the image."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera, rotvec_to_rotmat
from camera_estimation.refinement.levenberg_marquardt import Linearization


def keep_upright(camera: Camera, up: Float[Tensor, "3"] | None) -> Camera:
    """The cameras as they are, or without roll where ``up`` (mesh frame) is to stay vertical in the image."""
    return camera if up is None else remove_roll(camera, up)


def remove_roll(camera: Camera, up: Float[Tensor, "3"]) -> Camera:
    """The cameras turned about their viewing axes so that ``up`` (mesh frame) points up in the image."""
    up_in_camera = camera.rotation @ up
    roll = torch.atan2(up_in_camera[:, 0], -up_in_camera[:, 1])
    turn = torch.zeros_like(up_in_camera)
    turn[:, 2] = -roll
    return replace(camera, rotation=rotvec_to_rotmat(turn) @ camera.rotation)


def project_out_roll(current: Linearization, camera: Camera, up: Float[Tensor, "3"]) -> Linearization:
    """The normal equations of the steps that keep ``up`` vertical in the image: the parameters of the rotation are the
    first three."""
    up_in_camera = camera.rotation @ up
    x_axis = torch.zeros_like(up_in_camera)
    x_axis[:, 0] = 1
    forbidden = torch.zeros_like(current.gradient)
    forbidden[:, :3] = F.normalize(torch.linalg.cross(up_in_camera, x_axis), dim=1)
    outer = forbidden[:, :, None] * forbidden[:, None]
    keep = torch.eye(outer.shape[-1], device=outer.device, dtype=outer.dtype) - outer
    normal = keep @ current.normal_matrix @ keep
    scale = current.normal_matrix.diagonal(dim1=1, dim2=2).mean(1)[:, None, None]
    return Linearization(current.cost, normal + scale * outer, (keep @ current.gradient[..., None])[..., 0])
