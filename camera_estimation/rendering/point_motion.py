"""How points of the mesh move as the camera's parameters change (see ``geometry.retract``)."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera

# Cost, J^T W J and J^T W r of residuals r.
NormalEquations = tuple[Float[Tensor, " B"], Float[Tensor, "B K K"], Float[Tensor, "B K"]]


def motion_of(points: Float[Tensor, "B 4 H W"], camera: Camera, parameters: int) -> Float[Tensor, "B 2 P K"]:
    """How each pixel's point moves in the image.

    Args:
        points: Of each pixel, as ``moving_points`` gives them.
        camera: That sees them.
        parameters: K, how many of the columns of a step of ``retract`` there are: 6 or 7.

    Returns:
        Motion (u, v) in pixels per unit of every parameter; zero where there is no point.
    """
    about_center = points[:, :3].flatten(2).transpose(1, 2) @ camera.rotation.transpose(1, 2)
    x, y, z = about_center.unbind(-1)
    tx, ty, tz = (camera.translation[:, i : i + 1] for i in range(3))
    depth = z + tz
    inverse = torch.where(points[:, 3].flatten(1) > 0, 1 / depth.clamp(min=1e-6), 0.0)
    u, v = (x + tx) * inverse, (y + ty) * inverse
    fx, fy = camera.focal[:, :1] * inverse, camera.focal[:, 1:] * inverse
    # d(u, v) = f / depth * (dX - (u, v) dZ) for a point that moves by (dX, dY, dZ).
    columns_u = [-u * y, z + u * x, -y, torch.ones_like(u), torch.zeros_like(u), tx - u * tz]
    columns_v = [-z - v * y, v * x, x, torch.zeros_like(u), torch.ones_like(u), ty - v * tz]
    motion_u = [fx * column for column in columns_u]
    motion_v = [fy * column for column in columns_v]
    if parameters == 7:
        # Nearer at constant size: the focal length goes down with the distance.
        motion_u.append(-tz * (camera.focal[:, :1] * u + motion_u[5]))
        motion_v.append(-tz * (camera.focal[:, 1:] * v + motion_v[5]))
    return torch.stack([torch.stack(motion_u, -1), torch.stack(motion_v, -1)], dim=1)


def depth_motion_of(points: Float[Tensor, "B 3 P"], camera: Camera, parameters: int) -> Float[Tensor, "B P K"]:
    """Change of each point's depth (mesh units) per unit of every parameter."""
    about_center = points.transpose(1, 2) @ camera.rotation.transpose(1, 2)
    x, y, _ = about_center.unbind(-1)
    none, whole = torch.zeros_like(x), camera.translation[:, 2:].expand_as(x)
    columns = [y, -x, none, none, none, whole, -whole.square()]
    return torch.stack(columns[:parameters], dim=-1)
