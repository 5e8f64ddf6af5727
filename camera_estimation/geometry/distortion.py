"""How lenses bend directions: the models of OpenCV, to which those of COLMAP and nerfstudio come down.

``OPENCV`` is Brown's model with the rational terms and the thin prism, ``FISHEYE`` the equidistant one (Kannala and
Brandt, 2006). Both are formulas of OpenCV's documentation (calib3d, fisheye).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor

OPENCV, FISHEYE = "opencv", "fisheye"
# In the order of OpenCV's vectors.
COEFFICIENT_NAMES = {
    OPENCV: ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4"),
    FISHEYE: ("k1", "k2", "k3", "k4"),
}
GREATEST_ANGLE = {OPENCV: math.radians(89), FISHEYE: math.radians(179)}  # from the axis: no model goes beyond
SAMPLES = 4096  # at which it is tried how far a model goes
NEWTON_STEPS = 12
EXACT = 1e-9  # of an inverse, on the plane at distance 1


@dataclass(frozen=True)
class Distortion:
    """One lens.

    Attributes:
        model: ``OPENCV`` or ``FISHEYE``.
        coefficients: As ``COEFFICIENT_NAMES`` names them, all of them.
    """

    model: str
    coefficients: tuple[float, ...]

    @classmethod
    def of(cls, model: str, coefficients: Mapping[str, float]) -> Distortion:
        """The lens of that model whose coefficients are these, and 0 where none is given."""
        return cls(model, tuple(float(coefficients.get(name, 0.0)) for name in COEFFICIENT_NAMES[model]))

    @property
    def named_coefficients(self) -> dict[str, float]:
        """Those that are not 0 by name; of a fisheye all."""
        named = zip(COEFFICIENT_NAMES[self.model], self.coefficients, strict=True)
        return {name: value for name, value in named if value != 0 or self.model == FISHEYE}

    @property
    def bends(self) -> bool:
        """Whether it differs from a pinhole."""
        return self.model == FISHEYE or any(self.coefficients)

    def distort(self, directions: Float[Tensor, "N 3"]) -> Float[Tensor, "N 2"]:
        """Where directions in camera axes (x right, y down, z forward; any length) are on the lens's image plane at
        distance 1: what times the focal length gives pixels. NaN for those that the model does not reach."""
        x, y, z = directions.unbind(-1)
        if self.model == FISHEYE:
            across = torch.hypot(x, y)
            angle = torch.atan2(across, z)
            stretch = self._radial(angle) / across.clamp(min=1e-300)
            bent = torch.where(across[:, None] > 0, torch.stack([x, y], -1) * stretch[:, None], 0.0)
            return torch.where((angle <= self.limit)[:, None], bent, torch.nan)
        ahead = torch.stack([x, y], -1) / z[:, None]
        reached = (z > 0) & (ahead.norm(dim=-1) <= self.limit)
        return torch.where(reached[:, None], self._bend(ahead)[0], torch.nan)

    def undistort(self, points: Float[Tensor, "N 2"]) -> Float[Tensor, "N 3"]:
        """Unit directions of points of the image plane: the inverse of ``distort``. NaN for points that no direction of
        the model's domain leads to."""
        radius = points.norm(dim=-1)
        first = self._invert_radial(radius)
        if self.model == FISHEYE:
            sine = first.sin() / radius.clamp(min=1e-300)
            aside = torch.where(radius[:, None] > 0, points * sine[:, None], 0.0)
            return torch.cat([aside, first.cos()[:, None]], dim=-1)
        ahead = points * (first / radius.clamp(min=1e-300))[:, None]
        # Beside the radial domain too, for tangential terms may lead into it.
        ahead = torch.where(ahead.isfinite(), ahead, points)
        for _ in range(NEWTON_STEPS):
            bent, slope = self._bend(ahead)
            missed = bent - points
            if not bool((missed.abs() > EXACT / 10).any()):
                break
            (a, b), (c, d) = (row.unbind(-1) for row in slope.unbind(-2))
            u, v = missed.unbind(-1)
            ahead = ahead - torch.stack([d * u - b * v, a * v - c * u], dim=-1) / (a * d - b * c)[:, None]
        found = (missed.norm(dim=-1) < EXACT * (1 + radius)) & (ahead.norm(dim=-1) <= self.limit)
        directions = torch.cat([ahead, torch.ones_like(ahead[:, :1])], dim=-1)
        return torch.where(found[:, None], directions / directions.norm(dim=-1, keepdim=True), torch.nan)

    @cached_property
    def limit(self) -> float:
        """How far from the axis the model holds: the tangent of an angle, or of a fisheye the angle itself. Beyond it
        the radial polynomial turns back, and pixels would show two directions."""
        radius = self._tried_radii
        grows = self._radial(radius).diff() > 0
        reached = int(grows.long().cumprod(0).sum())
        return float(radius[reached])

    @cached_property
    def _tried_radii(self) -> Float[Tensor, " S"]:
        angle = torch.linspace(0, GREATEST_ANGLE[self.model], SAMPLES, dtype=torch.float64)
        return angle if self.model == FISHEYE else angle.tan()

    def _radial(self, radius: Float[Tensor, " N"]) -> Float[Tensor, " N"]:
        """The distorted radius, without tangential terms and prism."""
        square = radius.square()
        if self.model == FISHEYE:
            k1, k2, k3, k4 = self.coefficients
            return radius * (1 + square * (k1 + square * (k2 + square * (k3 + square * k4))))
        return radius * self._factor(square)[0]

    def _factor(self, square: Float[Tensor, " N"]) -> tuple[Float[Tensor, " N"], Float[Tensor, " N"]]:
        """The radial factor at a squared radius, and its derivative by that."""
        k1, k2, _, _, k3, k4, k5, k6 = self.coefficients[:8]
        over = 1 + square * (k1 + square * (k2 + square * k3))
        under = 1 + square * (k4 + square * (k5 + square * k6))
        over_slope = k1 + square * (2 * k2 + square * 3 * k3)
        under_slope = k4 + square * (2 * k5 + square * 3 * k6)
        return over / under, (over_slope * under - over * under_slope) / under.square()

    def _bend(self, ahead: Float[Tensor, "N 2"]) -> tuple[Float[Tensor, "N 2"], Float[Tensor, "N 2 2"]]:
        """Points of the plane at distance 1 after distortion by the OpenCV model, and its derivative by them."""
        _, _, p1, p2, _, _, _, _, s1, s2, s3, s4 = self.coefficients
        x, y = ahead.unbind(-1)
        square = x.square() + y.square()
        factor, slope = self._factor(square)
        prism_x, prism_y = s1 + 2 * s2 * square, s3 + 2 * s4 * square  # by the squared radius
        bent = torch.stack(
            [
                x * factor + 2 * p1 * x * y + p2 * (square + 2 * x.square()) + square * (s1 + s2 * square),
                y * factor + p1 * (square + 2 * y.square()) + 2 * p2 * x * y + square * (s3 + s4 * square),
            ],
            dim=-1,
        )
        mixed = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
        rows = (
            (factor + 2 * x.square() * slope + 2 * p1 * y + 6 * p2 * x + 2 * x * prism_x, mixed + 2 * y * prism_x),
            (mixed + 2 * x * prism_y, factor + 2 * y.square() * slope + 6 * p1 * y + 2 * p2 * x + 2 * y * prism_y),
        )
        return bent, torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)

    def _invert_radial(self, bent: Float[Tensor, " N"]) -> Float[Tensor, " N"]:
        """Radii that are distorted into these, NaN beyond the greatest."""
        radius = self._tried_radii[self._tried_radii <= self.limit]
        reached = self._radial(radius)
        place = torch.searchsorted(reached, bent.contiguous()).clamp(1, len(reached) - 1)
        low, high = radius[place - 1], radius[place]
        share = (bent - reached[place - 1]) / (reached[place] - reached[place - 1])
        guess = low + share * (high - low)
        for _ in range(4):  # secants inside of the table's steps: each squares the error
            step = 1e-6 * (high - low)
            slope = (self._radial(guess + step) - self._radial(guess - step)) / (2 * step)
            guess = guess - (self._radial(guess) - bent) / slope
        return torch.where(bent <= reached[-1], guess, torch.nan)
