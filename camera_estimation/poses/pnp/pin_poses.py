"""The pose nearest to a given one that brings points of a mesh to where they are held in the image.

Of few points many poses do; with four and more it is that of least squares. A pose that follows points as they are
dragged must neither jump between solutions nor turn where a shift is enough.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from camera_estimation.geometry import Camera
from camera_estimation.images import Keypoints

# What a change costs beside an error of the points: a turn out of the image's plane, one in it, a shift by the
# distance, a factor e of the distance and of the focal length. Small, so that points are met to a fraction of a pixel.
STAY = 3e-4
TURN, ROLL, SHIFT, APPROACH, ZOOM = 1.0, 0.5, 0.1, 0.6, 2.0
MOST_EVALUATIONS = 60


def nearest_pose(
    keypoints: Keypoints, camera: Camera, center: Float[torch.Tensor, "3"], optimize_focal: bool = False
) -> Camera:
    """A world camera that sees points where they are held.

    Args:
        keypoints: Any number of points; those of confidence 0 do not count.
        camera: Of the full image, one; where the object is before.
        center: Of the mesh, in world coordinates: it is turned about that.
        optimize_focal: Whether the focal length follows too, at constant size in the image.

    Returns:
        It, in double precision.
    """
    camera, center = camera.to("cpu", torch.float64), center.to("cpu", torch.float64)
    used = keypoints.confidence > 0
    if not bool(used.any()):
        return camera
    problem = _Problem(keypoints, used.numpy(), camera, center)
    start = np.zeros(7 if optimize_focal else 6)
    found = least_squares(problem.residuals, start, method="trf", x_scale=0.1, max_nfev=MOST_EVALUATIONS)
    return problem.camera_at(found.x)


class _Problem:
    """Errors of points, and what it costs to leave the pose before, as functions of a step: a rotation vector about the
    object's center in camera axes, a shift in units of its distance, the logarithms of factors of distance and focal
    length."""

    def __init__(self, keypoints: Keypoints, used: np.ndarray, camera: Camera, center: torch.Tensor) -> None:
        self.camera = camera
        self.rotation = camera.rotation[0].numpy()
        self.center = center.numpy()
        self.place = self.rotation @ self.center + camera.translation[0].numpy()
        self.points = keypoints.xyz.double().numpy()[used] - self.center
        self.uv = keypoints.uv.double().numpy()[used]
        self.focal = camera.focal[0].numpy()
        self.principal_point = camera.principal_point[0].numpy()
        self.weight = np.sqrt(keypoints.confidence.double().numpy()[used] / keypoints.confidence.max().item())[:, None]
        self.cost = STAY * np.array([TURN, TURN, ROLL, SHIFT, SHIFT, APPROACH, ZOOM])

    def residuals(self, step: Float[np.ndarray, " K"]) -> Float[np.ndarray, " R"]:
        """In tangents of angles, so that neither the image's size nor the mesh's unit matters."""
        turn, place, zoom = self._apply(step)
        seen = self.points @ turn.T + place
        depth = np.maximum(seen[:, 2:], 1e-6 * abs(self.place[2]))
        errors = (seen[:, :2] / depth * self.focal * zoom + self.principal_point - self.uv) / self.focal.mean()
        return np.concatenate([(self.weight * errors).ravel(), self.cost[: len(step)] * step])

    def camera_at(self, step: Float[np.ndarray, " K"]) -> Camera:
        """The pose before after a step."""
        turn, place, zoom = self._apply(step)
        translation = place - turn @ self.center
        return replace(
            self.camera,
            rotation=torch.from_numpy(turn)[None],
            translation=torch.from_numpy(translation)[None],
            focal=self.camera.focal * zoom,
        )

    def _apply(self, step: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        zoom = float(np.exp(step[6])) if len(step) > 6 else 1.0
        turn = Rotation.from_rotvec(step[:3]).as_matrix() @ self.rotation
        shift = np.array([step[3], step[4], 0.0]) * self.place[2]
        return turn, (self.place + shift) * np.exp(step[5]) * zoom, zoom
