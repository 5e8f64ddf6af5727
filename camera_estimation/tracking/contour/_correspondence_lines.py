"""Where the contour is along lines across it, by the colors on both sides.

After Stoiber et al., "SRT3D: A Sparse Region-Based 3D Object Tracking Approach for the Real World" (IJCV 2022): the
posterior of the contour's place on a line under smoothed step functions of the probability to be object. Here a line
counts as much as both sides of its best place differ, so that those across an occluder do not count.

What mixes the colors of both sides (lenses, compression, chroma of half the resolution) looks like the object to its
statistics, or like the surroundings, and moves all lines outward or inward: 0.4 pixels in a video of a yellow bottle.
``sharpen_places`` tells the place from the colors of each line alone: where they are half of both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.tracking.contour._sampling import sample_at

REACH = 8  # steps aside that the contour is looked for
SIDE = 5  # steps beyond that whose colors count
STEP_SLOPE = 1.2  # steps over which the model's edge rises
AMPLITUDE = 0.42  # less than a half, as colors are never sure
LEAST_VARIANCE = 0.3  # steps squared: of a place that is as sharp as it gets
GAP = 2  # steps beside a place in which colors of both sides are mixed
DISTINCT = 40.0  # levels of 255 by which the colors of both sides of a line differ if they tell where the edge is
SHIFT_DEVIATION = 2.0  # steps by which statistics of colors are off


@dataclass(frozen=True)
class LinePlaces:
    """Of each line: how far out the contour is from where it is foretold (pixels), the variance of that, and by how
    much the probability to be object differs between both sides of it."""

    offset: Float[np.ndarray, " N"]
    variance: Float[np.ndarray, " N"]
    contrast: Float[np.ndarray, " N"]


def place_contour(
    probability: Float[np.ndarray, "H W"],
    points: Float[np.ndarray, "N 2"],
    normals: Float[np.ndarray, "N 2"],
    spacing: float,
) -> LinePlaces:
    """Look for the contour across ``points`` (pixels) in steps of ``spacing`` pixels."""
    if not len(points):
        return LinePlaces(np.zeros(0), np.ones(0), np.zeros(0))
    values = _sample_across(probability, points, normals, spacing)
    edges = _edge_models()
    inside = np.maximum(1 - values[:, None] + edges * (2 * values[:, None] - 1), 1e-4)
    score = np.log(inside).sum(-1)
    weight = np.exp(score - score.max(1, keepdims=True))
    weight /= weight.sum(1, keepdims=True)
    places = np.arange(-REACH, REACH + 1, dtype=np.float32)
    mean = weight @ places
    variance = weight @ places**2 - mean**2 + LEAST_VARIANCE
    return LinePlaces(
        (mean * spacing).astype(np.float64),
        (variance * spacing**2).astype(np.float64),
        _contrast_at(values, np.rint(mean).astype(int)),
    )


def sharpen_places(
    rgb: UInt8[np.ndarray, "H W 3"],
    points: Float[np.ndarray, "N 2"],
    normals: Float[np.ndarray, "N 2"],
    places: LinePlaces,
) -> LinePlaces:
    """The places (of lines in steps of a pixel) near those that were found, where the colors are half of both sides."""
    if not len(points):
        return places
    along = np.arange(-REACH - SIDE, REACH + SIDE + 1, dtype=np.float32)
    colors = sample_at(rgb, points[:, None] + along[:, None] * normals[:, None])
    away = along - places.offset[:, None]
    within = _mean_where(colors, (away < -GAP) & (away > -GAP - SIDE))
    without = _mean_where(colors, (away > GAP) & (away < GAP + SIDE))
    axis = without - within
    length = np.linalg.norm(axis, axis=1)
    share = np.einsum("nsc,nc->ns", without[:, None] - colors, axis) / np.maximum(length, 1.0)[:, None] ** 2
    edges = _edge_models()
    steps = np.arange(-REACH, REACH + 1, dtype=np.float32)
    score = np.clip(share, 0, 1) @ np.log(edges / (1 - edges)).T + np.log(1 - edges).sum(1)
    score -= 0.5 * ((steps - places.offset[:, None]) / SHIFT_DEVIATION) ** 2
    weight = np.exp(score - score.max(1, keepdims=True))
    found = (weight @ steps) / weight.sum(1)
    return replace(places, offset=np.where(length > DISTINCT, found, places.offset))


def _mean_where(colors: Float[np.ndarray, "N S 3"], chosen: np.ndarray) -> Float[np.ndarray, "N 3"]:
    """Of the chosen samples of each line."""
    return np.einsum("nsc,ns->nc", colors, chosen.astype(np.float32)) / np.maximum(chosen.sum(1), 1)[:, None]


def _sample_across(
    probability: Float[np.ndarray, "H W"],
    points: Float[np.ndarray, "N 2"],
    normals: Float[np.ndarray, "N 2"],
    spacing: float,
) -> Float[np.ndarray, "N S"]:
    """Probabilities along lines from within to without; beyond the window those of its border."""
    if spacing > 1:
        side = int(spacing) | 1
        probability = cv2.blur(probability, (side, side))
    along = np.arange(-REACH - SIDE, REACH + SIDE + 1) * spacing
    return sample_at(probability, points[:, None] + along[:, None] * normals[:, None])


@cache
def _edge_models() -> Float[np.ndarray, "D S"]:
    """The probability to be object along a line, for each place of the contour."""
    along = np.arange(-REACH - SIDE, REACH + SIDE + 1)
    place = np.arange(-REACH, REACH + 1)[:, None]
    return (0.5 - AMPLITUDE * np.tanh((along - place) / STEP_SLOPE)).astype(np.float32)


def _contrast_at(values: Float[np.ndarray, "N S"], places: np.ndarray) -> Float[np.ndarray, " N"]:
    """Mean of ``SIDE`` values within less that of as many without, of the contour at ``places``; at least 0."""
    middle = places + REACH + SIDE
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1, dtype=np.float64)], axis=1)
    line = np.arange(len(values))
    within = sums[line, middle] - sums[line, middle - SIDE]
    without = sums[line, middle + SIDE + 1] - sums[line, middle + 1]
    return np.maximum(within - without, 0.0) / SIDE
