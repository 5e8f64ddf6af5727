"""Ways to estimate light: the class to derive from, and the registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from camera_estimation.plugins import Registry

if TYPE_CHECKING:  # the names of methods are told without loading torch
    import numpy as np
    from jaxtyping import Float

    from camera_estimation.lighting.light import Light
    from camera_estimation.lighting.problem import LightProblem

ROUNDS = 4  # in which places that are not explained come to count less


class LightMethod(ABC):
    """Estimates light from places whose color is known and that a photograph shows.

    To add one, derive a class in a file of ``lighting/methods`` (or in a package of your own) and register it::

        @light_registry.register("mine")
        class MyMethod(LightMethod): ...

    It names in ``terms`` the switches of ``LightConfig`` that make a difference to it: what can be ablated.
    """

    name: ClassVar[str]
    # Its row in tables: one short phrase.
    description: ClassVar[str] = ""
    terms: ClassVar[tuple[str, ...]] = ()

    def fit(self, problem: LightProblem) -> Light:
        """The light that explains the problem's places best; its settings say which terms count."""
        light, shading = self.solve(problem, problem.known.astype(float))
        for _ in range(ROUNDS if problem.config.robust else 0):
            light, shading = self.solve(problem, problem.weigh(shading))
        return light

    @abstractmethod
    def solve(self, problem: LightProblem, weight: Float[np.ndarray, "N 3"]) -> tuple[Light, Float[np.ndarray, "N 3"]]:
        """Weighted least squares.

        Args:
            problem: What is to be explained.
            weight: Of each channel of each place, not negative.

        Returns:
            The light, and the shading that it gives the places.
        """

    @staticmethod
    def missing() -> str | None:
        """One line that says what is not installed that it needs, and the remedy; None where it can be used."""
        return None


light_registry: Registry[type[LightMethod]] = Registry(
    "light",
    group="camera_estimation.lights",
    home="camera_estimation.lighting.methods",
    order=("none", "directional", "harmonics", "environment"),
    base=LightMethod,
)
