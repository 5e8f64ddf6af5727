"""Poses from the smallest sets of points: three by P3P, and all that agree by SQPnP."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float

from camera_estimation.poses.pnp._pose_batch import Observations, PoseBatch

# Up to this many points all triples are tried (220); of more points as many triples are drawn as find one of right
# points with a chance of 1 - 1e-6 where only 3 of 10 points are right.
ALL_TRIPLES_UP_TO = 12
DRAWN_TRIPLES = 512
SEED = 0
# Points are on a line if none is farther from it than this share of their extent: poses from them would be chance.
LINE_WIDTH = 0.01

Triple = tuple[int, int, int]


def triples(confidence: Float[np.ndarray, " N"]) -> list[Triple]:
    """All sets of three points, or where they are many, drawn ones: the same in every run, and those of confident
    points more often (RANSAC: Fischler and Bolles, "Random sample consensus", 1981)."""
    count = len(confidence)
    if count <= ALL_TRIPLES_UP_TO:
        return list(itertools.combinations(range(count), 3))
    # The Gumbel-max trick: the three greatest keys are a draw without replacement with the confidences as weights.
    keys = np.log(confidence) + np.random.default_rng(SEED).gumbel(size=(DRAWN_TRIPLES, count))
    drawn = np.sort(np.argpartition(keys, -3, axis=1)[:, -3:], axis=1)
    return list(dict.fromkeys((int(first), int(second), int(third)) for first, second, third in drawn))


def on_a_line(points: Float[np.ndarray, "N D"]) -> bool:
    """Whether the points are one point or on one line, or nearly so."""
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    return len(spread) < 2 or not spread[1] > LINE_WIDTH * spread[0]


def poses_of_triples(observed: Observations, chosen: Iterable[Triple], focals: Sequence[float]) -> PoseBatch:
    """All poses, up to four a triple and focal length, that map three points exactly (P3P), in a fixed order.

    Triples on a line, in space or in the image, have none.
    """
    solutions = []
    for triple in map(list, chosen):
        points, image = observed.points[triple], observed.image[triple]
        if on_a_line(points) or on_a_line(image):
            continue
        for focal in focals:
            _, turns, shifts = cv2.solveP3P(points[:, None], image[:, None] / focal, np.eye(3), None, cv2.SOLVEPNP_P3P)
            solutions += [(turn, shift, focal) for turn, shift in zip(turns, shifts, strict=True)]
    return _poses(solutions)


def poses_of_consensus(
    observed: Observations, agreeing: Bool[np.ndarray, "K N"], focal: Float[np.ndarray, " K"]
) -> PoseBatch:
    """The poses that fit best, wherever the search for them starts, for each different set of four or more points
    (SQPnP: Terzakis and Lourakis, "A consistently fast and globally optimal solution to the perspective-n-point
    problem", 2020)."""
    solutions = []
    sets = {(row.tobytes(), float(length)): row for row, length in zip(agreeing, focal, strict=True)}
    for (_, length), row in sets.items():
        if row.sum() < 4 or on_a_line(observed.points[row]):
            continue
        points, rays = observed.points[row], observed.image[row] / length
        # OpenCV refuses rays that are nearly parallel, as of small objects; the poses of their triples remain.
        with contextlib.suppress(cv2.error):
            _, turns, shifts, _ = cv2.solvePnPGeneric(
                points[:, None], rays[:, None], np.eye(3), None, flags=cv2.SOLVEPNP_SQPNP
            )
            solutions += [(turn, shift, length) for turn, shift in zip(turns, shifts, strict=True)]
    return _poses(solutions)


def _poses(solutions: list[tuple[np.ndarray, np.ndarray, float]]) -> PoseBatch:
    rotation = [cv2.Rodrigues(turn)[0] for turn, _, _ in solutions]
    poses = PoseBatch(
        np.array(rotation, dtype=float).reshape(-1, 3, 3),
        np.array([shift for _, shift, _ in solutions], dtype=float).reshape(-1, 3),
        np.array([focal for _, _, focal in solutions], dtype=float),
    )
    usable = np.isfinite(poses.rotation).all((1, 2)) & np.isfinite(poses.translation).all(1)
    return poses[usable & (poses.translation[:, 2] > 0)]


def focal_lengths(given: float, height: int) -> list[float]:
    """The given focal length and those of vertical fields of view from 10 to 90 degrees, in pixels, by equal ratios."""
    widest, narrowest = (height / (2 * math.tan(math.radians(fov) / 2)) for fov in (90, 10))
    return [given, *np.geomspace(widest, narrowest, 9).tolist()]
