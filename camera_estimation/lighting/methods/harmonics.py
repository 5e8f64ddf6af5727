"""Spherical harmonics of second order, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.lighting.method import LightMethod, light_registry

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from camera_estimation.lighting.light import Light
    from camera_estimation.lighting.problem import LightProblem

CHECKED = 1000  # directions of surfaces in which the shading is not to be negative
STRONGER, MOST_TRIES = 1.5, 80  # times as strong a prior is tried next, until it is nowhere negative


@light_registry.register("harmonics")
class HarmonicLight(LightMethod):
    """Nine coefficients a channel of the light's radiance (Ramamoorthi and Hanrahan, "An efficient representation for
    irradiance environment maps", 2001), by regularized least squares; what the mesh keeps from itself is taken into
    account by transfer coefficients of each place (Sloan, Kautz and Snyder, "Precomputed radiance transfer", 2002).
    Where the shading of some surface would be negative, as what a picture does not show is told by nothing, the prior
    that the light is smooth is made stronger until it is not."""

    description = "spherical harmonics of second order, in closed form"
    terms = ("self_occlusion", "robust", "ridge", "color_ridge", "texture_gain")

    def solve(self, problem: LightProblem, weight: Float[np.ndarray, "N 3"]) -> tuple[Light, Float[np.ndarray, "N 3"]]:
        import numpy as np

        from camera_estimation.lighting._channels import channel_equations
        from camera_estimation.lighting.light import light_of_harmonics
        from camera_estimation.lighting.sphere import BANDS, COSINE_LOBE, evaluate_harmonics

        if problem.is_occluded:
            transfer = problem.map_transfer @ evaluate_harmonics(problem.grid.directions)
        else:
            transfer = evaluate_harmonics(problem.normals) * COSINE_LOBE[BANDS]
        config, even = problem.config, transfer[:, 0] / evaluate_harmonics(np.eye(3))[0, 0]
        equations = channel_equations(problem, weight, transfer, even)
        common = solve_harmonics(*equations.common, config.ridge)
        radiance = np.zeros((len(BANDS), 3))
        for channel, likeness in enumerate(equations.likeness(config.color_ridge)):
            radiance[:, channel] = solve_harmonics(
                equations.normal[channel] + likeness * np.eye(len(BANDS)),
                equations.right[channel] + likeness * equations.tint[channel] * common,
                config.ridge,
            )
        return light_of_harmonics(self.name, problem.grid, radiance), transfer @ radiance


def solve_harmonics(
    normal: Float[np.ndarray, "9 9"], right: Float[np.ndarray, "9"], ridge: float
) -> Float[np.ndarray, "9"]:
    """The coefficients of a radiance that leaves no surface a negative shading.

    Args:
        normal: Normal matrix of least squares.
        right: Its right side.
        ridge: Weight of the Laplacian's energy, beside the places' own.
    """
    import numpy as np

    from camera_estimation.lighting.sphere import BANDS, COSINE_LOBE, evaluate_harmonics, spread_directions

    harmonics = evaluate_harmonics(spread_directions(CHECKED)) * COSINE_LOBE[BANDS]
    bend = np.square(BANDS * (BANDS + 1) / 2)  # of each order, 1 in the first
    scale = max(float(normal[0, 0]), 1e-9)
    for strength in max(ridge, 1e-6) * STRONGER ** np.arange(MOST_TRIES):
        radiance = np.linalg.solve(normal + scale * (strength * np.diag(bend) + 1e-9 * np.eye(len(bend))), right)
        if (harmonics @ radiance).min() >= 0:
            return radiance
    return np.where(BANDS == 0, max(float(right[0]), 0) / scale, 0.0)
