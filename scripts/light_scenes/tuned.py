"""The scenes on which the priors of lighting/ were chosen: the packaged example and made shapes, and three lights."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from light_scenes.parts import (
    BRIGHTEST,
    MAP_ROWS,
    add_panel,
    direction_of,
    lathe,
    make_box,
    map_directions,
    noise_texture,
    shading_of,
    textured,
)

EXAMPLE = Path(__file__).parents[2] / "camera_estimation" / "examples" / "spot.glb"


def make_light(kind: str, random: np.random.Generator, camera_azimuth_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Radiance of an environment map, and the direction of most light."""
    ways = map_directions(MAP_ROWS)
    height = ways[..., 1]
    # From all sides but right behind what the camera sees.
    azimuth = camera_azimuth_deg + random.choice([-1, 1]) * random.uniform(15, 130)
    if kind == "sun":
        main = direction_of(azimuth, random.uniform(20, 65))
        nearness = np.maximum(ways @ main, 0)
        sky = np.array([0.35, 0.5, 0.85]) * (0.6 + 0.5 * np.clip(height, 0, 1)[..., None] + nearness[..., None] ** 8)
        radiance = np.where(height[..., None] > 0, sky, np.array([0.2, 0.18, 0.15]))
        disc = ways @ main > math.cos(math.radians(2.5))
        even = shading_of(radiance, ways, main[None])[0].mean()
        lone = shading_of(disc[..., None] * np.ones(3), ways, main[None])[0].mean()
        radiance[disc] += np.array([1.0, 0.93, 0.82]) * even / lone * random.uniform(1.0, 3.0)
    elif kind == "window":
        main = direction_of(azimuth, random.uniform(8, 35))
        room = np.array([0.10, 0.09, 0.075]) * (1 + 0.4 * np.clip(height, -1, 1)[..., None])
        radiance = np.broadcast_to(room, ways.shape).copy()
        size = random.uniform(35, 60), random.uniform(30, 50)
        add_panel(radiance, ways, main, size, np.array([1.0, 1.1, 1.3]) * random.uniform(2.0, 4.0))
        lamp = direction_of(azimuth + random.uniform(120, 240), random.uniform(40, 70))
        add_panel(radiance, ways, lamp, (12, 12), np.array([1.6, 1.1, 0.6]))
    else:
        main = direction_of(azimuth, random.uniform(30, 55))
        radiance = np.full(ways.shape, 0.06)
        add_panel(radiance, ways, main, (30, 30), np.array([6.0, 5.8, 5.5]) * random.uniform(0.8, 1.3))
        add_panel(radiance, ways, direction_of(azimuth + random.choice([-1, 1]) * 100, 20), (40, 40), [0.7, 0.75, 0.9])
        add_panel(radiance, ways, direction_of(camera_azimuth_deg + 180, 35), (15, 40), [1.5, 1.5, 1.5])
    tried = map_directions(16).reshape(-1, 3)
    return radiance * BRIGHTEST / shading_of(radiance, ways, tried).mean(-1).max(), main


def make_meshes(random: np.random.Generator) -> dict[str, trimesh.Trimesh]:
    """Known meshes by name, +Y up."""
    t = np.linspace(0, 1, 60)
    angle = math.pi * np.linspace(0, 1, 49)
    spot = trimesh.load(EXAMPLE, force="mesh", process=False)
    spot = textured(spot.vertices, spot.faces, spot.visual.uv, spot.visual.material.baseColorTexture.convert("RGB"))
    ball = lathe(np.sin(angle), -np.cos(angle), noise_texture(random))
    x, y, z = ball.vertices.T
    lumps = 1 + 0.2 * np.sin(3 * x + 1) * np.cos(2 * y) + 0.15 * np.sin(4 * z + 2 * x)
    bumpy = textured(ball.vertices * lumps[:, None], ball.faces, ball.visual.uv, noise_texture(random))
    profile = 0.35 + 0.2 * np.sin(5.5 * t) + 0.05 * t
    vase = lathe(np.r_[0, profile, 0.0], np.r_[0, 1.6 * t, 1.6], noise_texture(random))
    turn = 2 * math.pi * np.linspace(0, 1, 65)
    ring = lathe(0.7 + 0.3 * np.cos(turn), 0.3 * np.sin(turn), noise_texture(random))
    return {"spot": spot, "bumpy": bumpy, "vase": vase, "ring": ring, "box": make_box(noise_texture(random))}


def make_objects(random: np.random.Generator) -> dict[str, trimesh.Trimesh]:
    """Objects to insert."""
    angle = math.pi * np.linspace(0, 1, 49)
    cup = lathe(
        np.array([0, 0.3, 0.3, 0.42, 0.45, 0.4, 0.28, 0]),
        np.array([0, 0, 0.05, 0.8, 0.8, 0.75, 0.1, 0.1]),
        noise_texture(random),
    )
    pale = Image.new("RGB", (8, 8), (205, 200, 195))
    return {"cup": cup, "ball": lathe(np.sin(angle), -np.cos(angle), pale), "block": make_box(pale, (1, 1, 1))}


def ground_color(random: np.random.Generator) -> list[float]:
    """Gray."""
    return [random.uniform(0.25, 0.55)] * 3
