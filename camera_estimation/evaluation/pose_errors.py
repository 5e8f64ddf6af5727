"""Errors of an estimated pose against the true one, as pure functions.

Cameras come in batches of B, of which a batch of one is compared with every one of the other; every function gives B
values. ``points`` are vertices in world coordinates. Lengths are in world units, image distances in pixels.

A symmetric object has several true poses, ``symmetries.Symmetries.equivalents`` lists them: the error is the least
over them. Sources: ADD and ADD-S (Hinterstoisser et al., "Model based training, detection and pose estimation of
texture-less 3D objects in heavily cluttered scenes", 2012), MSSD and MSPD (Hodan et al., "BOP challenge 2020 on 6D
object localization", 2020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera, rotmat_geodesic_distance

if TYPE_CHECKING:
    from scipy.spatial import KDTree


def rotation_error(estimated: Camera, true: Camera) -> Float[Tensor, " B"]:
    """Angle in radians of the rotation that leads from one pose to the other."""
    return rotmat_geodesic_distance(estimated.rotation, true.rotation)


def translation_error(estimated: Camera, true: Camera, center: Float[Tensor, "3"]) -> Float[Tensor, " B"]:
    """How far the object's centre is displaced in camera coordinates, so that the world's origin does not matter."""
    return displacements(estimated, true, center[None])[:, 0]


def add(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """ADD: mean displacement of the points."""
    return displacements(estimated, true, points).mean(1)


def add_s(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"], nearest: KDTree) -> Float[Tensor, " B"]:
    """ADD-S: mean distance of the points in the true pose from the nearest one in the estimated pose.

    ``nearest`` is the tree of the same points. It is asked in the object's frame, where they do not move.
    """
    there = in_camera(true, points) - estimated.translation[:, None]
    back = there @ estimated.rotation  # the inverse of a rotation, applied to rows
    return torch.from_numpy(nearest.query(back.numpy())[0]).mean(1)


def mssd(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """MSSD: greatest displacement of the points. The displacement is a convex function of the point, so the corners of
    the convex hull give the value of the whole mesh."""
    return displacements(estimated, true, points).amax(1)


def mspd(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """MSPD: greatest displacement of the points in the image, each camera with its own intrinsics."""
    return image_displacements(estimated, true, points).amax(1)


def projection_error(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """Mean displacement of the points in the image, each camera with its own intrinsics."""
    return image_displacements(estimated, true, points).mean(1)


def in_camera(camera: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, "B N 3"]:
    """Points in camera coordinates."""
    return points @ camera.rotation.transpose(-1, -2) + camera.translation[:, None]


def displacements(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, "B N"]:
    """Distance of each point in the one pose from itself in the other."""
    return (in_camera(estimated, points) - in_camera(true, points)).norm(dim=-1)


def image_displacements(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, "B N"]:
    """Distance of each point's projections in pixels; infinite where one of them is behind its camera."""
    found, depth_found = estimated.project(points[None])
    expected, depth_expected = true.project(points[None])
    in_front = (depth_found > 0) & (depth_expected > 0)
    return torch.where(in_front, (found - expected).norm(dim=-1), torch.inf)
