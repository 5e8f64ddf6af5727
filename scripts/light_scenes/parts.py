"""What scenes under known light are made of: environment maps with lamps in them, and textured shapes.

For scripts/make_light_scenes.py; each set of scenes is a file of its own beside this one.
"""

from __future__ import annotations

import math

import numpy as np
import trimesh
from PIL import Image

MAP_ROWS = 128  # of the environment maps that are rendered with
BRIGHTEST = 0.9  # shading of a white surface that faces most light: nothing is overexposed
KINDS = ("sun", "window", "studio")


def map_directions(rows: int) -> np.ndarray:
    """Directions of the cells of Mitsuba's environment maps, rows x 2 rows x 3."""
    polar = (np.arange(rows) + 0.5) * math.pi / rows
    around = (np.arange(2 * rows) + 0.5) * math.pi / rows
    polar, around = np.meshgrid(polar, around, indexing="ij")
    return np.stack([np.sin(around) * np.sin(polar), np.cos(polar), -np.cos(around) * np.sin(polar)], axis=-1)


def direction_of(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """Azimuth 0 is +Z, 90 degrees is +X."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    level = math.cos(elevation)
    return np.array([level * math.sin(azimuth), math.sin(elevation), level * math.cos(azimuth)])


def add_panel(radiance: np.ndarray, ways: np.ndarray, center: np.ndarray, size_deg: tuple[float, float], color) -> None:
    """A bright rectangle, ``size_deg`` wide and high."""
    right = np.cross([0.0, 1.0, 0.0], center)
    right /= np.linalg.norm(right)
    up = np.cross(center, right)
    ahead = ways @ center
    across, along = (np.degrees(np.arctan2(ways @ axis, np.maximum(ahead, 1e-6))) for axis in (right, up))
    inside = (ahead > 0) & (np.abs(across) < size_deg[0] / 2) & (np.abs(along) < size_deg[1] / 2)
    radiance[inside] += np.asarray(color)


def shading_of(radiance: np.ndarray, ways: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Irradiance over pi of open surfaces."""
    rows = radiance.shape[0]
    area = np.sin((np.arange(rows) + 0.5) * math.pi / rows) * (math.pi / rows) ** 2
    weighted = (radiance * area[:, None, None]).reshape(-1, 3)
    return np.maximum(normals @ ways.reshape(-1, 3).T, 0) @ weighted / math.pi


def noise_texture(random: np.random.Generator, size: int = 256) -> Image.Image:
    """Colorful patches, none of them black."""
    noise = np.zeros((size, size, 3))
    for cells in (3, 6, 12, 24):
        coarse = Image.fromarray((random.random((cells, cells, 3)) * 255).astype(np.uint8))
        noise += np.asarray(coarse.resize((size, size), Image.BICUBIC)) / math.sqrt(cells)
    noise = (noise - noise.min((0, 1))) / np.ptp(noise, axis=(0, 1))
    return Image.fromarray((60 + 170 * noise).round().astype(np.uint8))


def lathe(radius: np.ndarray, height: np.ndarray, texture: Image.Image, around: int = 96) -> trimesh.Trimesh:
    """A body of revolution about +Y, lying open where its profile does."""
    v, u = np.meshgrid(np.arange(len(radius)), np.arange(around + 1), indexing="ij")
    angle = 2 * math.pi * u / around
    points = np.stack([radius[v] * np.sin(angle), height[v], radius[v] * np.cos(angle)], axis=-1).reshape(-1, 3)
    index = np.arange(len(points)).reshape(v.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    uv = np.stack([u / around, v / (len(radius) - 1)], axis=-1).reshape(-1, 2)
    return textured(points, faces, uv, texture)


def textured(points: np.ndarray, faces: np.ndarray, uv: np.ndarray, texture: Image.Image) -> trimesh.Trimesh:
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=texture, metallicFactor=0.0, roughnessFactor=1.0)
    visual = trimesh.visual.TextureVisuals(uv=uv, material=material)
    return trimesh.Trimesh(points, faces, visual=visual, process=False)


def make_box(texture: Image.Image, size=(1.0, 0.7, 0.8)) -> trimesh.Trimesh:
    """Each side is a part of the texture, with vertices of its own."""
    points, faces, uv = [], [], []
    for side in range(6):
        axis, sign = side // 2, 1 - 2 * (side % 2)
        s, t = np.array([0, 1, 1, 0.0]), np.array([0, 0, 1, 1.0])
        corner = np.zeros((4, 3))
        corner[:, axis], corner[:, (axis + 1) % 3], corner[:, (axis + 2) % 3] = sign / 2, s - 0.5, sign * (t - 0.5)
        points.append(corner * size)
        faces.append(np.array([[0, 1, 2], [0, 2, 3]]) + 4 * side)
        uv.append(np.stack([(side % 3 + s) / 3, (side // 3 + t) / 2], axis=-1))
    return textured(np.concatenate(points), np.concatenate(faces), np.concatenate(uv), texture)
