"""Points of the mesh in the window, and how they move with the pose.

As ``Camera.project`` and ``rendering.motion_of``, of a few hundred points of one camera, for which calls of torch cost
more than what they compute.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera

NEAREST = 1e-6  # depth in front of the camera, in object radii, below which points are as if they had it


def project_points(points: Float[Tensor, "4 N"], camera: Camera) -> Float[np.ndarray, "N 2"]:
    """Pixels of points of the normalised mesh, by a camera (a batch of one in double precision on the CPU)."""
    about_center, depth = _in_camera(points, camera)
    aside = about_center[:2] + camera.translation[0, :2].numpy()[:, None]
    pixels = camera.focal[0].numpy()[:, None] * aside / depth + camera.principal_point[0].numpy()[:, None]
    return np.ascontiguousarray(pixels.T)


def find_motion(points: Float[Tensor, "4 N"], camera: Camera) -> Float[np.ndarray, "2 N 6"]:
    """How the pixels of points of the normalised mesh move, per unit of each of the first six parameters of
    ``geometry.retract``."""
    (x, y, z), depth = _in_camera(points, camera)
    tx, ty, tz = camera.translation[0].numpy()
    u, v = (x + tx) / depth, (y + ty) / depth
    one, none = np.ones_like(u), np.zeros_like(u)
    # d(u, v) = f / depth * (dX - (u, v) dZ) for a point that moves by (dX, dY, dZ).
    across = np.stack([-u * y, z + u * x, -y, one, none, tx - u * tz])
    down = np.stack([-z - v * y, v * x, x, none, one, ty - v * tz])
    focal = camera.focal[0].numpy()[:, None] / depth
    return (np.stack([across, down]) * focal[:, None]).transpose(0, 2, 1)


def _in_camera(
    points: Float[Tensor, "4 N"], camera: Camera
) -> tuple[Float[np.ndarray, "3 N"], Float[np.ndarray, " N"]]:
    """Points about the mesh's center, in the camera's axes, and their depths."""
    about_center = camera.rotation[0].numpy() @ points[:3].numpy()
    return about_center, np.maximum(about_center[2] + float(camera.translation[0, 2]), NEAREST)
