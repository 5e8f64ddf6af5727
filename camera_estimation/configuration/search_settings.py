"""Settings of the search: a part of the tree in ``schema``."""

from __future__ import annotations

from dataclasses import dataclass

from camera_estimation.configuration.setting_types import (
    FaceCount,
    Finite,
    NonNegative,
    PoseCount,
    Positive,
    RollCount,
    SampleCount,
    StepNumber,
    ViewCount,
    WindowPixels,
)


@dataclass(frozen=True)
class OrbitConfig:
    """The cameras among which the methods "pso" and "cma" search (see search/_orbit_space.py); lengths in object radii.

    Directions are those of the whole sphere.
    """

    radius_min: Positive = 1.5
    radius_max: Positive = 10.0
    look_at: NonNegative = 0.3  # the point looked at is at most this far from the mesh's centre along each axis
    roll: bool = True  # search in-plane rotations too, where camera.roll is "free"
    resolution: WindowPixels = 64  # pixels of the longer side of the window that the objective sees while searching


@dataclass(frozen=True)
class SwarmConfig:
    """The method "pso" (see search/methods/pso.py); the coefficients are those of Clerc and Kennedy."""

    samples: SampleCount = 1000  # uniform, of which the best become particles
    particles: PoseCount = 100
    iterations: StepNumber = 15
    inertia: Finite = 0.7298
    cognitive: Finite = 1.49618  # pull towards the particle's own best
    social: Finite = 1.49618  # pull towards the best of all
    max_velocity: Positive = 0.2  # per iteration, as a share of each coordinate's range


@dataclass(frozen=True)
class EvolutionConfig:
    """The method "cma" (see search/methods/cma.py)."""

    samples: SampleCount = 1000  # uniform, of which the best that differ become starts
    starts: PoseCount = 12  # covariance matrix adaptations, each from its own start
    population: PoseCount = 12  # cameras a generation of each
    evaluations: SampleCount = 6000  # of the objective in all, samples included
    sigma: Positive = 0.05  # first standard deviation, as a share of each coordinate's range


@dataclass(frozen=True)
class FeatureSearchConfig:
    """The method "dinov2" (see search/methods/dinov2.py)."""

    views: ViewCount = 96  # that are compared by their features


@dataclass(frozen=True)
class SearchConfig:
    """How candidates are found: "viewpoints" is the structured search (see search/viewpoint_search.py), which needs no
    objective; "dinov2" chooses among more of its views by learned features; "pso" and "cma" look for the least value of
    the objective."""

    method: str = "viewpoints"
    viewpoints: ViewCount = 800
    rolls: RollCount = 36
    resolution: WindowPixels = 64  # pixels of a rendered view
    candidates: PoseCount = 16
    separation_deg: NonNegative = 12.0
    faces: FaceCount = 6000  # a denser mesh is searched on a copy of about this many faces
    cache: bool = True  # keep the views of meshes on disk for the next run (see search/view_cache.py)
    dinov2: FeatureSearchConfig = FeatureSearchConfig()
    orbit: OrbitConfig = OrbitConfig()
    swarm: SwarmConfig = SwarmConfig()
    evolution: EvolutionConfig = EvolutionConfig()
