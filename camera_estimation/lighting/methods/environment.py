"""An environment map of low resolution, fitted through what the renderer says reaches each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.lighting.method import LightMethod, light_registry

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from camera_estimation.lighting.light import Light
    from camera_estimation.lighting.problem import LightProblem
    from camera_estimation.lighting.sphere import SphereGrid


@light_registry.register("environment")
class EnvironmentLight(LightMethod):
    """Non-negative least squares of the radiance of each cell. What the places do not tell is settled by smoothness, by
    light from all sides (``ambient``) or none at all, and by the light of one tint that explains all channels: the
    blue of a yellow duck tells little."""

    description = "an environment map of low resolution, not negative"
    terms = ("self_occlusion", "robust", "smoothness", "map_ridge", "color_ridge", "ambient", "texture_gain")

    def solve(self, problem: LightProblem, weight: Float[np.ndarray, "N 3"]) -> tuple[Light, Float[np.ndarray, "N 3"]]:
        import numpy as np

        from camera_estimation.lighting._channels import channel_equations
        from camera_estimation.lighting.light import light_of_map

        transfer, config, grid = problem.map_transfer, problem.config, problem.grid
        smooth = config.smoothness * smoothness_energy(grid) + config.map_ridge * np.diag(grid.solid_angles)
        equations = channel_equations(problem, weight, transfer, transfer.sum(1))
        ambient = config.map_ridge * grid.solid_angles * float(config.ambient)
        normal, right = equations.common
        total = float(np.square(equations.tint) @ equations.energy)
        common = solve_non_negative(normal + total * smooth, right + total * ambient)
        radiance = np.zeros((len(common), 3))
        for channel, likeness in enumerate(equations.likeness(config.color_ridge)):
            energy, tint = equations.energy[channel], equations.tint[channel]
            alike = likeness * grid.solid_angles
            radiance[:, channel] = solve_non_negative(
                equations.normal[channel] + energy * smooth + np.diag(alike),
                equations.right[channel] + tint * (energy * ambient + alike * common),
            )
        return light_of_map(self.name, grid, radiance), transfer @ radiance


def solve_non_negative(normal: Float[np.ndarray, "K K"], right: Float[np.ndarray, " K"]) -> Float[np.ndarray, " K"]:
    """The x, not negative, with the least x.normal.x / 2 - right.x; ``normal`` is positive definite."""
    import numpy as np
    from scipy.linalg import solve_triangular
    from scipy.optimize import nnls

    factor = np.linalg.cholesky(normal + 1e-9 * np.trace(normal) / len(normal) * np.eye(len(normal)))
    return nnls(factor.T, solve_triangular(factor, right, lower=True), maxiter=50 * len(right))[0]


def smoothness_energy(grid: SphereGrid) -> Float[np.ndarray, "K K"]:
    """The quadratic form of a map's squared gradient, integrated over the sphere; cells across a pole are neighbors."""
    import numpy as np

    numbers = np.arange(grid.rows * grid.columns).reshape(grid.rows, grid.columns)
    polar = (np.arange(grid.rows) + 0.5) * np.pi / grid.rows
    height, width = np.pi / grid.rows, 2 * np.pi / grid.columns * np.sin(polar)
    edge = 2 * np.pi / grid.columns * np.sin(np.arange(1, grid.rows) * np.pi / grid.rows)
    across = numbers[[0, -1], : grid.columns // 2], numbers[[0, -1], grid.columns // 2 :]
    pairs = [
        (numbers, np.roll(numbers, -1, axis=1), np.repeat(height / width, grid.columns)),
        (numbers[:-1], numbers[1:], np.repeat(edge / height, grid.columns)),
        (*across, np.full(grid.columns, width[0] / height)),
    ]
    energy = np.zeros((numbers.size, numbers.size))
    for first, second, share in pairs:
        first, second = first.reshape(-1), second.reshape(-1)
        np.add.at(energy, (first, first), share)
        np.add.at(energy, (second, second), share)
        np.add.at(energy, (first, second), -share)
        np.add.at(energy, (second, first), -share)
    return energy
