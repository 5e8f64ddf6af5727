"""No light: surfaces look as their textures do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.lighting.method import LightMethod, light_registry

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Float

    from camera_estimation.lighting.light import Light
    from camera_estimation.lighting.problem import LightProblem


@light_registry.register("none")
class NoLight(LightMethod):
    """Nothing is estimated: a shading of 1, and no shadows."""

    description = "nothing: textures as they are, without shadows"

    def fit(self, problem: LightProblem) -> Light:
        from camera_estimation.lighting.light import no_light

        return no_light()

    def solve(self, problem: LightProblem, weight: Float[np.ndarray, "N 3"]) -> tuple[Light, Float[np.ndarray, "N 3"]]:
        import numpy as np

        return self.fit(problem), np.ones_like(weight)
