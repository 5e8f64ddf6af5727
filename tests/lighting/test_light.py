from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.lighting.light import (
    Light,
    light_from_dict,
    light_of_harmonics,
    light_of_map,
    no_light,
)
from camera_estimation.lighting.sphere import SphereGrid, evaluate_harmonics, spread_directions
from tests.support.lit_meshes import angle_deg, unit

GRID = SphereGrid(24, 48)
NORMALS = spread_directions(60)


def harmonic_light(seed: int = 0) -> Light:
    """One whose radiance is nowhere negative."""
    radiance = 0.1 * np.random.default_rng(seed).standard_normal((9, 3))
    radiance[0] = 3.0
    return light_of_harmonics("harmonics", GRID, radiance)


def turned_by(*rotvec: float) -> np.ndarray:
    return rotvec_to_rotmat(torch.tensor([rotvec], dtype=torch.float64))[0].numpy()


def test_even_light_of_one_shades_with_one():
    light = light_of_map("environment", GRID, np.ones((len(GRID.directions), 3)))
    assert light.shade(NORMALS) == pytest.approx(1, abs=5e-3)
    assert light.dominant_direction is None


def test_harmonics_shade_as_their_radiance_does():
    light = harmonic_light()
    values = light.strength / (GRID.solid_angles[:, None] / np.pi)
    by_integration = light_of_map("environment", GRID, values).shade(NORMALS)
    assert light.shade(NORMALS) == pytest.approx(by_integration, abs=5e-3)


def test_a_lone_direction_shades_by_the_cosine():
    direction = unit(1, 2, 3)
    light = Light("directional", direction[None], np.array([[0.5, 0.6, 0.7]]), np.zeros(1))
    expected = np.maximum(NORMALS @ direction, 0)[:, None] * [0.5, 0.6, 0.7]
    assert light.shade(NORMALS) == pytest.approx(expected)
    assert angle_deg(light.dominant_direction, direction) < 0.1


def test_no_light_leaves_textures_as_they_are():
    assert not no_light().is_known
    assert no_light().dominant_direction is None
    assert (no_light().shade(NORMALS) == 1).all()


@pytest.mark.parametrize("light", [harmonic_light(), no_light()], ids=["harmonics", "none"])
def test_what_json_keeps_comes_back(light):
    again = light_from_dict(json.loads(json.dumps(light.to_dict())), "here")
    assert again.method == light.method
    assert again.shade(NORMALS) == pytest.approx(light.shade(NORMALS), abs=1e-5)
    assert again.spread == pytest.approx(light.spread, abs=1e-5)


def test_turned_light_shades_turned_surfaces_alike():
    light, rotation = harmonic_light(), turned_by(0.3, -1.0, 2.0)
    turned = light.turn(rotation)
    assert turned.shade(NORMALS @ rotation.T) == pytest.approx(light.shade(NORMALS), abs=1e-9)
    assert turned.directions @ rotation == pytest.approx(light.directions)


def test_the_dominant_direction_is_that_of_the_window():
    direction = unit(-0.5, 0.4, 0.6)
    radiance = 0.2 + 5.0 * (GRID.directions @ direction > 0.95)[:, None] * np.ones(3)
    assert angle_deg(light_of_map("environment", GRID, radiance).dominant_direction, direction) < 5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2}, "version 1"),
        ({"format": "other"}, "camera-estimation/light"),
        ({"strength": [[1, 2]]}, "damaged"),
        ({"spread_deg": []}, "different length"),
        ({"harmonics": [1, 2]}, "damaged"),
    ],
)
def test_what_is_no_light_is_told(change, reason):
    with pytest.raises(InputError, match=rf"^file\.json: .*{reason}"):
        light_from_dict({**harmonic_light().to_dict(), **change}, "file.json")
    with pytest.raises(InputError, match=r"file\.json"):
        light_from_dict(None, "file.json")


def test_harmonics_that_are_negative_somewhere_give_no_negative_light():
    radiance = np.zeros((9, 3))
    radiance[0], radiance[1] = 1.0, 3.0
    light = light_of_harmonics("harmonics", GRID, radiance)
    assert light.strength.min() >= 0
    assert light.shade(NORMALS).min() >= 0
    assert (evaluate_harmonics(GRID.directions) @ radiance).min() < 0
