"""Batches of poses of one set of points, their reprojection errors, and their least-squares refinement.

Everything is relative to the points' own centre and scale (see ``Observations``), so that neither the unit nor the
origin of the mesh matters. Double precision numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

REFINEMENT_STEPS = 12
FIRST_DAMPING, LEAST_DAMPING, GREATEST_DAMPING = 1e-3, 1e-9, 1e9
NEAR = 1e-9  # depth in units of the points' scale under which a point counts as behind the camera


@dataclass(frozen=True, eq=False)
class Observations:
    """N points and where they are seen.

    ``points`` are relative to their centre, in units of their scale; ``image`` is in pixels relative to the principal
    point, divided by ``stretch`` (x, y), which makes pixels square; ``confidence`` is greater than 0.
    """

    points: Float[np.ndarray, "N 3"]
    image: Float[np.ndarray, "N 2"]
    stretch: Float[np.ndarray, "2"]
    confidence: Float[np.ndarray, " N"]


@dataclass(frozen=True, eq=False)
class PoseBatch:
    """K poses: camera = rotation @ point + translation (OpenCV axes), ``focal`` in pixels of the square grid."""

    rotation: Float[np.ndarray, "K 3 3"]
    translation: Float[np.ndarray, "K 3"]
    focal: Float[np.ndarray, " K"]

    def __len__(self) -> int:
        return len(self.focal)

    def __getitem__(self, index) -> PoseBatch:
        return PoseBatch(self.rotation[index], self.translation[index], self.focal[index])

    def errors(self, observed: Observations) -> Float[np.ndarray, "K N"]:
        """Distances in pixels of the original image between points and where they are seen; infinite behind the
        camera."""
        camera = self.in_camera(observed)
        depth = camera[..., 2]
        offset = (self._project(camera) - observed.image) * observed.stretch
        return np.where(depth > NEAR, np.linalg.norm(offset, axis=-1), np.inf)

    def in_camera(self, observed: Observations) -> Float[np.ndarray, "K N 3"]:
        return observed.points @ self.rotation.transpose(0, 2, 1) + self.translation[:, None]

    def _project(self, camera: Float[np.ndarray, "K N 3"]) -> Float[np.ndarray, "K N 2"]:
        return camera[..., :2] / np.maximum(camera[..., 2:], NEAR) * self.focal[:, None, None]

    def _cost(self, observed: Observations, weight: Float[np.ndarray, "K N"]) -> Float[np.ndarray, " K"]:
        used = weight > 0
        return (weight * np.square(self.errors(observed), where=used, out=np.zeros(weight.shape))).sum(-1)

    def refine(
        self, observed: Observations, weight: Float[np.ndarray, "K N"], free_focal: Bool[np.ndarray, " K"]
    ) -> PoseBatch:
        """The poses after Levenberg-Marquardt steps that lessen the weighted squared errors, with their focal lengths
        where those are free."""
        poses, cost = self, self._cost(observed, weight)
        damping = np.full(len(self), FIRST_DAMPING)
        for _ in range(REFINEMENT_STEPS):
            trial = poses._apply_step(poses._step(observed, weight, free_focal, damping))
            trial_cost = trial._cost(observed, weight)
            better = trial_cost < cost
            poses = _where(better, trial, poses)
            cost = np.where(better, trial_cost, cost)
            damping = np.clip(np.where(better, 0.1, 10.0) * damping, LEAST_DAMPING, GREATEST_DAMPING)
        return poses

    def _step(
        self,
        observed: Observations,
        weight: Float[np.ndarray, "K N"],
        free_focal: Bool[np.ndarray, " K"],
        damping: Float[np.ndarray, " K"],
    ) -> Float[np.ndarray, "K 7"]:
        """Rotation vector about the points' centre in camera axes, shift in units of the distance, log of a factor of
        focal length and distance."""
        camera = self.in_camera(observed)
        residual = (self._project(camera) - observed.image) * observed.stretch
        jacobian = self._jacobian(camera) * observed.stretch[:, None]
        jacobian[..., 6] *= free_focal[:, None, None]
        # Points of weight 0 may be behind the camera, where the projection has no meaning.
        used = weight[..., None] > 0
        residual, jacobian = np.where(used, residual, 0), np.where(used[..., None], jacobian, 0)
        weighted = weight[..., None, None] * jacobian
        normal = np.einsum("knai,knaj->kij", weighted, jacobian)
        gradient = np.einsum("knai,kna->ki", weighted, residual)
        diagonal = np.einsum("kii->ki", normal)
        diagonal += damping[:, None] * diagonal + 1e-12 * diagonal.max(axis=1, keepdims=True) + np.finfo(float).tiny
        return -np.linalg.solve(normal, gradient[..., None])[..., 0]

    def _jacobian(self, camera: Float[np.ndarray, "K N 3"]) -> Float[np.ndarray, "K N 2 7"]:
        depth = np.maximum(camera[..., 2], NEAR)
        scale = self.focal[:, None] / depth
        by_point = np.zeros((*camera.shape[:2], 2, 3))
        by_point[..., 0, 0] = by_point[..., 1, 1] = scale
        by_point[..., 2] = -camera[..., :2] * (scale / depth)[..., None]
        turned = camera - self.translation[:, None]
        by_rotation = np.cross(turned[..., None, :], by_point)
        by_shift = by_point * self.translation[:, None, None, 2:]
        by_focal = self._project(camera) + np.einsum("knai,ki->kna", by_point, self.translation)
        return np.concatenate([by_rotation, by_shift, by_focal[..., None]], axis=-1)

    def _apply_step(self, step: Float[np.ndarray, "K 7"]) -> PoseBatch:
        from scipy.spatial.transform import Rotation  # here: it takes a fifth of a second

        factor = np.exp(np.clip(step[:, 6], -1, 1))
        return PoseBatch(
            Rotation.from_rotvec(step[:, :3]).as_matrix() @ self.rotation,
            (self.translation + step[:, 3:6] * self.translation[:, 2:]) * factor[:, None],
            self.focal * factor,
        )


def concatenate_poses(batches: Sequence[PoseBatch]) -> PoseBatch:
    """One batch from several."""
    return PoseBatch(
        np.concatenate([batch.rotation for batch in batches]),
        np.concatenate([batch.translation for batch in batches]),
        np.concatenate([batch.focal for batch in batches]),
    )


def _where(is_first: Bool[np.ndarray, " K"], first: PoseBatch, second: PoseBatch) -> PoseBatch:
    return PoseBatch(
        np.where(is_first[:, None, None], first.rotation, second.rotation),
        np.where(is_first[:, None], first.translation, second.translation),
        np.where(is_first, first.focal, second.focal),
    )
