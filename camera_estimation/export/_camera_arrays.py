"""Cameras of posed images as arrays in double precision, in the axes that formats want."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from camera_estimation.export.exporter import PosedImage
from camera_estimation.geometry import OPENGL_FROM_OPENCV, Z_UP_FROM_Y_UP, Distortion

PIXEL_CENTER = 0.5  # of the first pixel, here; OpenCV's is 0


def world_to_camera(image: PosedImage) -> Float[np.ndarray, "4 4"]:
    """The pose in OpenCV's axes, from the mesh's world."""
    return image.camera.world_to_camera[0].double().cpu().numpy()


def camera_to_world(image: PosedImage) -> Float[np.ndarray, "4 4"]:
    """The inverse of ``world_to_camera``."""
    pose = world_to_camera(image)
    matrix = np.eye(4)
    matrix[:3, :3] = pose[:3, :3].T
    matrix[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return matrix


def opengl_camera(image: PosedImage) -> Float[np.ndarray, "4 4"]:
    """Camera to world with axes of OpenGL: x right, y up, z backward."""
    return camera_to_world(image) @ np.diag([*OPENGL_FROM_OPENCV, 1.0])


def z_up_from_y_up() -> Float[np.ndarray, "4 4"]:
    """Turns glTF's world into one whose Z axis points up: (x, y, z) becomes (x, -z, y)."""
    matrix = np.eye(4)
    matrix[:3, :3] = Z_UP_FROM_Y_UP
    return matrix


def intrinsics(image: PosedImage) -> tuple[float, float, float, float]:
    """(fx, fy, cx, cy) in pixels; the first pixel's centre is at (0.5, 0.5)."""
    fx, fy = image.camera.focal[0].tolist()
    cx, cy = image.camera.principal_point[0].tolist()
    return fx, fy, cx, cy


def camera_matrix(image: PosedImage, first_center: float = PIXEL_CENTER) -> Float[np.ndarray, "3 3"]:
    """K, where the first pixel's centre is at (``first_center``, ``first_center``)."""
    fx, fy, cx, cy = intrinsics(image)
    shift = first_center - PIXEL_CENTER
    return np.array([[fx, 0, cx + shift], [0, fy, cy + shift], [0, 0, 1]])


def distortion_of(image: PosedImage) -> Distortion | None:
    """What the lens does; None for a pinhole."""
    distortion = None if image.lens is None else image.lens.distortion
    return distortion if distortion is not None and distortion.bends else None


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """A file of arrays that ``numpy.load`` opens without pickles."""
    stream = io.BytesIO()
    plain: dict[str, Any] = {name: np.asarray(values) for name, values in arrays.items()}
    np.savez(stream, **plain)
    return stream.getvalue()
