"""What is to be explained by light: places of known surfaces, and which light reaches each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float

from camera_estimation.configuration import LightConfig
from camera_estimation.lighting.lit_surface import LitSurface
from camera_estimation.lighting.sphere import SphereGrid, spread_directions
from camera_estimation.rendering import LightOccluder

COARSE = 600  # directions of the whole sphere, 9 degrees apart
OUTLIER = 2.4  # times the typical residual: one of that size counts half (Cauchy's weights)
SMALLEST_RESIDUAL = 1e-3  # linear light: exact pictures have next to none
MEDIAN_TO_DEVIATION = 1.4826  # of normal noise: its standard deviation, in medians of its absolute values


@dataclass(frozen=True, eq=False)
class Sighting:
    """A mesh under the light that is sought.

    Args:
        surface: What a photograph shows of it.
        occluder: Keeps light from its own surface; None: nothing does.
        rotation: From the axes in which light is sought to the mesh's world axes.
    """

    surface: LitSurface
    occluder: LightOccluder | None
    rotation: Float[np.ndarray, "3 3"] = field(default_factory=lambda: np.eye(3))

    def transfer(self, directions: Float[np.ndarray, "K 3"]) -> Float[np.ndarray, "N K"]:
        """The shading that light of strength 1 from each direction gives each place."""
        turned = directions @ self.rotation.T
        reached = np.maximum(self.surface.normals @ turned.T, 0)
        if self.occluder is None:
            return reached
        points, facets = torch.from_numpy(self.surface.points), torch.from_numpy(self.surface.facets)
        return reached * ~self.occluder.find_unlit(points, facets, torch.from_numpy(turned)[None]).numpy()

    @property
    def normals(self) -> Float[np.ndarray, "N 3"]:
        """In the axes in which light is sought."""
        return self.surface.normals @ self.rotation


class LightProblem:
    """Albedo times shading is to be what was observed, at places of one or several photographs.

    Args:
        sightings: At least one.
        config: The grid of environment maps, and which terms count.
    """

    def __init__(self, sightings: Sequence[Sighting], config: LightConfig) -> None:
        self.sightings, self.config = tuple(sightings), config
        surfaces = [sighting.surface for sighting in sightings]
        self.albedo: Float[np.ndarray, "N 3"] = np.concatenate([surface.albedo for surface in surfaces])
        self.observed: Float[np.ndarray, "N 3"] = np.concatenate([surface.observed for surface in surfaces])
        self.known: Bool[np.ndarray, "N 3"] = np.concatenate([surface.known for surface in surfaces])
        self.grid = SphereGrid(config.rows, 2 * config.rows)
        self.coarse_directions = spread_directions(COARSE)

    def transfer(self, directions: Float[np.ndarray, "K 3"]) -> Float[np.ndarray, "N K"]:
        """The shading that light of strength 1 from each direction gives each place."""
        return np.concatenate([sighting.transfer(directions) for sighting in self.sightings])

    @cached_property
    def map_transfer(self) -> Float[np.ndarray, "N K"]:
        """The shading that a radiance of 1 in each cell of the grid gives each place."""
        return self.transfer(self.grid.directions) * (self.grid.solid_angles / np.pi)

    @cached_property
    def coarse_transfer(self) -> Float[np.ndarray, "N D"]:
        """The shading that light of strength 1 from each of ``coarse_directions`` gives each place."""
        return self.transfer(self.coarse_directions)

    @property
    def normals(self) -> Float[np.ndarray, "N 3"]:
        return np.concatenate([sighting.normals for sighting in self.sightings])

    @property
    def is_occluded(self) -> bool:
        """Whether the meshes keep light from themselves."""
        return any(sighting.occluder is not None for sighting in self.sightings)

    def weigh(self, shading: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """How much each channel of each place counts: what a shading is far from explaining is gloss, or something
        else than the mesh."""
        residual = np.abs(self.observed - self.albedo * shading)
        if not self.known.any():
            return self.known.astype(np.float64)
        scale = max(MEDIAN_TO_DEVIATION * float(np.median(residual[self.known])), SMALLEST_RESIDUAL)
        return self.known / (1 + np.square(residual / (OUTLIER * scale)))
