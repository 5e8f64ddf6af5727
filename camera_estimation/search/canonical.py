"""Bringing silhouettes to one position, size and roll, so that only the direction of view remains to be compared."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera, roll_rotation, rotation_between

# Half the side of the canonical window in root-mean-square radii of the silhouette: a rod reaches to 1.73.
WINDOW = 2.0


def silhouette_frame(
    mask: Float[Tensor, "B 1 H W"], camera: Camera
) -> tuple[Float[Tensor, "B 3 3"], Float[Tensor, " B"]]:
    """Rotations that aim the cameras at the silhouettes' centroids, and the silhouettes' angular sizes.

    The size is the root-mean-square distance from the optical axis, as a tangent, seen by the camera so aimed. Unlike
    the area it does not cut off long thin silhouettes. Empty silhouettes give no rotation and size 1.
    """
    weights = mask.flatten(1)
    rays = pixel_rays(camera)
    forward = rays.new_tensor([0.0, 0.0, 1.0]).expand(len(camera), 3)
    aim = torch.eye(3, dtype=rays.dtype, device=rays.device).expand(len(camera), 3, 3)
    for _ in range(2):  # the centroid moves a little when the image plane turns
        tangent, share = _project_turned(rays, weights, aim)
        centroid = (share[..., None] * tangent).sum(1)
        axis = F.normalize(torch.cat([centroid, torch.ones_like(centroid[:, :1])], dim=1), dim=1)
        aim = rotation_between(axis, forward) @ aim
    tangent, share = _project_turned(rays, weights, aim)
    size = (share * tangent.square().sum(-1)).sum(1).sqrt()
    empty = weights.sum(1) < 1e-6
    aim = torch.where(empty[:, None, None], torch.eye(3, dtype=aim.dtype, device=aim.device), aim)
    return aim, torch.where(empty, 1.0, size).clamp(min=1e-6)


def _project_turned(
    rays: Float[Tensor, "B N 3"], weights: Float[Tensor, "B N"], aim: Float[Tensor, "B 3 3"]
) -> tuple[Float[Tensor, "B N 2"], Float[Tensor, "B N"]]:
    """Where the pixels are on the image planes of the cameras so turned, and each one's share of the silhouette there:
    a pixel's area changes with the cube of its depth."""
    turned = rays @ aim.transpose(1, 2)
    depth = turned[..., 2].clamp(min=1e-3)
    area = weights / depth**3
    return turned[..., :2] / depth[..., None], area / area.sum(1, keepdim=True).clamp(min=1e-9)


def pixel_rays(camera: Camera) -> Float[Tensor, "B N 3"]:
    """Directions (x, y, 1) through all pixel centres, row by row."""
    device = camera.device
    v, u = torch.meshgrid(
        torch.arange(camera.height, device=device) + 0.5, torch.arange(camera.width, device=device) + 0.5, indexing="ij"
    )
    uv = torch.stack([u, v], dim=-1).reshape(1, -1, 2)
    xy = (uv - camera.principal_point[:, None]) / camera.focal[:, None]
    return torch.cat([xy, torch.ones_like(xy[..., :1])], dim=-1)


def canonical_images(
    rgba: Float[Tensor, "B 4 H W"],
    camera: Camera,
    aim: Float[Tensor, "B 3 3"],
    size: Float[Tensor, " B"],
    resolution: int,
) -> Float[Tensor, "B 4 N N"]:
    """What the aimed cameras see in a window of ``WINDOW`` silhouette sizes a side; it has ``resolution`` pixels."""
    ticks = (torch.arange(resolution, device=rgba.device) + 0.5) / resolution * 2 - 1
    y, x = torch.meshgrid(ticks, ticks, indexing="ij")
    plane = torch.stack([x, y], dim=-1).reshape(1, -1, 2) * (WINDOW * size[:, None, None])
    rays = torch.cat([plane, torch.ones_like(plane[..., :1])], dim=-1) @ aim
    uv = rays[..., :2] / rays[..., 2:] * camera.focal[:, None] + camera.principal_point[:, None]
    extent = uv.new_tensor([camera.width, camera.height])
    grid = (uv / extent * 2 - 1).reshape(-1, resolution, resolution, 2)
    return F.grid_sample(rgba, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def roll_rotations(count: int, device: torch.device) -> Float[Tensor, "K 3 3"]:
    """Rotations about the viewing axis, evenly spread over the circle, beginning with none."""
    angle = torch.arange(count, device=device) * (2 * math.pi / count)
    return roll_rotation(angle)
