"""A short rendered sequence, and settings with which it is estimated in no time."""

from __future__ import annotations

import math

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.configuration.presets import tomllib
from camera_estimation.geometry.camera import Camera, make_camera
from camera_estimation.geometry.intrinsics import intrinsics_from_fov
from camera_estimation.geometry.orbit import orbit_poses
from camera_estimation.geometry.rotation import rotmat_geodesic_distance
from camera_estimation.images.source_image import SourceImage
from camera_estimation.mesh.textured_mesh import TexturedMesh
from camera_estimation.rendering.renderer import Renderer
from tests.support.shapes import bumpy_ball, source_image_of

SIZE = 128
SETTINGS = """
device = "cpu"
[search]
viewpoints = 200
rolls = 24
resolution = 48
candidates = 6
[refinement]
mesh_quality = "exact"
occlusion = "off"
[[refinement.levels]]
resolution = 48
blur = 1.5
iterations = 8
keep = 3
[[refinement.levels]]
resolution = 96
blur = 1.0
iterations = 5
keep = 2
[loss]
resolution = 96
"""
QUICK = merge_settings(Configuration(), tomllib.loads(SETTINGS))


def ball() -> TexturedMesh:
    return bumpy_ball(30, 30)


def orbiting_cameras(yaw_deg: list[float]) -> Camera:
    """World cameras of frames with these yaws, slowly rising."""
    yaw = torch.deg2rad(torch.tensor(yaw_deg, dtype=torch.float64))
    frame = torch.arange(len(yaw_deg), dtype=torch.float64)
    look_at = torch.tensor([[0.1, 0.0, -0.1]], dtype=torch.float64).expand(len(yaw), 3)
    poses = orbit_poses(yaw, 0.2 + 0.03 * frame, 4 + 0.05 * frame, look_at, 0.02 * frame)
    return make_camera(poses, intrinsics_from_fov(math.radians(40), SIZE, SIZE), SIZE, SIZE)


def pictures(mesh: TexturedMesh, cameras: Camera) -> list[SourceImage]:
    """What the world cameras see."""
    renderer = Renderer(mesh)
    normalized = mesh.to_normalized(cameras).to(torch.float32)
    return [source_image_of(renderer.supersample(normalized[index], 3)) for index in range(len(cameras))]


def angle_deg(first: Camera, second: Camera) -> float:
    return math.degrees(rotmat_geodesic_distance(first.rotation.double(), second.rotation.double()).item())
