"""Errors of an estimated pose against the true one, as pure functions under the names of the literature.

Cameras come in batches of B, of which a batch of one is compared with every one of the other; every function gives B
values. ``points`` are N vertices x of the mesh in world coordinates. A pose (R, t) brings them into the camera's axes:
``R x + t``; the estimated one is written (R', t'). Lengths are in world units, image distances in pixels.

A symmetric object has several true poses; ``Symmetries.equivalents`` lists them, and the error is the least over them::

    error = add(estimated, symmetries.equivalents(true, estimated), points).min()

Sources: ADD and ADD-S: Hinterstoisser et al., "Model based training, detection and pose estimation of texture-less 3D
objects in heavily cluttered scenes", 2012. MSSD and MSPD: Hodan et al., "BOP challenge 2020 on 6D object localization",
2020. The projection error: Brachmann et al., "Uncertainty-driven 6D pose estimation of objects and scenes from a single
RGB image", 2016. They agree with ``add``, ``adi``, ``mssd``, ``mspd`` and ``proj`` of bop_toolkit.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from scipy.spatial import KDTree
from torch import Tensor

from camera_estimation.geometry import Camera, rotmat_geodesic_distance


def rotation_error(estimated: Camera, true: Camera) -> Float[Tensor, " B"]:
    """Angle of the rotation that leads from one pose to the other: arccos((trace(R' R^T) - 1) / 2).

    Args:
        estimated: One camera or B of them.
        true: One camera or B of them.

    Returns:
        Radians, between 0 and pi.
    """
    return rotmat_geodesic_distance(estimated.rotation, true.rotation)


def translation_error(estimated: Camera, true: Camera, center: Float[Tensor, "3"]) -> Float[Tensor, " B"]:
    """How far the object's center c is displaced: |(R' c + t') - (R c + t)|, where the world's origin does not matter.

    Args:
        estimated: One camera or B of them.
        true: One camera or B of them.
        center: Of the mesh, in world coordinates.

    Returns:
        World units.
    """
    return displacements(estimated, true, center[None])[:, 0]


def add(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """ADD, the average distance of model points: mean over x of |(R' x + t') - (R x + t)|.

    Args:
        estimated: One camera or B of them.
        true: One camera or B of them.
        points: Vertices in world coordinates.

    Returns:
        World units; the literature counts a pose as right below a tenth of the mesh's diameter.
    """
    return displacements(estimated, true, points).mean(1)


def add_s(
    estimated: Camera, true: Camera, points: Float[Tensor, "N 3"], nearest: KDTree | None = None
) -> Float[Tensor, " B"]:
    """ADD-S (ADI), for symmetric objects: mean over x of the least |(R' y + t') - (R x + t)| over all points y.

    Args:
        estimated: One camera or B of them.
        true: One camera or B of them.
        points: Vertices in world coordinates, on the CPU.
        nearest: The tree of the same points, where one is at hand: to build it takes longer than to ask it.

    Returns:
        World units. It forgives more than ADD over the true symmetries does.
    """
    tree = KDTree(points.numpy()) if nearest is None else nearest
    # The tree is asked in the object's frame, where the points do not move.
    there = in_camera(true, points) - estimated.translation[:, None]
    back = there @ estimated.rotation  # the inverse of a rotation, applied to rows
    return torch.from_numpy(tree.query(back.numpy())[0]).mean(1)


def mssd(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """MSSD, the maximum surface distance: max over x of |(R' x + t') - (R x + t)|.

    The displacement is a convex function of the point, so the corners of the convex hull give the value of the whole
    mesh. "Symmetry-aware" it is as the least over ``Symmetries.equivalents``.

    Args:
        estimated: One camera or B of them.
        true: One camera or B of them.
        points: Vertices in world coordinates, or the corners of their convex hull.

    Returns:
        World units.
    """
    return displacements(estimated, true, points).amax(1)


def mspd(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """MSPD, the maximum projection distance: max over x of |proj'(R' x + t') - proj(R x + t)|.

    "Symmetry-aware" it is as the least over ``Symmetries.equivalents``.

    Args:
        estimated: One camera or B of them, each with its own intrinsics.
        true: One camera or B of them, each with its own intrinsics.
        points: Vertices in world coordinates. The corners of a convex hull do not suffice.

    Returns:
        Pixels; infinite where a point is behind a camera. BOP scales them to an image of a width of 640.
    """
    return image_displacements(estimated, true, points).amax(1)


def projection_error(estimated: Camera, true: Camera, points: Float[Tensor, "N 3"]) -> Float[Tensor, " B"]:
    """The mean projection distance: mean over x of |proj'(R' x + t') - proj(R x + t)|.

    Args:
        estimated: One camera or B of them, each with its own intrinsics.
        true: One camera or B of them, each with its own intrinsics.
        points: Vertices in world coordinates.

    Returns:
        Pixels; infinite where a point is behind a camera. The literature counts a pose as right below 5.
    """
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
