"""Rotations that a mesh may be symmetric under, from the distribution of its surface.

A symmetry fixes the surface's centroid and its second moments. Where the three principal moments differ it is therefore
a half turn about a principal axis. Where two are alike it is a turn about the axis of the third, or a half turn about
an axis across it, whose direction a scan finds. Where all three are alike (a cube, a ball) the directions tried are
the principal axes, the scene's axes and the diagonals of these.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from camera_estimation.mesh import TexturedMesh

ALIKE = 0.05  # relative to the greatest moment: tessellation and scanning change moments by a few percent
EVERY_ORDER = tuple(range(12, 1, -1))
SCAN_STEP = math.radians(5)
MOVED_POINTS, FIXED_POINTS = 1500, 30_000
SEED = 0


@dataclass(frozen=True)
class AxisCandidate:
    """An axis through the centroid, and the orders (360 degrees over the smallest turn) that it may have."""

    direction: Float[np.ndarray, "3"]
    orders: tuple[int, ...]
    may_be_continuous: bool = False


class SurfaceDistribution:
    """The surface of a mesh in its normalised frame."""

    def __init__(self, mesh: TexturedMesh) -> None:
        self._triangles = mesh.vertices.double().cpu().numpy()[mesh.faces.cpu().numpy()]
        a, b, c = self._triangles.transpose(1, 0, 2)
        areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        self._shares = areas / areas.sum()
        self.centroid: Float[np.ndarray, "3"] = self._shares @ self._triangles.mean(1)

    @cached_property
    def moments(self) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3 3"]]:
        """Principal moments in ascending order, and the principal axes in rows."""
        corners = self._triangles - self.centroid
        sums = corners.sum(1)
        products = np.einsum("f,fki,fkj->ij", self._shares, corners, corners)
        covariance = (products + np.einsum("f,fi,fj->ij", self._shares, sums, sums)) / 12
        values, vectors = np.linalg.eigh(covariance)
        return values, vectors.T

    def misfit(self, turn: Rotation) -> float:
        """Mean distance of the turned surface from the surface."""
        return float(self._fixed.query(turn.apply(self._moved))[0].mean())

    @cached_property
    def _moved(self) -> Float[np.ndarray, "N 3"]:
        return self._points(MOVED_POINTS)

    @cached_property
    def _fixed(self) -> KDTree:
        return KDTree(self._points(FIXED_POINTS))

    def _points(self, count: int) -> Float[np.ndarray, "N 3"]:
        """Points spread over the surface at random, relative to the centroid."""
        generator = np.random.default_rng(SEED + count)
        faces = generator.choice(len(self._triangles), count, p=self._shares)
        u, v = generator.random((2, count, 1))
        u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
        a, b, c = self._triangles[faces].transpose(1, 0, 2)
        return a + u * (b - a) + v * (c - a) - self.centroid


def axis_candidates(surface: SurfaceDistribution) -> list[AxisCandidate]:
    """The axes that the moments themselves give. Those that turns may be found about come before the others."""
    axes = surface.moments[1]
    low_alike, high_alike = _alike(surface)
    if low_alike and high_alike:
        return [*(AxisCandidate(axis, EVERY_ORDER, may_be_continuous=True) for axis in axes), *_cubic_axes()]
    half_turns = [AxisCandidate(axis, (2,)) for axis in axes]
    if not low_alike and not high_alike:
        return half_turns
    single = axes[2] if low_alike else axes[0]
    return [AxisCandidate(single, EVERY_ORDER, may_be_continuous=True), *half_turns]


def scan_candidates(surface: SurfaceDistribution) -> list[AxisCandidate]:
    """Where two moments are alike: the axes across that of the third about which half turns fit locally best."""
    axes = surface.moments[1]
    low_alike, high_alike = _alike(surface)
    if low_alike == high_alike:
        return []
    first, second = (axes[0], axes[1]) if low_alike else (axes[1], axes[2])

    def axis(angle: float) -> Float[np.ndarray, "3"]:
        return math.cos(angle) * first + math.sin(angle) * second

    def misfit(angle: float) -> float:
        return surface.misfit(Rotation.from_rotvec(math.pi * axis(angle)))

    angles = np.arange(0, math.pi - SCAN_STEP / 2, SCAN_STEP)
    scanned = np.array([misfit(angle) for angle in angles])
    minima = angles[(scanned <= np.roll(scanned, 1)) & (scanned <= np.roll(scanned, -1))]
    bounds = [(angle - SCAN_STEP, angle + SCAN_STEP) for angle in minima]
    return [AxisCandidate(axis(minimize_scalar(misfit, bounds=pair, method="bounded").x), (2,)) for pair in bounds]


def _alike(surface: SurfaceDistribution) -> tuple[bool, bool]:
    """Whether the lower two and the upper two principal moments are alike."""
    low, middle, high = surface.moments[0]
    return bool(middle - low < ALIKE * high), bool(high - middle < ALIKE * high)


def _cubic_axes() -> list[AxisCandidate]:
    signs = list(itertools.product((-1.0, 0.0, 1.0), repeat=3))
    positive = [np.array(sign) for sign in signs if next((value for value in sign if value), 0.0) > 0]
    orders = {1: (4, 2), 2: (2,), 3: (3,)}
    found = []
    for count, order in orders.items():
        directions = [vector for vector in positive if np.count_nonzero(vector) == count]
        found += [
            AxisCandidate(vector / math.sqrt(count), order, may_be_continuous=count == 1) for vector in directions
        ]
    return found
