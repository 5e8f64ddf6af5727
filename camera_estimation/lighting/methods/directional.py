"""One direction from which most light comes, and light from all sides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from camera_estimation.lighting.method import LightMethod, light_registry

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from camera_estimation.lighting.light import Light
    from camera_estimation.lighting.problem import LightProblem

FINE = 150  # directions that are tried about the best of those of the whole sphere
NEAR = math.radians(12)  # of the best, within which directions are tried again
SUN_RADIUS = math.radians(2.5)  # of the disc that stands for it: edges of shadows are as soft as those of a lamp's


@light_registry.register("directional")
class DirectionalLight(LightMethod):
    """All directions of the sphere are tried, each with the strengths that explain the places best (least squares of
    two numbers a channel, neither negative), then those near the best one."""

    description = "a dominant direction and light from all sides"
    terms = ("self_occlusion", "robust", "ambient", "color_ridge", "texture_gain")

    def solve(self, problem: LightProblem, weight: Float[np.ndarray, "N 3"]) -> tuple[Light, Float[np.ndarray, "N 3"]]:
        import numpy as np

        from camera_estimation.lighting.light import Light
        from camera_estimation.lighting.sphere import disc_directions

        ambient = problem.map_transfer.sum(1)
        best = problem.coarse_directions[self._strengths(problem, weight, ambient, problem.coarse_transfer)[0].argmin()]
        fine = disc_directions(np.tile(best, (FINE, 1)), np.full(FINE, NEAR), (np.arange(FINE) + 0.5) / FINE)
        transfer = problem.transfer(fine)
        cost, sun, sky = self._strengths(problem, weight, ambient, transfer)
        index = cost.argmin()
        sun, sky = self._share_tint(problem, weight, ambient, sun[index], sky[index])
        shading = ambient[:, None] * sky + transfer[:, index, None] * sun
        grid = problem.grid
        light = Light(
            self.name,
            np.concatenate([fine[index, None], grid.directions]),
            np.concatenate([sun[None], sky * grid.solid_angles[:, None] / np.pi]),
            np.concatenate([[SUN_RADIUS], grid.spread]),
        )
        return light, shading

    def _share_tint(
        self,
        problem: LightProblem,
        weight: Float[np.ndarray, "N 3"],
        ambient: Float[np.ndarray, " N"],
        sun: Float[np.ndarray, "3"],
        sky: Float[np.ndarray, "3"],
    ) -> tuple[Float[np.ndarray, "3"], Float[np.ndarray, "3"]]:
        """Both with the tint of the light as a whole in channels that tell little."""
        import numpy as np

        from camera_estimation.lighting._channels import tint_of

        energy, veil, tint = tint_of(problem, weight, ambient)
        if not problem.config.color_ridge:
            return sun, sky
        share, tint = veil / (energy + veil), np.maximum(tint, 1e-9)
        means = (energy @ (values / tint) / energy.sum() for values in (sun, sky))
        sun, sky = ((1 - share) * own + share * tint * mean for own, mean in zip((sun, sky), means, strict=True))
        return sun, sky

    def _strengths(
        self,
        problem: LightProblem,
        weight: Float[np.ndarray, "N 3"],
        ambient: Float[np.ndarray, " N"],
        transfer: Float[np.ndarray, "N K"],
    ) -> tuple[Float[np.ndarray, " K"], Float[np.ndarray, "K 3"], Float[np.ndarray, "K 3"]]:
        """Of each direction the cost that is left, the strength from it and that from all sides."""
        import numpy as np

        lit = weight * problem.albedo
        square, cross = lit * problem.albedo, lit * problem.observed
        ss = np.square(transfer).T @ square
        sa = transfer.T @ (square * ambient[:, None])
        aa = (square * np.square(ambient)[:, None]).sum(0)
        sb, ab = transfer.T @ cross, (cross * ambient[:, None]).sum(0)
        alone = np.maximum(sb, 0) / np.maximum(ss, 1e-12)
        if problem.config.ambient:
            determinant = np.maximum(ss * aa - sa**2, 1e-12 * np.maximum(ss * aa, 1e-12))
            sun, sky = (aa * sb - sa * ab) / determinant, (ss * ab - sa * sb) / determinant
            no_sun, no_sky = sun < 0, sky < 0
            sun = np.where(no_sun, 0, np.where(no_sky, alone, sun))
            sky = np.where(no_sun, np.maximum(ab, 0) / np.maximum(aa, 1e-12), np.where(no_sky, 0, sky))
        else:
            sun, sky = alone, np.zeros_like(alone)
        gained = 2 * (sun * sb + sky * ab) - (sun**2 * ss + 2 * sun * sky * sa + sky**2 * aa)
        return -gained.sum(1), sun, sky
