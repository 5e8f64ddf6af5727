"""Rotations, under the names of roma where it has them (Brégier, "Deep Regression on Manifolds: A 3D Rotation Case
Study", 2021). A rotation matrix is written ``rotmat``, a rotation vector (axis times angle in radians) ``rotvec``.

They are computed here, and roma is the second opinion of the tests. Importing it loads ``torch._dynamo``, more than a
second for every command; and two of its functions round otherwise in the last digit, which a refinement amplifies where
the image determines the pose badly (measured on whole runs: up to a thousandth of the distance, 0.1 degrees of an
alternative), while its rotation vectors take five times as long.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor


def rotvec_to_rotmat(rotvec: Float[Tensor, "B 3"]) -> Float[Tensor, "B 3 3"]:
    """Rotation matrices exp([v]x) of rotation vectors in radians (Rodrigues); differentiable, also at zero."""
    skew = cross_product_matrix(rotvec)
    angle = (rotvec.square().sum(-1) + 1e-20).sqrt()[:, None, None]
    first = torch.sinc(angle / math.pi)  # sin(angle) / angle
    second = torch.sinc(angle / (2 * math.pi)).square() / 2  # (1 - cos(angle)) / angle^2
    return torch.eye(3, dtype=rotvec.dtype, device=rotvec.device) + first * skew + second * skew @ skew


def special_procrustes(matrix: Float[Tensor, "B 3 3"]) -> Float[Tensor, "B 3 3"]:
    """The rotations nearest to nearly orthonormal matrices (Frobenius norm; Kabsch)."""
    left, _, right = torch.linalg.svd(matrix)
    sign = torch.ones_like(matrix[:, 0])
    sign[:, 2] = torch.linalg.det(left @ right)
    return left * sign[:, None] @ right


def rotmat_geodesic_distance(first: Float[Tensor, "*#B 3 3"], second: Float[Tensor, "*#B 3 3"]) -> Float[Tensor, "..."]:
    """Angles in radians between rotations: from |R2 - R1| = 2 sqrt(2) sin(angle / 2) (Frobenius norm), which is exact
    for small angles, where the arccosine of the trace is not."""
    chord = torch.linalg.matrix_norm(second - first) / (2 * math.sqrt(2))
    return 2 * torch.asin(chord.clamp(max=1.0))


def cross_product_matrix(vector: Float[Tensor, "*B 3"]) -> Float[Tensor, "*B 3 3"]:
    """[v]x with [v]x @ w = v x w."""
    x, y, z = vector.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).reshape(*vector.shape[:-1], 3, 3)


def rotation_between(source: Float[Tensor, "B 3"], target: Float[Tensor, "B 3"]) -> Float[Tensor, "B 3 3"]:
    """The smallest rotations that turn unit vectors ``source`` into unit vectors ``target`` (not opposite ones)."""
    axis = torch.linalg.cross(source, target)
    cosine = (source * target).sum(-1)[:, None, None]
    skew = cross_product_matrix(axis)
    return torch.eye(3, dtype=source.dtype, device=source.device) + skew + skew @ skew / (1 + cosine)


def roll_rotation(roll: Float[Tensor, " B"]) -> Float[Tensor, "B 3 3"]:
    """Rotations about the viewing axis, which turn the picture clockwise by ``roll`` (radians)."""
    cos, sin, zero, one = roll.cos(), roll.sin(), torch.zeros_like(roll), torch.ones_like(roll)
    return torch.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], dim=-1).reshape(-1, 3, 3)


def look_at_rotation(view_direction: Float[Tensor, "B 3"], up: Float[Tensor, "3"]) -> Float[Tensor, "B 3 3"]:
    """World-to-camera rotations of upright cameras (OpenCV axes).

    Args:
        view_direction: Unit vectors along the optical axes, in world axes.
        up: Unit vector in world axes. Where a view is parallel to it any horizontal axis serves as the image's x axis.
    """
    up = up.expand_as(view_direction)
    right = torch.linalg.cross(view_direction, up)
    length = right.norm(dim=-1, keepdim=True)
    fallback = torch.linalg.cross(view_direction, up.roll(1, dims=-1))
    right = torch.where(length > 1e-6, right, fallback)
    right = right / right.norm(dim=-1, keepdim=True)
    down = torch.linalg.cross(view_direction, right)
    return torch.stack([right, down, view_direction], dim=-2)
