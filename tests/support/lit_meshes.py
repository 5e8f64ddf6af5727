"""Pictures of meshes under light that is known, made in the test without the code that is tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from camera_estimation.geometry.camera import Camera
from camera_estimation.lighting.photograph import Photograph
from camera_estimation.mesh._srgb import linear_from_srgb, srgb_from_linear
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import round_ball, view_from

BACKDROP = 90  # gray level of what is not the mesh

# Gives the shading (N x 3) of unit normals (N x 3).
Shading = Callable[[np.ndarray], np.ndarray]


def photograph_ball(shading: Shading, size: int = 128, ball: TexturedMesh | None = None) -> tuple[Photograph, Renderer]:
    """A ball of radius 1 about the origin under a light, of whose points the normals are the points themselves."""
    ball = ball or unit_ball()
    renderer, camera = Renderer(ball), view_from((0.4, 0.5, 1.0), 4.0, size).to(torch.float64)
    rgba = renderer.supersample(camera.to(torch.float32), 4)[0].permute(1, 2, 0).numpy()
    albedo = linear_from_srgb(np.clip(rgba[..., :3] / np.maximum(rgba[..., 3:], 1e-6), 0, 1))
    normals, hit = ball_normals(camera)
    linear = albedo * np.clip(shading(normals.reshape(-1, 3)), 0, None).reshape(albedo.shape)
    pixels = np.full((size, size, 3), BACKDROP, dtype=np.uint8)
    pixels[hit] = np.round(255 * srgb_from_linear(linear))[hit]
    return Photograph(Path("ball.png"), pixels, camera), renderer


def unit_ball(rows: int = 48) -> TexturedMesh:
    """A textured ball of radius 1 about the origin of the world."""
    return replace(round_ball(rows, rows), center=torch.zeros(3, dtype=torch.float64), radius=1.0)


def ball_normals(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Where rays of pixels meet the ball of radius 1 about the origin, and whether they do."""
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    (fx, fy), (cx, cy) = camera.focal[0].tolist(), camera.principal_point[0].tolist()
    rays = np.stack([(columns - cx) / fx, (rows - cy) / fy, np.ones_like(rows)], -1) @ camera.rotation[0].numpy()
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    center = camera.center[0].numpy()
    middle = rays @ center
    root = middle**2 - center @ center + 1
    return center + (-middle - np.sqrt(np.maximum(root, 0)))[..., None] * rays, root > 0


def sun_and_sky(direction: np.ndarray, sun=(0.7, 0.65, 0.6), sky=(0.2, 0.25, 0.3)) -> Shading:
    """A far light, and light from all sides."""

    def shade(normals: np.ndarray) -> np.ndarray:
        return np.maximum(normals @ direction, 0)[:, None] * np.array(sun) + np.array(sky)

    return shade


def unit(*values: float) -> np.ndarray:
    return np.array(values) / np.linalg.norm(values)


def angle_deg(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip(first @ second, -1, 1))))


def save_picture(photograph: Photograph, path: Path) -> Path:
    Image.fromarray(photograph.pixels).save(path)
    return path
