"""Which of many fitted poses are plausible, different from each other, and better than others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from camera_estimation.poses.pnp._minimal_poses import on_a_line
from camera_estimation.poses.pnp._pose_batch import Observations, PoseBatch

# Poses nearer to each other than all of these are one.
SAME_ANGLE = math.radians(2)
SAME_DISTANCE = 0.02  # of the distance
SAME_FOCAL = 0.05  # the logarithm of a ratio
# Three points always fit. Three more in agreement are no chance, however many others disagree.
ENOUGH_POINTS = 6


@dataclass(frozen=True, eq=False)
class Fits:
    """K poses with the error of each of N points in pixels, what counts as agreement (pixels), and the focal length
    (pixels) that is preferred among equals."""

    poses: PoseBatch
    errors: Float[np.ndarray, "K N"]
    observed: Observations
    tolerance: float
    preferred_focal: float

    @cached_property
    def agreeing(self) -> Bool[np.ndarray, "K N"]:
        return self.errors < self.tolerance

    @cached_property
    def support(self) -> Float[np.ndarray, " K"]:
        """The sum of the confidences of the points that agree."""
        return np.round(self.agreeing @ self.observed.confidence, 6)

    @cached_property
    def residual(self) -> Float[np.ndarray, " K"]:
        """Root mean square error of the points that agree, in hundredths of the tolerance: less says nothing, and
        exact fits would be in an order of chance."""
        weight = self.agreeing * self.observed.confidence
        squared = (weight * np.square(np.where(self.agreeing, self.errors, 0))).sum(-1) / np.maximum(
            weight.sum(-1), np.finfo(float).tiny
        )
        return np.round(100 * np.sqrt(squared) / self.tolerance)

    @cached_property
    def focal_change(self) -> Float[np.ndarray, " K"]:
        return np.abs(np.log(self.poses.focal / self.preferred_focal))

    def separation(self, index: int) -> Float[np.ndarray, " K"]:
        """How different all poses are from one of them: at most 1 for the same."""
        poses = self.poses
        turn = poses.rotation @ poses.rotation[index].T
        chord = np.linalg.norm(turn - np.eye(3), axis=(1, 2)) / math.sqrt(8)
        # At another focal length, the same place in the image at the same size.
        position = poses.translation / poses.focal[:, None]
        change = np.linalg.norm(position - position[index], axis=1) / position[index, 2]
        focal = np.abs(np.log(poses.focal / poses.focal[index]))
        angle = 2 * np.arcsin(np.minimum(chord, 1))
        return np.max([angle / SAME_ANGLE, change / SAME_DISTANCE, focal / SAME_FOCAL], axis=0)


def rank_poses(fits: Fits, limit: int) -> list[int]:
    """Numbers of the plausible poses, each different from those before it: by support, residual and nearness to the
    preferred focal length.

    Where poses of equal support are more than there is room for, those farthest apart stay, so that every other one
    has one of them near.
    """
    order = np.lexsort((fits.focal_change, fits.residual, -fits.support))
    plausible = _plausible(fits)
    kept: list[int] = []
    nearest = np.full(len(fits.poses), np.inf)
    for support in sorted(set(fits.support[plausible]), reverse=True):
        level = [int(k) for k in order if plausible[k] and fits.support[k] == support]
        different: list[int] = []
        separate = nearest.copy()
        for k in level:
            if separate[k] > 1:
                different.append(k)
                separate = np.minimum(separate, fits.separation(k))
        if len(kept) + len(different) > limit:
            different = _farthest_apart(fits, different, nearest, limit - len(kept))
            return kept + different
        kept += different
        nearest = separate
    return kept


def _plausible(fits: Fits) -> Bool[np.ndarray, " K"]:
    """Poses that enough points agree with, which determine a pose, and at most one point fewer than with the best."""
    count = fits.agreeing.sum(-1)
    enough = min(max(3, fits.errors.shape[1] // 2 + 1), ENOUGH_POINTS)
    plausible = count >= enough
    for k in np.flatnonzero(plausible):
        agreeing = fits.agreeing[k]
        image = fits.observed.image[agreeing] * fits.observed.stretch
        # Points at one place in the image are explained by any pose that is far enough away.
        tiny = np.linalg.norm(np.ptp(image, axis=0)) < 2 * fits.tolerance
        plausible[k] = not (tiny or on_a_line(fits.observed.points[agreeing]))
    if plausible.any():
        plausible &= count >= count[plausible].max() - 1
    return plausible


def _farthest_apart(fits: Fits, level: list[int], nearest: Float[np.ndarray, " K"], room: int) -> list[int]:
    """``room`` of the poses ``level``, in its order: the first, then always the one farthest from all taken."""
    if room <= 0:
        return []
    taken = level[:1]
    nearest = np.minimum(nearest, fits.separation(taken[0]))
    while len(taken) < room:
        farthest = max(level, key=lambda k: nearest[k])
        taken.append(farthest)
        nearest = np.minimum(nearest, fits.separation(farthest))
    return [k for k in level if k in taken]
