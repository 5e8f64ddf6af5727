"""Light from photographs of a mesh of known pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from camera_estimation.configuration import LightConfig
from camera_estimation.lighting.light import Light
from camera_estimation.lighting.lit_surface import LitSurface, observe_surface
from camera_estimation.lighting.method import light_registry
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.lighting.problem import LightProblem, Sighting
from camera_estimation.lighting.sphere import spread_directions
from camera_estimation.rendering import LightOccluder, Renderer

# Cameras expose so that white in the brightest light is about white. Of what is beyond, this share (of the logarithm)
# is taken to be a texture that is too dark, and of a tint, this share one that is off.
USUAL_BRIGHTEST = 1.0
LEVEL_SHARE, TINT_SHARE = 0.8, 0.5
NORMALS = 300  # of surfaces among which the brightest is sought


@dataclass(frozen=True)
class LightEstimate:
    """Light, and how well it explains what it was estimated from.

    Attributes:
        light: In the mesh's world axes.
        residual: Root mean square of what it does not explain, in linear light from 0 to 1.
        explained: The share of what the picture has beyond the texture under even light that it explains, at most 1.
    """

    light: Light
    residual: float
    explained: float


def estimate_light(
    photograph: Photograph, renderer: Renderer, config: LightConfig, occluder: LightOccluder | None = None
) -> LightEstimate:
    """The light of a photograph, from how a mesh of known pose looks in it.

    Args:
        photograph: With its camera.
        renderer: Of the mesh.
        config: The method, and its terms.
        occluder: Of the mesh, where it is at hand.

    Raises:
        InputError: The method is unknown, or too little of the mesh is seen.
    """
    return estimate_common_light([photograph], [renderer], config, [occluder or LightOccluder(renderer.mesh)])


def estimate_common_light(
    photographs: Sequence[Photograph],
    renderers: Sequence[Renderer],
    config: LightConfig,
    occluders: Sequence[LightOccluder],
    rotations: Sequence[Float[np.ndarray, "3 3"]] | None = None,
) -> LightEstimate:
    """One light for several photographs.

    Args:
        photographs: With their cameras.
        renderers: Of the mesh of each.
        config: The method, and its terms.
        occluders: Of the mesh of each.
        rotations: From the axes of the light to the world axes of each mesh; None: they are the same.

    Raises:
        InputError: The method is unknown, or too little of a mesh is seen.
    """
    light_registry.check_runnable(config.method)
    method = light_registry.get(config.method)()
    rotations = rotations or [np.eye(3)] * len(photographs)
    share = max(1, config.places // len(photographs))
    sightings = [
        Sighting(
            observe_surface(photograph, renderer, config.resolution).choose(share),
            occluder if config.self_occlusion else None,
            rotation,
        )
        for photograph, renderer, occluder, rotation in zip(photographs, renderers, occluders, rotations, strict=True)
    ]
    problem = LightProblem(sightings, config)
    light = method.fit(problem)
    if config.texture_gain and light.is_known:
        light = share_with_texture(light, problem)
    shading = np.concatenate([shade_surface(light, sighting) for sighting in sightings])
    return _judge(light, problem, problem.albedo * light.texture_gain * shading)


def shade_surface(light: Light, sighting: Sighting) -> Float[np.ndarray, "N 3"]:
    """The shading of places under a light, with what the mesh keeps from itself.

    Args:
        light: In the axes of the sighting's light.
        sighting: The places.
    """
    normals = sighting.normals
    whole = light.shade(normals)
    if sighting.occluder is None or not light.is_known:
        return whole
    open_light = np.maximum(normals @ light.directions.T, 0) @ light.strength
    return whole * (sighting.transfer(light.directions) @ light.strength) / np.maximum(open_light, 1e-9)


def relight(
    photograph: Photograph,
    renderer: Renderer,
    light: Light,
    config: LightConfig,
    occluder: LightOccluder | None = None,
) -> tuple[LitSurface, Float[np.ndarray, "N 3"]]:
    """What a light makes of the places of a mesh that a photograph shows, to be compared with what it observed.

    Args:
        photograph: With its camera.
        renderer: Of the mesh.
        light: In the mesh's world axes.
        config: Whether the mesh keeps light from itself, and the resolution.
        occluder: Of the mesh, where it is at hand.

    Returns:
        The places, and the linear RGB of each under the light.

    Raises:
        InputError: Too little of the mesh is seen.
    """
    surface = observe_surface(photograph, renderer, config.resolution)
    sighting = Sighting(surface, (occluder or LightOccluder(renderer.mesh)) if config.self_occlusion else None)
    return surface, surface.albedo * light.texture_gain * shade_surface(light, sighting)


def share_with_texture(light: Light, problem: LightProblem) -> Light:
    """The same picture by a light of likely brightness and tint, and a texture that is off by the rest.

    Args:
        light: Whose texture is taken to be exact.
        problem: That it explains.
    """
    brightest = float(light.shade(spread_directions(NORMALS)).mean(1).max())
    seen = np.log(np.maximum(light.shade(problem.normals).mean(0), 1e-6))
    excess = np.log(max(brightest / USUAL_BRIGHTEST, 1.0))
    gain = np.exp(LEVEL_SHARE * excess + TINT_SHARE * (seen - seen.mean()))
    harmonics = None if light.harmonics is None else light.harmonics / gain
    return replace(light, strength=light.strength / gain, harmonics=harmonics, texture_gain=gain)


def _judge(light: Light, problem: LightProblem, predicted: Float[np.ndarray, "N 3"]) -> LightEstimate:
    known, observed = problem.known, problem.observed
    if not known.any():
        return LightEstimate(light, float("nan"), float("nan"))
    even = (
        problem.albedo
        * (known * problem.albedo * observed).sum(0)
        / np.maximum((known * problem.albedo**2).sum(0), 1e-12)
    )
    left, before = (np.square(observed - values)[known].mean() for values in (predicted, even))
    return LightEstimate(light, float(np.sqrt(left)), float(1 - left / max(before, 1e-12)))
