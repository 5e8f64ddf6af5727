"""Scenes on which nothing was chosen: other shapes, textures and grounds, and each kind of light in another way."""

from __future__ import annotations

import math

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
    shading_of,
    textured,
)

TIP = 1e-3  # radius where a body of revolution closes: triangles without area would have no normals


def make_light(kind: str, random: np.random.Generator, camera_azimuth_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Radiance of an environment map, and the direction of most light."""
    ways = map_directions(MAP_ROWS)
    height = ways[..., 1:2]
    azimuth = camera_azimuth_deg + random.uniform(-150, 150)
    if kind == "sun":  # behind haze, above grass, from low to high
        main = direction_of(azimuth, random.uniform(10, 75))
        nearness = np.maximum(ways @ main, 0)[..., None]
        haze = np.exp(-4 * np.maximum(height, 0))
        sky = (1 - haze) * np.array([0.25, 0.42, 0.8]) + haze * np.array([0.75, 0.7, 0.65])
        grass = np.array([0.16, 0.2, 0.08])
        radiance = np.where(height > 0, sky + nearness**20 * np.array([1.0, 0.8, 0.5]), grass)
        disc = ways @ main > math.cos(math.radians(3.5))
        even = shading_of(radiance, ways, main[None])[0].mean()
        lone = shading_of(disc[..., None] * np.ones(3), ways, main[None])[0].mean()
        radiance[disc] += np.array([1.0, 0.88, 0.7]) * even / lone * random.uniform(0.8, 4.0)
    elif kind == "window":  # high and narrow, in a room with pale walls, a dark floor and a second window
        main = direction_of(azimuth, random.uniform(10, 45))
        walls = np.array([0.17, 0.15, 0.13])
        radiance = np.where(height > -0.3, walls * (1.2 + 0.6 * height), np.array([0.06, 0.045, 0.03]))
        size = random.uniform(20, 35), random.uniform(45, 70)
        bright = random.uniform(3.0, 6.0)
        add_panel(radiance, ways, main, size, np.array([1.15, 1.1, 1.0]) * bright)
        second = direction_of(azimuth + random.choice([-1, 1]) * random.uniform(80, 120), random.uniform(10, 30))
        add_panel(radiance, ways, second, (15, 40), np.array([0.9, 1.0, 1.2]) * bright / 3)
    else:  # a large lamp to the side, a small warm one, and a white wall
        main = direction_of(azimuth, random.uniform(20, 60))
        radiance = np.full(ways.shape, 0.05)
        add_panel(radiance, ways, main, (45, 45), np.array([3.2, 3.3, 3.5]) * random.uniform(0.7, 1.4))
        add_panel(radiance, ways, direction_of(azimuth + 160, 45), (10, 10), [5.0, 3.2, 1.8])
        add_panel(radiance, ways, direction_of(azimuth + random.choice([-1, 1]) * 90, 0), (70, 60), [0.35, 0.35, 0.33])
    tried = map_directions(16).reshape(-1, 3)
    return radiance * BRIGHTEST / shading_of(radiance, ways, tried).mean(-1).max(), main


def stripes(random: np.random.Generator, size: int = 256) -> Image.Image:
    """Bands and squares of a few colors, some of them dark."""
    colors = np.clip(random.uniform(0.04, 0.95, (7, 3)) ** 1.5, 0.03, 1)
    across, down = np.meshgrid(np.arange(size), np.arange(size))
    bands = (down * random.integers(3, 9) // size) % 3
    squares = (across * random.integers(4, 12) // size + down * random.integers(4, 12) // size) % 4
    picked = np.where((across + 2 * down) // 40 % 3 == 0, bands, 3 + squares)
    return Image.fromarray(np.round(255 * colors[picked]).astype(np.uint8))


def bend_tube(texture: Image.Image, along: int = 240, around: int = 24) -> trimesh.Trimesh:
    """A trefoil knot."""
    t = np.linspace(0, 2 * math.pi, along + 1)
    path = np.stack([np.sin(t) + 2 * np.sin(2 * t), np.cos(t) - 2 * np.cos(2 * t), -np.sin(3 * t)], axis=-1) / 3
    ahead = np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.cross(ahead, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    top = np.cross(side, ahead)
    turn = np.linspace(0, 2 * math.pi, around + 1)
    ring = np.cos(turn)[None, :, None] * side[:, None] + np.sin(turn)[None, :, None] * top[:, None]
    points = (path[:, None] + 0.2 * ring).reshape(-1, 3)
    index = np.arange(len(points)).reshape(along + 1, around + 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])
    u, v = np.meshgrid(np.linspace(0, 1, around + 1), np.linspace(0, 8, along + 1) % 1.0)
    return textured(points, faces, np.stack([u, v], axis=-1).reshape(-1, 2), texture)


def join_boxes(texture: Image.Image, boxes: list[tuple]) -> trimesh.Trimesh:
    """Of centers and sizes."""
    shapes = []
    for center, size in boxes:
        box = make_box(texture, size)
        box.vertices = box.vertices + center
        shapes.append(box)
    first = np.cumsum([0, *(len(shape.vertices) for shape in shapes[:-1])])
    points = np.concatenate([shape.vertices for shape in shapes])
    faces = np.concatenate([shape.faces + start for shape, start in zip(shapes, first, strict=True)])
    return textured(points, faces, np.concatenate([shape.visual.uv for shape in shapes]), texture)


def make_meshes(random: np.random.Generator) -> dict[str, trimesh.Trimesh]:
    """Known meshes by name, +Y up."""
    legs = [((x, -0.5, z), (0.1, 0.7, 0.1)) for x in (-0.35, 0.35) for z in (-0.35, 0.35)]
    chair = join_boxes(stripes(random), [((0, -0.1, 0), (0.8, 0.1, 0.8)), ((0, 0.35, -0.35), (0.8, 0.8, 0.1)), *legs])
    steps = [((0.0, 0.25 * step, 0.0), (1.2 - 0.35 * step, 0.25, 1.0 - 0.25 * step)) for step in range(3)]
    angle = math.pi * np.linspace(0, 1, 49)
    gourd = lathe(np.maximum(np.sin(angle), TIP) * (0.6 - 0.25 * np.cos(angle)), -1.1 * np.cos(angle), stripes(random))
    x, y, z = gourd.vertices.T
    ribs = 1 + 0.12 * np.cos(5 * np.arctan2(x, z))
    gourd = textured(
        np.stack([x * ribs + 0.15 * y**2, y, z * ribs], axis=-1), gourd.faces, gourd.visual.uv, stripes(random)
    )
    jar = lathe(
        np.array([TIP, 0.5, 0.52, 0.52, 0.5, 0.32, 0.32, 0.39, 0.4, 0.4, 0.39, TIP]),
        np.array([0, 0, 0.03, 0.9, 0.98, 1.08, 1.15, 1.15, 1.16, 1.29, 1.3, 1.3]),
        stripes(random),
    )
    return {
        "knot": bend_tube(stripes(random)),
        "gourd": gourd,
        "jar": jar,
        "chair": chair,
        "steps": join_boxes(stripes(random), steps),
    }


def make_objects(random: np.random.Generator) -> dict[str, trimesh.Trimesh]:
    """Objects to insert."""
    angle = 0.5 * math.pi * np.linspace(0, 1, 25)
    pill = lathe(
        np.r_[TIP, 0.4 * np.sin(angle[1:]), 0.4 * np.cos(angle[:-1]), TIP],
        np.r_[-0.4 * np.cos(angle), 0.8 + 0.4 * np.sin(angle)],
        Image.new("RGB", (8, 8), (170, 110, 80)),
    )
    profile = np.array([TIP, 0.49, 0.5, 0.495, TIP]), np.array([0, 0, 0.005, 0.015, 1.1])
    cone = lathe(*profile, Image.new("RGB", (8, 8), (190, 195, 200)))
    return {
        "pill": pill,
        "cone": cone,
        "stool": join_boxes(
            stripes(random),
            [
                ((0, 0.5, 0), (0.8, 0.15, 0.8)),
                *[((x, 0.2, z), (0.12, 0.45, 0.12)) for x in (-0.3, 0.3) for z in (-0.3, 0.3)],
            ],
        ),
    }


def ground_color(random: np.random.Generator) -> list[float]:
    """Gray with a tint."""
    return (random.uniform(0.15, 0.5) * random.uniform(0.7, 1.2, 3)).tolist()
