"""Meshes and cameras that the benchmarks make themselves."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import UInt8

from camera_estimation.geometry import Camera, look_at_rotation
from camera_estimation.mesh import Texture, TexturedMesh

FOCAL_PER_PIXEL = 1.37  # of the image's side: a field of view of 40 degrees
SPOTS = 12  # a side, of smooth pictures
DISTANCE = 4.6  # object radii: the object fills a quarter of the picture


def lumpy_ball(faces: int) -> TexturedMesh:
    """A closed textured mesh of about ``faces`` triangles; its shape and texture do not depend on their number."""
    rows = round(math.sqrt(faces / 2))
    v, u = np.meshgrid(np.linspace(0, 1, rows + 1), np.linspace(0, 1, rows + 1), indexing="ij")
    polar, azimuth = np.pi * v, 2 * np.pi * u
    unit = np.stack([np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)], -1)
    points = (unit * (1 + 0.2 * np.sin(4 * unit[..., :1] + 2 * unit[..., 2:]))).reshape(-1, 3)
    index = np.arange((rows + 1) ** 2).reshape(rows + 1, rows + 1)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    texels = np.random.default_rng(0).integers(0, 256, (1024, 1024, 3), dtype=np.uint8)
    return TexturedMesh(
        path=Path("lumpy_ball.glb"),
        vertices=torch.as_tensor(points / np.linalg.norm(points, axis=1).max(), dtype=torch.float32),
        faces=torch.as_tensor(triangles, dtype=torch.int32),
        uv=torch.as_tensor(np.stack([u, v], -1).reshape(-1, 2), dtype=torch.float32),
        vertex_colors=torch.ones(len(points), 3),
        face_texture=torch.zeros(len(triangles), dtype=torch.int32),
        textures=(Texture(torch.as_tensor(texels)),),
        center=torch.zeros(3, dtype=torch.float64),
        radius=1.0,
    )


def smooth_ball(faces: int) -> TexturedMesh:
    """The same with smooth bright spots, which need no filter of textures: all renderers draw them alike."""
    texels = torch.from_numpy(smooth_spots(512, 512) // 2 + 127)
    return replace(lumpy_ball(faces), textures=(Texture(texels),))


def smooth_spots(width: int, height: int) -> UInt8[np.ndarray, "H W 3"]:
    """Of all colors."""
    spots = np.random.default_rng(0).integers(0, 256, (SPOTS, SPOTS, 3), dtype=np.uint8)
    return cv2.resize(spots, (width, height), interpolation=cv2.INTER_CUBIC)


def view(pixels: int, device: torch.device) -> Camera:
    """A camera that sees a normalised mesh from the side and above, in a square image."""
    forward = torch.nn.functional.normalize(torch.tensor([[-0.5, -0.4, -1.0]], device=device), dim=1)
    return Camera(
        rotation=look_at_rotation(forward, torch.tensor([0.0, 1.0, 0.0], device=device)),
        translation=torch.tensor([[0.0, 0.0, DISTANCE]], device=device),
        focal=torch.full((1, 2), pixels * FOCAL_PER_PIXEL, device=device),
        principal_point=torch.full((1, 2), pixels / 2, device=device),
        width=pixels,
        height=pixels,
    )
