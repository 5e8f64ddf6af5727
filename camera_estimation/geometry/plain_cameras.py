"""Cameras and orbits as plain values, as JSON has them."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.orbit import Orbit


def camera_values(camera: Camera) -> dict[str, Any]:
    """Size, intrinsics and pose of one camera as values of JSON.

    Args:
        camera: A batch of one.

    Raises:
        ValueError: They are not finite.
    """
    intrinsics = [*camera.focal[0].tolist(), *camera.principal_point[0].tolist()]
    matrix = camera.world_to_camera[0].tolist()
    if not all(math.isfinite(value) for value in chain(intrinsics, *matrix)):
        raise ValueError("the estimated camera is not finite")
    return {
        "width": camera.width,
        "height": camera.height,
        **dict(zip(("fx", "fy", "cx", "cy"), intrinsics, strict=True)),
        "world_to_camera": matrix,
    }


def orbit_values(orbit: Orbit) -> dict[str, Any]:
    """An orbit with its angles in degrees."""
    return {
        "yaw_deg": math.degrees(orbit.yaw),
        "pitch_deg": math.degrees(orbit.pitch),
        "radius": orbit.radius,
        "look_at": list(orbit.look_at),
        "roll_deg": math.degrees(orbit.roll),
    }


def finite_or_none(value: float | None) -> float | None:
    """The value; None for what JSON cannot hold."""
    return float(value) if value is not None and math.isfinite(value) else None
