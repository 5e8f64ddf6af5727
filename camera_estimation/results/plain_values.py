"""Cameras from the plain values that JSON has of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.geometry import (
    Camera,
    Distortion,
    Lens,
    make_camera,
    special_procrustes,
)

# How far a rotation may be from orthonormal: annotations by hand, and files with few digits, are that exact. Scale and
# shear that are meant are larger.
RIGIDITY = 5e-3
ROUNDING = 1e-6  # to which what this program wrote is orthonormal, and comes back as it was


def camera_of(entry: dict[str, Any]) -> Camera:
    """The camera that an entry of this program's own describes.

    Args:
        entry: With width, height, fx, fy, cx, cy (pixels) and world_to_camera (4x4, OpenCV axes).

    Returns:
        A batch of one in double precision.
    """
    pose = torch.tensor(entry["world_to_camera"], dtype=torch.float64)
    intrinsics = torch.tensor([entry[key] for key in ("fx", "fy", "cx", "cy")], dtype=torch.float64)
    return make_camera(pose[None], intrinsics, entry["width"], entry["height"])


def lens_of(entry: dict[str, Any]) -> Lens | None:
    """What distorts the image of an entry of this program's own; None for nothing.

    Args:
        entry: With width, height, fx, fy, cx, cy (pixels) and, if there is any, distortion.
    """
    values = dict(entry.get("distortion") or {})
    if not values:
        return None
    distortion = Distortion.of(values.pop("model"), values)
    fx, fy, cx, cy = (entry[key] for key in ("fx", "fy", "cx", "cy"))
    return Lens((fx, fy, cx, cy), distortion, entry["width"], entry["height"])


def parse_camera(entry: Any, where: str) -> Camera:
    """The camera that an entry of a user's file describes.

    Args:
        entry: Anything; should have width, height, fx, fy, cx, cy (pixels) and world_to_camera (4x4, OpenCV axes).
        where: The file and the place in it, which begins messages.

    Returns:
        A batch of one in double precision, its rotation the orthonormal one that is nearest to what the entry has.

    Raises:
        InputError: It is not a camera.
    """
    try:
        camera = camera_of(entry)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError) as error:
        missing = f"lacks {error}" if isinstance(error, KeyError) else "has no camera"
        raise InputError(
            f"{where}: {missing}; give width, height, fx, fy, cx, cy and a 4x4 world_to_camera (OpenCV axes)"
        ) from error
    values = (camera.rotation, camera.translation, camera.focal, camera.principal_point)
    if camera.rotation.shape != (1, 3, 3) or not all(value.isfinite().all() for value in values):
        raise InputError(f"{where}: world_to_camera is not 4x4 finite numbers, or the intrinsics are not finite")
    matrix = torch.tensor(entry["world_to_camera"], dtype=torch.float64)
    if matrix.shape != (4, 4):
        raise InputError(f"{where}: world_to_camera is not 4x4 finite numbers; give all four rows")
    _check_rigid(matrix, where)
    if not all(isinstance(side, int | float) for side in (entry["width"], entry["height"])):
        raise InputError(f"{where}: width and height are not numbers; give them in pixels")
    if not (camera.focal > 0).all() or not camera.width > 0 or not camera.height > 0:
        raise InputError(f"{where}: focal lengths and image sizes must be positive")
    if _skew(camera.rotation[0]) <= ROUNDING:
        return camera
    return replace(camera, rotation=special_procrustes(camera.rotation))


def check_in_front(camera: Camera, center: Float[Tensor, "3"], where: str) -> None:
    """Make sure that a camera of a user's file sees what it is said to see.

    Args:
        camera: One.
        center: Of the mesh, in world coordinates.
        where: The file and the place in it, which begins messages.

    Raises:
        InputError: The mesh is behind it; one line.
    """
    depth = camera.rotation[0, 2] @ center.to(camera.rotation) + camera.translation[0, 2]
    if not depth > 0:
        raise InputError(
            f"{where}: world_to_camera puts the object behind the camera, as with the axes of OpenGL; give OpenCV's "
            "(x right, y down, z forward): negate its second and third row"
        )


def rigid_matrix(values: Any, where: str, name: str = "world_to_camera") -> Float[Tensor, "4 4"]:
    """A pose of a user's file, in double precision.

    Args:
        values: Anything; should be 4 rows of 4 numbers, or the first 3 of them.
        where: The file and the place in it, which begins messages.
        name: What the file calls it.

    Returns:
        With the orthonormal rotation that is nearest.

    Raises:
        InputError: It is not a rotation and a translation; one line.
    """
    try:
        matrix = torch.tensor(values, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        matrix = torch.empty(0)
    if matrix.shape == (3, 4):
        matrix = torch.cat([matrix, matrix.new_tensor([[0.0, 0.0, 0.0, 1.0]])])
    if matrix.shape != (4, 4) or not matrix.isfinite().all():
        raise InputError(f"{where}: its {name} is not 4x4 finite numbers; write the cameras again")
    _check_rigid(matrix, where, name)
    if _skew(matrix[:3, :3]) > ROUNDING:
        matrix[:3, :3] = special_procrustes(matrix[None, :3, :3])[0]
    return matrix


def _check_rigid(matrix: Float[Tensor, "4 4"], where: str, name: str = "world_to_camera") -> None:
    """Raises InputError if a pose is more than a rotation and a translation."""
    last = matrix.new_tensor([0.0, 0.0, 0.0, 1.0])
    if not torch.allclose(matrix[3], last, rtol=0, atol=ROUNDING):
        transposed = torch.allclose(matrix[:, 3], last, rtol=0, atol=ROUNDING)
        remedy = "transpose it" if transposed else "give a rigid pose"
        raise InputError(f"{where}: the last row of {name} must be 0 0 0 1; {remedy}")
    rotation = matrix[:3, :3]
    if _skew(rotation) <= RIGIDITY and torch.linalg.det(rotation) < 0:
        raise InputError(
            f"{where}: {name} mirrors (its determinant is -1); negate the axis that was turned the wrong way"
        )
    if not is_rotation(rotation):
        raise InputError(f"{where}: {name} has no rotation in it; give a rigid pose without scale or mirroring")


def is_rotation(matrix: Float[Tensor, "3 3"]) -> bool:
    """Whether the matrix turns without scaling or mirroring."""
    return _skew(matrix) <= RIGIDITY and bool(torch.linalg.det(matrix) > 0)


def _skew(matrix: Float[Tensor, "3 3"]) -> float:
    """How far it is from orthonormal."""
    return float((matrix @ matrix.T - torch.eye(3, dtype=matrix.dtype)).abs().max())
