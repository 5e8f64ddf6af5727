"""Directions of light: a grid of the sphere, spherical harmonics, and discs about a direction.

Axes are the world's; the grid's poles are at +Y and -Y, its first row the highest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
# Of Vogel's spiral, from a disc's middle to its rim: a hundred times the golden ratio.
SPIRAL_TURNS = 61.803398875
BANDS = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])  # the order of each harmonic
# What a matt surface keeps of each order, divided by pi: Ramamoorthi and Hanrahan, "An efficient representation for
# irradiance environment maps", 2001.
COSINE_LOBE = np.array([1.0, 2 / 3, 1 / 4])


@dataclass(frozen=True)
class SphereGrid:
    """Cells between circles of latitude and of longitude.

    Args:
        rows: From +Y to -Y.
        columns: Around it.
    """

    rows: int
    columns: int

    @property
    def directions(self) -> Float[np.ndarray, "K 3"]:
        """Of the cells' centers, row by row."""
        polar = (np.arange(self.rows) + 0.5) * math.pi / self.rows
        around = (np.arange(self.columns) + 0.5) * 2 * math.pi / self.columns
        polar, around = np.meshgrid(polar, around, indexing="ij")
        sine = np.sin(polar)
        return np.stack([sine * np.sin(around), np.cos(polar), sine * np.cos(around)], axis=-1).reshape(-1, 3)

    @property
    def solid_angles(self) -> Float[np.ndarray, " K"]:
        """In steradians; together the sphere's."""
        edges = np.cos(np.arange(self.rows + 1) * math.pi / self.rows)
        return np.repeat((edges[:-1] - edges[1:]) * 2 * math.pi / self.columns, self.columns)

    @property
    def spread(self) -> Float[np.ndarray, " K"]:
        """Radii, in radians, of discs as large as the cells."""
        return np.arccos(1 - self.solid_angles / (2 * math.pi))


def spread_directions(count: int) -> Float[np.ndarray, "K 3"]:
    """Directions of the whole sphere, nearly evenly apart (Fibonacci's lattice)."""
    height = 1 - (2 * np.arange(count) + 1) / count
    around, radius = GOLDEN_ANGLE * np.arange(count), np.sqrt(1 - height**2)
    return np.stack([radius * np.sin(around), height, radius * np.cos(around)], axis=-1)


def disc_directions(
    center: Float[np.ndarray, "N 3"], radius: Float[np.ndarray, " N"], place: Float[np.ndarray, " N"]
) -> Float[np.ndarray, "N 3"]:
    """Directions in discs of the sphere.

    Args:
        center: Of each disc, a unit vector.
        radius: Of each, in radians.
        place: In [0, 1): those of evenly spaced numbers are evenly spaced in the disc (Vogel's spiral).
    """
    first = np.cross(center, np.where(np.abs(center[:, 1:2]) < 0.9, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(center, first)
    cosine = 1 - place * (1 - np.cos(radius))
    sine, turn = np.sqrt(np.maximum(1 - cosine**2, 0)), 2 * math.pi * np.modf(place * SPIRAL_TURNS)[0]
    return cosine[:, None] * center + sine[:, None] * (np.cos(turn)[:, None] * first + np.sin(turn)[:, None] * second)


def evaluate_harmonics(directions: Float[np.ndarray, "*N 3"]) -> Float[np.ndarray, "*N 9"]:
    """Real, orthonormal spherical harmonics of unit vectors, to second order."""
    x, y, z = np.moveaxis(np.asarray(directions, dtype=np.float64), -1, 0)
    values = [
        np.full_like(x, 0.5 * math.sqrt(1 / math.pi)),
        *(math.sqrt(3 / (4 * math.pi)) * value for value in (y, z, x)),
        *(0.5 * math.sqrt(15 / math.pi) * value for value in (x * y, y * z)),
        0.25 * math.sqrt(5 / math.pi) * (3 * z**2 - 1),
        0.5 * math.sqrt(15 / math.pi) * x * z,
        0.25 * math.sqrt(15 / math.pi) * (x**2 - y**2),
    ]
    return np.stack(values, axis=-1)
