"""Scenes that exporters are tried on: a mesh away from the origin, cameras with all that can differ, photographs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.export.exporter import PosedImage
from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.lens import Lens
from camera_estimation.geometry.rotation import look_at_rotation, rotvec_to_rotmat
from camera_estimation.mesh.gltf.writing import mesh_glb
from camera_estimation.mesh.loading import load_mesh
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball

needs_blender = pytest.mark.skipif(
    find_spec("bpy") is None, reason="Blender is not here: pip install 'camera-estimation[blender]' on Python 3.11"
)

CENTER = (3.0, -1.0, 2.0)
RADIUS = 0.7
SUPERSAMPLES = 4


def write_ball(path: Path) -> TexturedMesh:
    """A GLB file of the bumpy ball, away from the origin."""
    ball = replace(bumpy_ball(16, 32), center=torch.tensor(CENTER, dtype=torch.float64), radius=RADIUS)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mesh_glb(ball))
    return load_mesh(path)


def odd_camera(
    width: int = 96,
    height: int = 64,
    *,
    direction: tuple[float, float, float] = (0.5, 0.3, 0.8),
    roll_deg: float = 25.0,
    aspect: float = 1.25,
    offset: tuple[float, float] = (0.15, -0.2),
    distance: float = 3.0,
) -> Camera:
    """One that sees the ball beside the picture's centre, rolled; pixels are not square.

    Args:
        aspect: fx / fy.
        offset: Of the principal point from the centre, as a share of width and height.
    """
    forward = -torch.nn.functional.normalize(torch.tensor([direction], dtype=torch.float64), dim=1)
    upright = look_at_rotation(forward, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64))
    roll = torch.tensor([[0.0, 0.0, math.radians(roll_deg)]], dtype=torch.float64)
    rotation = rotvec_to_rotmat(roll) @ upright
    # The object stays in the picture although the axis does not go through its centre.
    in_camera = torch.tensor([[-0.8 * offset[0], -0.8 * offset[1], distance]], dtype=torch.float64)
    center = torch.tensor(CENTER, dtype=torch.float64)
    focal = 1.6 * height
    return Camera(
        rotation=rotation,
        translation=in_camera - rotation[0] @ center,
        focal=torch.tensor([[focal * aspect, focal]], dtype=torch.float64),
        principal_point=torch.tensor([[width * (0.5 + offset[0]), height * (0.5 + offset[1])]], dtype=torch.float64),
        width=width,
        height=height,
    )


def silhouette(mesh: TexturedMesh, camera: Camera) -> np.ndarray:
    """Which pixels the mesh covers at least by half."""
    return draw(mesh, camera)[..., 3] >= 128


def draw(mesh: TexturedMesh, camera: Camera) -> np.ndarray:
    """RGBA of the mesh, straight."""
    seen = mesh.to_normalized(camera).to(torch.float32)
    rgba = Renderer(mesh).supersample(seen, SUPERSAMPLES)[0].permute(1, 2, 0).numpy()
    color = rgba[..., :3] / np.maximum(rgba[..., 3:], 1e-3)
    return (255 * np.dstack([color, rgba[..., 3:]]).clip(0, 1)).round().astype(np.uint8)


def posed_image(
    folder: Path,
    name: str,
    mesh: TexturedMesh,
    camera: Camera,
    *,
    lens: Lens | None = None,
    entry: Mapping[str, Any] | None = None,
) -> PosedImage:
    """With a photograph: the mesh before a ground that gets brighter to the right and to the bottom."""
    rows, columns = np.mgrid[: camera.height, : camera.width]
    ground = np.dstack([columns * 255 // camera.width, rows * 255 // camera.height, np.full_like(rows, 90)])
    picture = Image.fromarray(ground.astype(np.uint8)).convert("RGBA")
    picture.alpha_composite(Image.fromarray(draw(mesh, camera)))
    path = folder / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.convert("RGB").save(path)
    return PosedImage(name, path, mesh.path, camera, lambda: mesh, lens=lens, entry=entry or {})


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two silhouettes."""
    return float((first & second).sum() / (first | second).sum())
