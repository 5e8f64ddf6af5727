"""Cameras from poses, with intrinsics whose pixels are not square."""

from __future__ import annotations

import torch

from camera_estimation.geometry.camera import Camera, make_camera


def camera_of_pose(pose: torch.Tensor) -> Camera:
    """The camera of one 4x4 pose."""
    return make_camera(pose[None], torch.tensor([500.0, 510.0, 320.0, 240.0], dtype=torch.float64), 640, 480)
