"""Smoothing of the cameras of a sequence: a local parabola through each frame's neighbours, on SO(3) and in space.

A weighted mean would draw an orbiting camera inwards and the ends of a sequence towards its middle; a parabola keeps
motions of constant acceleration as they are (Savitzky and Golay, "Smoothing and differentiation of data by simplified
least squares procedures", 1964; here with weights that fall off as a Gaussian and with the frames' uncertainties).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

DEGREE = 2
REACH = 3.0  # widths of the Gaussian beyond which neighbours do not count
PASSES = 2  # rotations are averaged as rotation vectors from the result of the pass before


@dataclass(frozen=True)
class Trajectory:
    """The poses of N frames in order, each value with its standard deviation.

    Attributes:
        position: Each frame's place in time, in frames.
        rotation: World to camera.
        center: The object's center in camera axes: an image shows it and the rotation independently of each other,
            where an error of the rotation moves the camera's center too.
        log_focal: Logarithm of the focal length.
        rotation_deviation: Radians.
        center_deviation: In the units of ``center``, along the camera's axes.
        log_focal_deviation: 0 where the focal length was known.
    """

    position: Float[np.ndarray, " N"]
    rotation: Float[np.ndarray, "N 3 3"]
    center: Float[np.ndarray, "N 3"]
    log_focal: Float[np.ndarray, " N"]
    rotation_deviation: Float[np.ndarray, " N"]
    center_deviation: Float[np.ndarray, "N 3"]
    log_focal_deviation: Float[np.ndarray, " N"]

    def __len__(self) -> int:
        return len(self.position)

    def __getitem__(self, part: slice) -> Trajectory:
        """The frames of ``part``."""
        return Trajectory(**{name: values[part] for name, values in vars(self).items()})


def smooth_trajectory(trajectory: Trajectory, width: float, greatest_step: float) -> Trajectory:
    """A local parabola through each frame's neighbors, on SO(3) and in space (Savitzky and Golay, 1964).

    Args:
        trajectory: The poses of a sequence.
        width: Standard deviation of the Gaussian by which neighbors count less, in frames.
        greatest_step: Consecutive frames whose rotations differ by more (radians) are not smoothed over.

    Returns:
        With other poses; focal lengths that were known stay, as do all deviations.
    """
    rotation = Rotation.from_matrix(trajectory.rotation)
    steps = (rotation[1:] * rotation[:-1].inv()).magnitude()
    cuts = [0, *(1 + np.flatnonzero(steps > greatest_step)), len(trajectory)]
    parts = [_smooth_part(trajectory[first:last], width) for first, last in pairwise(cuts)]
    names = ("rotation", "center", "log_focal")
    return replace(trajectory, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _smooth_part(part: Trajectory, width: float) -> Trajectory:
    values = np.column_stack([part.center, part.log_focal])
    deviations = np.column_stack([part.center_deviation, part.log_focal_deviation])
    weight = np.stack([precision(deviation) for deviation in deviations.T], axis=1)
    values = np.stack([local_parabola(part.position, values, weight, frame, width) for frame in range(len(part))])
    return replace(
        part,
        rotation=_smooth_rotation(part, width).as_matrix(),
        center=values[:, :3],
        log_focal=np.where(part.log_focal_deviation > 0, values[:, 3], part.log_focal),
    )


def _smooth_rotation(part: Trajectory, width: float) -> Rotation:
    measured = rotation = Rotation.from_matrix(part.rotation)
    weight = np.tile(precision(part.rotation_deviation)[:, None], 3)
    for _ in range(PASSES):
        vectors = [
            local_parabola(part.position, (measured * rotation[frame].inv()).as_rotvec(), weight, frame, width)
            for frame in range(len(part))
        ]
        rotation = Rotation.from_rotvec(np.stack(vectors)) * rotation
    return rotation


def precision(deviation: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """Weights of values with these standard deviations. The usual one is added to each, so that a frame that claims to
    be exact does not count for all others."""
    usual = float(np.median(deviation))
    return 1 / (deviation**2 + usual**2) if usual > 0 else np.ones_like(deviation)


def local_parabola(
    position: Float[np.ndarray, " N"],
    values: Float[np.ndarray, "N K"],
    weight: Float[np.ndarray, "N K"],
    frame: int,
    width: float,
) -> Float[np.ndarray, " K"]:
    """Where the parabola that fits the values best about the frame of index ``frame`` passes it."""
    away = (position - position[frame]) / width
    near = np.abs(away) <= REACH
    powers = away[near, None] ** np.arange(1 + min(DEGREE, int(near.sum()) - 1))
    fall = np.exp(-0.5 * away[near] ** 2)
    fitted = []
    for column, weights in zip(values[near].T, weight[near].T, strict=True):
        root = np.sqrt(fall * weights / weights.max())
        fitted.append(np.linalg.lstsq(root[:, None] * powers, root * column, rcond=None)[0][0])
    return np.array(fitted)
