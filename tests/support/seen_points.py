"""Keypoints as a known camera sees them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import torch

from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.intrinsics import focal_from_fov
from camera_estimation.geometry.rotation import rotvec_to_rotmat
from camera_estimation.images.keypoints import Keypoints

WIDTH, HEIGHT = 640, 480
CORNERS = np.array(list(itertools.product((-0.5, 0.5), (-0.35, 0.35), (-0.25, 0.25))))


def camera_of(seed: int, unit: float = 1.0, origin: float = 0.0, fov_deg: float = 35.0) -> Camera:
    """A camera in any direction whose image a box of size 1 * ``unit`` about (1, 1, 1) * ``origin`` fills well."""
    generator = torch.Generator().manual_seed(seed)
    rotation = rotvec_to_rotmat(2 * torch.randn(1, 3, dtype=torch.float64, generator=generator))
    focal = focal_from_fov(math.radians(fov_deg), HEIGHT)
    at = unit * torch.tensor([[0.1, -0.05, 2.4 * focal / HEIGHT]], dtype=torch.float64)
    center = torch.full((3,), origin, dtype=torch.float64)
    return Camera(
        rotation=rotation,
        translation=at - rotation @ center,
        focal=torch.full((1, 2), focal, dtype=torch.float64),
        principal_point=torch.tensor([[WIDTH / 2, HEIGHT / 2]], dtype=torch.float64),
        width=WIDTH,
        height=HEIGHT,
    )


def seen(camera: Camera, points, noise: float = 0.0, wrong: tuple[int, ...] = (), seed: int = 0) -> Keypoints:
    """The points where the camera sees them, with noise in pixels, those of the numbers ``wrong`` far off."""
    generator = np.random.default_rng(seed)
    xyz = torch.as_tensor(np.asarray(points), dtype=torch.float64)
    uv = camera.project(xyz[None])[0][0] + torch.from_numpy(generator.normal(size=(len(xyz), 2)) * noise)
    for number in wrong:
        angle = generator.uniform(0, 2 * math.pi)
        uv[number] += generator.uniform(50, 120) * torch.tensor([math.cos(angle), math.sin(angle)])
    names = tuple(str(number) for number in range(1, len(xyz) + 1))
    return Keypoints(xyz, uv, torch.ones(len(xyz), dtype=torch.float64), names)
