"""Least squares for the three channels of light, of which each may be told more by the others than by its own.

A red box reflects next to no blue: what blue a photograph shows of it is gloss and haze, and no measure of blue light.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from camera_estimation.lighting.problem import LightProblem

# Linear light: what surfaces return beside their color, by their gloss. A channel whose albedo is less tells little.
VEIL = 0.05


@dataclass(frozen=True, eq=False)
class ChannelEquations:
    """Weighted least squares of light whose unknowns shade places linearly, of each channel.

    Attributes:
        normal: Normal matrices.
        right: Their right sides.
        energy: Of even light of strength 1: a scale for what is added to the matrices.
        veil: That which gloss has in it.
        tint: Of the light, its strength if it were even; neutral as far as a channel tells little.
    """

    normal: Float[np.ndarray, "3 K K"]
    right: Float[np.ndarray, "3 K"]
    energy: Float[np.ndarray, "3"]
    veil: Float[np.ndarray, "3"]
    tint: Float[np.ndarray, "3"]

    @property
    def common(self) -> tuple[Float[np.ndarray, "K K"], Float[np.ndarray, " K"]]:
        """Normal matrix and right side of the light of one tint that explains all channels."""
        return np.einsum("c,cij->ij", np.square(self.tint), self.normal), self.tint @ self.right

    def likeness(self, color_ridge: float) -> Float[np.ndarray, "3"]:
        """How much each channel's light is held to that of one tint, of a steradian; 0: not at all."""
        return (color_ridge * self.energy + self.veil * (color_ridge > 0)) / (4 * np.pi)


def channel_equations(
    problem: LightProblem,
    weight: Float[np.ndarray, "N 3"],
    basis: Float[np.ndarray, "N K"],
    even: Float[np.ndarray, " N"],
) -> ChannelEquations:
    """The equations of a problem.

    Args:
        problem: What is to be explained.
        weight: Of each channel of each place.
        basis: The shading that each unknown gives each place.
        even: That which light from all sides gives it.
    """
    energy, veil, tint = tint_of(problem, weight, even)
    lit = weight * problem.albedo
    normal = [basis.T @ (basis * (lit * problem.albedo)[:, channel, None]) for channel in range(3)]
    return ChannelEquations(np.stack(normal), (lit * problem.observed).T @ basis, energy, veil, tint)


def tint_of(
    problem: LightProblem, weight: Float[np.ndarray, "N 3"], even: Float[np.ndarray, " N"]
) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
    """Energy, veil and tint as ``ChannelEquations`` has them; arguments are those of ``channel_equations``."""
    shaded = weight * np.square(even)[:, None]
    energy = np.maximum((shaded * np.square(problem.albedo)).sum(0), 1e-9)
    veil = VEIL**2 * shaded.sum(0)
    gained = (weight * problem.albedo * problem.observed * even[:, None]).sum(0)
    return energy, veil, np.maximum(gained + veil * gained.sum() / energy.sum(), 0) / (energy + veil)
