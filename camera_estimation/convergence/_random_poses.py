"""Random poses at which the mesh is where, and as large as, the target's silhouette is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.images import TargetView
from camera_estimation.rendering import Renderer
from camera_estimation.search import VIEW_DISTANCES, VIEWS_AT_ONCE, silhouette_frame


def uniform_rotations(count: int, seed: int) -> Float[Tensor, "N 3 3"]:
    """Uniform over all rotations, in double precision on the CPU: the same for a seed on every device, and the first
    ones the same whatever ``count`` is."""
    from scipy.spatial.transform import Rotation

    quaternions = np.random.default_rng(seed).standard_normal((count, 4))
    return torch.from_numpy(Rotation.from_quat(quaternions).as_matrix())


@torch.no_grad()
def poses_in_place(renderer: Renderer, rotations: Float[Tensor, "N 3 3"], view: TargetView, full: Camera) -> Camera:
    """Cameras of the full image with about these rotations, at the distance and the place in the image at which the
    mesh's silhouette has the size and the centroid of the target's: in closed form, as in the search, and as exact.

    ``full`` is a batch of one whose pose is ignored. The rotations are turned by what brings the silhouette to its
    place.
    """
    camera = view.camera(full)
    aim, size = silhouette_frame(view.rgba[:, 3:], camera)
    distance = max(1 / (math.sqrt(2) * size.item()), VIEW_DISTANCES[0])
    rotation, translation = [], []
    for part in rotations.to(camera.rotation).split(VIEWS_AT_ONCE):
        seen = _aim_from(renderer, part, distance, max(camera.width, camera.height))
        mask = renderer.draw(seen)[0][:, 3:]
        turn, seen_size = silhouette_frame(mask, seen)
        rotation.append(aim[0].T @ turn @ seen.rotation)
        turned = (turn @ seen.translation[..., None])[..., 0] * (seen_size / size)[:, None]
        translation.append(turned @ aim[0])
    placed = replace(camera[[0] * len(rotations)], rotation=torch.cat(rotation), translation=torch.cat(translation))
    return view.full_camera(placed, full.width, full.height)


def _aim_from(renderer: Renderer, rotation: Float[Tensor, "N 3 3"], distance: float, size: int) -> Camera:
    """Cameras that look at the mesh's centre from ``distance`` object radii; the bounding sphere fills their views."""
    center = torch.zeros(len(rotation), 3, device=renderer.mesh.device)
    center[:, 2] = distance
    pixels = torch.full((len(rotation), 2), size / 2, device=renderer.mesh.device)
    return Camera(rotation, center, pixels * math.sqrt(distance**2 - 1), pixels, size, size)
