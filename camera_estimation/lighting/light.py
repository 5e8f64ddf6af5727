"""Distant light: how much of it comes from where, and what it makes of a matt surface."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.errors import InputError
from camera_estimation.lighting.sphere import BANDS, COSINE_LOBE, SphereGrid, evaluate_harmonics, spread_directions

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear sRGB (Rec. 709)
POINTEDNESS = 12  # exponent of the lobe that tells where light is strongest: what is within some 20 degrees counts
CANDIDATES = 2000  # directions among which the strongest is sought, 5 degrees apart
EVEN = 1.05  # times the least: light whose most is less has no side
CHUNK = 20_000  # normals at once, which bounds the memory
FORMAT, VERSION = "camera-estimation/light", 1
PATCH_KEYS = "directions", "strength"


@dataclass(frozen=True, eq=False)
class Light:
    """Light from infinitely far away, as patches of the sphere.

    A shading of 1 makes a surface look in linear light as its texture does.

    Args:
        method: That estimated it.
        directions: Of the patches, unit vectors in world axes towards the light.
        strength: RGB; the shading that each gives a surface which faces it (irradiance over pi).
        spread: Radius of each patch, in radians.
        harmonics: Of the shading by the normal, in place of that of the patches; None: they tell it.
        texture_gain: RGB by which the known mesh's texture was darker than what it is of: estimates know light only
            times texture.
    """

    method: str
    directions: Float[np.ndarray, "K 3"]
    strength: Float[np.ndarray, "K 3"]
    spread: Float[np.ndarray, " K"]
    harmonics: Float[np.ndarray, "9 3"] | None = None
    texture_gain: Float[np.ndarray, "3"] = field(default_factory=lambda: np.ones(3))

    @property
    def is_known(self) -> bool:
        """Whether there is any; without, surfaces look as their textures do, and cast no shadow."""
        return len(self.directions) > 0

    def shade(self, normals: Float[np.ndarray, "N 3"]) -> Float[np.ndarray, "N 3"]:
        """The shading of surfaces that nothing keeps light from, by their unit normals."""
        if not self.is_known:
            return np.ones((len(normals), 3))
        if self.harmonics is not None:
            return np.maximum(evaluate_harmonics(normals) @ self.harmonics, 0)
        parts = [normals[start : start + CHUNK] for start in range(0, len(normals), CHUNK)]
        shaded = [np.maximum(part @ self.directions.T, 0) @ self.strength for part in parts]
        return np.concatenate(shaded) if shaded else np.zeros((0, 3))

    @property
    def dominant_direction(self) -> Float[np.ndarray, "3"] | None:
        """Where most light is from, a unit vector in world axes; None where there is no light, or it has no side."""
        if not self.is_known:
            return None
        tried = spread_directions(CANDIDATES)
        lobes = np.maximum(tried @ self.directions.T, 0) ** POINTEDNESS @ (self.strength @ LUMINANCE)
        if lobes.max() <= lobes.min() * EVEN:
            return None
        best = tried[lobes.argmax()]
        near = np.maximum(self.directions @ best, 0) ** POINTEDNESS * (self.strength @ LUMINANCE)
        mean = near @ self.directions
        return mean / np.linalg.norm(mean)

    def turn(self, rotation: Float[np.ndarray, "3 3"]) -> Light:
        """The same light in other axes: ``rotation`` is from the present ones to those."""
        harmonics = None
        if self.harmonics is not None:
            tried = spread_directions(64)  # nine numbers are known by the values at more places than that
            values = evaluate_harmonics(tried) @ self.harmonics
            harmonics = np.linalg.lstsq(evaluate_harmonics(tried @ rotation.T), values, rcond=None)[0]
        return replace(self, directions=self.directions @ rotation.T, harmonics=harmonics)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``light_from_dict`` is the way back."""
        dominant = self.dominant_direction
        return {
            "format": FORMAT,
            "version": VERSION,
            "method": self.method,
            "axes": "the mesh's world; directions are towards the light",
            "dominant_direction": None if dominant is None else _round_off(dominant),
            "directions": _round_off(self.directions),
            "strength": _round_off(self.strength),
            "spread_deg": _round_off(np.degrees(self.spread)),
            "harmonics": None if self.harmonics is None else _round_off(self.harmonics),
            "texture_gain": _round_off(self.texture_gain),
        }


def no_light() -> Light:
    """Surfaces look as their textures do."""
    return Light("none", np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))


def light_of_map(
    method: str, grid: SphereGrid, radiance: Float[np.ndarray, "K 3"], harmonics: Float[np.ndarray, "9 3"] | None = None
) -> Light:
    """The light of an environment map.

    Args:
        method: That estimated it.
        grid: Its cells.
        radiance: Of each, not negative; 1 everywhere makes a shading of 1.
        harmonics: See ``Light``.
    """
    strength = radiance * grid.solid_angles[:, None] / np.pi
    return Light(method, grid.directions, strength, grid.spread, harmonics)


def light_of_harmonics(method: str, grid: SphereGrid, radiance: Float[np.ndarray, "9 3"]) -> Light:
    """The light whose radiance has these coefficients; where they make it negative there is none, and the shading is
    that of the coefficients."""
    values = np.maximum(evaluate_harmonics(grid.directions) @ radiance, 0)
    return light_of_map(method, grid, values, radiance * COSINE_LOBE[BANDS][:, None])


def light_from_dict(tree: Any, where: str) -> Light:
    """The light that ``Light.to_dict`` made plain values of.

    Args:
        tree: The values.
        where: What messages begin with.

    Raises:
        InputError: They are no light.
    """
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
        raise InputError(f"{where}: has no light of {FORMAT}, version {VERSION}; estimate it again")
    try:
        harmonics = tree["harmonics"]
        directions, strength = (np.asarray(tree[key], dtype=np.float64).reshape(-1, 3) for key in PATCH_KEYS)
        spread = np.radians(np.asarray(tree["spread_deg"], dtype=np.float64)).reshape(-1)
        if not len(directions) == len(strength) == len(spread):
            raise ValueError("lists of different length")
        harmonics = None if harmonics is None else np.asarray(harmonics, dtype=np.float64).reshape(9, 3)
        gain = np.asarray(tree["texture_gain"], dtype=np.float64).reshape(3)
        return Light(str(tree["method"]), directions, strength, spread, harmonics, gain)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: its light is damaged ({error}); estimate it again") from error


def _round_off(values: Float[np.ndarray, "..."]) -> Any:
    """Six digits are more than an estimate knows."""
    return np.round(values, 6).tolist()
