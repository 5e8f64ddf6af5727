"""Cameras as orbits about a point: yaw, pitch, radius, look-at and roll (conventions in camera.py)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry.camera import Camera
from camera_estimation.geometry.rotation import roll_rotation

# Columns are the +Z-up orbit frame's axes seen from glTF's +Y-up frame: (x, -z, y) = Z_UP_FROM_Y_UP @ (x, y, z).
Z_UP_FROM_Y_UP = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))


@dataclass(frozen=True)
class Orbit:
    """A camera that circles a point, in the +Z-up frame.

    Attributes:
        yaw: About the up axis, in radians; 0 where the camera is on the side of +y.
        pitch: Above the horizon, in radians.
        radius: Distance to ``look_at``, in world units.
        look_at: Point on the optical axis, in world units.
        roll: Clockwise turn of the picture, in radians.
    """

    yaw: float
    pitch: float
    radius: float
    look_at: tuple[float, float, float]
    roll: float


def orbit_of(camera: Camera, target: Float[Tensor, "3"]) -> Orbit:
    """Orbit parameters of one camera.

    Args:
        camera: A batch of one.
        target: In world axes; the look-at point is the one on the optical axis nearest to it.
    """
    rotation, center = camera.rotation[0].double(), camera.center[0].double()
    forward = rotation[2]
    radius = torch.dot(target.to(forward) - center, forward)
    look_at = center + radius * forward
    z_up = forward.new_tensor(Z_UP_FROM_Y_UP)
    backward = -(z_up @ forward)
    yaw = math.atan2(backward[0].item(), backward[1].item())
    pitch = math.asin(max(-1.0, min(1.0, backward[2].item())))
    upright = _orbit_rotation(*rotation.new_tensor([[yaw], [pitch]]))[0]
    turn = rotation @ upright.T
    roll = math.atan2(turn[1, 0].item(), turn[0, 0].item())
    return Orbit(yaw, pitch, radius.item(), tuple((z_up @ look_at).tolist()), roll)


def world_to_camera_of(orbit: Orbit) -> Float[Tensor, "4 4"]:
    """The pose that ``orbit_of`` describes, double precision."""
    one = torch.tensor([[orbit.yaw, orbit.pitch, orbit.radius, *orbit.look_at, orbit.roll]], dtype=torch.float64)
    return orbit_poses(one[:, 0], one[:, 1], one[:, 2], one[:, 3:6], one[:, 6])[0]


def orbit_poses(
    yaw: Float[Tensor, " B"],
    pitch: Float[Tensor, " B"],
    radius: Float[Tensor, " B"],
    look_at: Float[Tensor, "B 3"],
    roll: Float[Tensor, " B"],
) -> Float[Tensor, "B 4 4"]:
    """``world_to_camera`` of orbit parameters (see ``Orbit``)."""
    rotation = roll_rotation(roll) @ _orbit_rotation(yaw, pitch)
    pose = torch.eye(4, dtype=yaw.dtype, device=yaw.device).repeat(len(yaw), 1, 1)
    pose[:, :3, :3] = rotation
    pose[:, :3, 3] = -(rotation @ (look_at @ yaw.new_tensor(Z_UP_FROM_Y_UP))[..., None])[..., 0]
    pose[:, 2, 3] += radius
    return pose


def _orbit_rotation(yaw: Float[Tensor, " B"], pitch: Float[Tensor, " B"]) -> Float[Tensor, "B 3 3"]:
    """World-to-camera rotations without roll; analytic, so that they hold at the poles too."""
    backward = torch.stack([yaw.sin() * pitch.cos(), yaw.cos() * pitch.cos(), pitch.sin()], dim=-1)
    right = torch.stack([-yaw.cos(), yaw.sin(), torch.zeros_like(yaw)], dim=-1)
    down = torch.linalg.cross(-backward, right)
    return torch.stack([right, down, -backward], dim=-2) @ yaw.new_tensor(Z_UP_FROM_Y_UP)
