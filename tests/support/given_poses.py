"""Poses to start from, as files would give them."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.geometry.camera import Camera
from camera_estimation.results.file_pose import pose_of_camera
from camera_estimation.results.initial_poses import InitialPoses
from camera_estimation.results.pose_index import PoseIndex


def initial_poses(cameras: dict[str, Camera], path: Path = Path("--init")) -> InitialPoses:
    """Cameras by the names of samples or images."""
    poses = [pose_of_camera(camera, name, f"{path}: '{name}'") for name, camera in cameras.items()]
    return InitialPoses(PoseIndex(poses), path=path)
