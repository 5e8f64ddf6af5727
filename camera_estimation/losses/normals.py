"""Directions of the surface that a render shows, and the functions of them that light makes."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F


def screen_normals(points: Float[Tensor, "B 5 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Normals, in the mesh's frame, of the surface through the ``points`` of neighbouring pixels; zero beside it."""
    seen = (points[:, 3:4] > 0).to(points)
    position = F.pad(points[:, :3], (1, 1, 1, 1), mode="replicate")
    across = position[:, :, 1:-1, 2:] - position[:, :, 1:-1, :-2]
    down = position[:, :, 2:, 1:-1] - position[:, :, :-2, 1:-1]
    whole = -F.max_pool2d(-F.pad(seen, (1, 1, 1, 1)), 3, stride=1)
    return F.normalize(torch.linalg.cross(down, across, dim=1), dim=1) * whole


def spherical_harmonics(normal: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 9 H W"]:
    """Real spherical harmonics to second order, without their constant factors; where there is no normal only the
    constant one."""
    x, y, z = normal.unbind(1)
    known = x * x + y * y + z * z
    second = [x * y, y * z, z * x, x * x - y * y, 3 * z * z - known]
    return torch.stack([torch.ones_like(x), x, y, z, *second], dim=1)
