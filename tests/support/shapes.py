"""Meshes and cameras that tests make themselves."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.rotation import look_at_rotation
from camera_estimation.images.source_image import SourceImage
from camera_estimation.images.target import TargetView
from camera_estimation.mesh.textured_mesh import Texture, TexturedMesh
from camera_estimation.rendering.renderer import Renderer

WHITE = torch.full((1, 1, 3), 255, dtype=torch.uint8)


def mesh_of(vertices, faces, uv=None, texture=None, vertex_colors=None, normalize=True) -> TexturedMesh:
    """A mesh of plain arrays; world and normalised frame agree unless ``normalise``."""
    vertices = torch.as_tensor(np.asarray(vertices), dtype=torch.float64)
    faces = torch.as_tensor(np.asarray(faces), dtype=torch.int32)
    center = torch.zeros(3, dtype=torch.float64)
    radius = 1.0
    if normalize:
        center = (vertices.amin(0) + vertices.amax(0)) / 2
        radius = float((vertices - center).norm(dim=1).max())
    count = len(vertices)
    return TexturedMesh(
        path=Path("made.glb"),
        vertices=((vertices - center) / radius).float(),
        faces=faces,
        uv=torch.zeros(count, 2) if uv is None else torch.as_tensor(np.asarray(uv), dtype=torch.float32),
        vertex_colors=torch.ones(count, 3) if vertex_colors is None else vertex_colors.float(),
        face_texture=torch.zeros(len(faces), dtype=torch.int32),
        textures=(texture or Texture(WHITE),),
        center=center,
        radius=radius,
    )


def smooth_texture(size: int = 256, seed: int = 0) -> Texture:
    """A colourful pattern without a repeat, with detail of a few percent of its width."""
    generator = np.random.default_rng(seed)
    noise = np.zeros((size, size, 3))
    for cells in (4, 8, 16, 32):
        coarse = torch.as_tensor(generator.random((1, 3, cells, cells)))
        smooth = torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic", align_corners=True)
        noise += smooth[0].permute(1, 2, 0).numpy() / math.sqrt(cells)
    noise = (noise - noise.min()) / (noise.max() - noise.min())
    return Texture(torch.as_tensor((noise * 255).round().astype(np.uint8)))


def bumpy_ball(rows: int, columns: int, texture: Texture | None = None) -> TexturedMesh:
    """A ball with lumps, unlike itself from every side; 2 * rows * columns faces, with a seam in its texture."""
    v, u = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, columns + 1), indexing="ij")
    polar, azimuth = np.pi * v, 2 * np.pi * u
    x, y, z = np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)
    radius = 1 + 0.25 * np.sin(3 * x + 1) * np.cos(2 * y) + 0.2 * np.sin(4 * z + 2 * x) + 0.15 * np.cos(3 * y - z)
    vertices = np.stack([x, 0.8 * y, 1.2 * z], -1) * radius[..., None]
    index = np.arange((rows + 1) * (columns + 1)).reshape(rows + 1, columns + 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    return mesh_of(vertices.reshape(-1, 3), faces, np.stack([u, v], -1).reshape(-1, 2), texture or smooth_texture())


def view_from(direction, distance: float = 4.0, size: int = 128, fov_deg: float = 40.0) -> Camera:
    """An upright camera that looks at the origin from ``direction``."""
    forward = -torch.nn.functional.normalize(torch.tensor([direction], dtype=torch.float32), dim=1)
    focal = size / (2 * math.tan(math.radians(fov_deg) / 2))
    return Camera(
        rotation=look_at_rotation(forward, torch.tensor([0.0, 1.0, 0.0])),
        translation=torch.tensor([[0.0, 0.0, distance]]),
        focal=torch.full((1, 2), focal),
        principal_point=torch.full((1, 2), size / 2),
        width=size,
        height=size,
    )


def source_image_of(rgba: torch.Tensor, path: str = "made.png") -> SourceImage:
    """A source image of a premultiplied render [1, 4, H, W]."""
    mask = rgba[0, 3:]
    rgb = (rgba[0, :3] / mask.clamp(min=1e-3)).clamp(0, 1)
    return SourceImage(Path(path), (rgb * 255).round().byte(), (mask * 255).round().byte(), "alpha")


def round_ball(rows: int, columns: int, texture: Texture | None = None) -> TexturedMesh:
    """A sphere of radius 1 with the texture of ``bumpy_ball``."""
    ball = bumpy_ball(rows, columns, texture)
    return replace(ball, vertices=torch.nn.functional.normalize(ball.vertices, dim=1))


def box(size=(1.0, 0.7, 0.5), texture: Texture | None = None, divisions: int = 8) -> TexturedMesh:
    """A box of ``divisions`` squares a side; each side shows its own sixth of the texture, or all are white."""
    ticks = np.linspace(0, 1, divisions + 1)
    s, t = (grid.reshape(-1) for grid in np.meshgrid(ticks, ticks, indexing="ij"))
    index = np.arange((divisions + 1) ** 2).reshape(divisions + 1, -1)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[:-1, 1:], index[1:, 1:]
    square = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    vertices, faces, uv = [], [], []
    for side in range(6):
        axis, sign = side // 2, 1 - 2 * (side % 2)
        corners = np.zeros((len(s), 3))
        corners[:, axis] = sign / 2
        corners[:, (axis + 1) % 3], corners[:, (axis + 2) % 3] = s - 0.5, sign * (t - 0.5)
        vertices.append(corners * np.asarray(size))
        faces.append(square + side * len(s))
        uv.append(np.stack([(side % 3 + s) / 3, (side // 3 + t) / 2], -1))
    return mesh_of(np.concatenate(vertices), np.concatenate(faces), np.concatenate(uv), texture)


def target_view(renderer: Renderer, camera: Camera, erased: tuple[slice, slice] | None = None) -> TargetView:
    """What ``camera`` sees, as a target; the mask leaves out the pixels ``erased`` (rows, columns)."""
    rgba = renderer.supersample(camera, 4)
    if erased is not None:
        rows, columns = erased
        rgba[:, :, rows, columns] = 0
    return TargetView(rgba, torch.ones_like(rgba[:, 3:]), (0.0, 0.0, float(camera.width), float(camera.height)))


def ground_below_camera(distance: float) -> tuple[TexturedMesh, Camera]:
    """A square of ground, as it is and not normalized, 0.03 below a camera of 100 pixels a side that looks along -z.

    Args:
        distance: Of the camera from above the ground's center: of less than 0.7 a part of the ground is behind it.
    """
    corners = [[-0.7, 0, -0.7], [0.7, 0, -0.7], [0.7, 0, 0.7], [-0.7, 0, 0.7]]
    camera = Camera(
        rotation=torch.tensor([[[1.0, 0, 0], [0, -1.0, 0], [0, 0, -1.0]]]),
        translation=torch.tensor([[0.0, 0.03, distance]]),
        focal=torch.full((1, 2), 50.0),
        principal_point=torch.full((1, 2), 50.0),
        width=100,
        height=100,
    )
    return mesh_of(corners, [[0, 1, 2], [0, 2, 3]], normalize=False), camera
