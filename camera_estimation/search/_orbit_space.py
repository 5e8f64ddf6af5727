"""The space that the swarm and the evolution search: cameras around the mesh as points of a box."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.configuration import OrbitConfig
from camera_estimation.geometry import Camera, orbit_poses

# Coordinates of a point, as ``camera.Orbit`` has them; roll is left out of spaces of upright cameras.
YAW, PITCH, RADIUS, LOOK_AT, ROLL = 0, 1, 2, slice(3, 6), 6


@dataclass(frozen=True)
class OrbitSpace:
    """Points are (yaw, pitch, radius, look-at x, y, z[, roll]): radians, and radii of the object in the +Z-up frame.

    They are double precision and on the CPU, so that a seed gives the same ones on every device. ``periodic``
    coordinates are angles on the full circle; the others stay between ``low`` and ``high``.
    """

    low: Float[Tensor, " K"]
    high: Float[Tensor, " K"]
    periodic: Bool[Tensor, " K"]

    @property
    def extent(self) -> Float[Tensor, " K"]:
        """The range of each coordinate; never quite zero, so that a coordinate may be fixed."""
        return (self.high - self.low).clamp(min=1e-9)

    def sample(self, count: int, generator: torch.Generator) -> Float[Tensor, "B K"]:
        """Points with directions uniform on the sphere and all other coordinates uniform in their range."""
        share = torch.rand((count, len(self.low)), generator=generator, dtype=torch.float64)
        points = self.low + share * self.extent
        points[:, PITCH] = torch.asin(2 * share[:, PITCH] - 1)
        return points

    def bound(self, points: Float[Tensor, "B K"]) -> tuple[Float[Tensor, "B K"], Bool[Tensor, "B K"]]:
        """The points brought into the box: angles wrapped, other coordinates reflected at its walls.

        Also which coordinates have been reflected an odd number of times, so that what moved out now moves in.
        """
        wrapped = torch.remainder(points - self.low, self.extent)
        folded = torch.remainder(points - self.low, 2 * self.extent)
        reflected = (folded > self.extent) & ~self.periodic
        folded = torch.where(reflected, 2 * self.extent - folded, folded)
        inside = self.low + torch.where(self.periodic, wrapped, folded)
        return inside.clamp(self.low, self.high), reflected  # the clamp takes off what rounding leaves over

    def difference(self, to: Float[Tensor, "*#B K"], start: Float[Tensor, "*#B K"]) -> Float[Tensor, "*#B K"]:
        """The way from ``start`` to ``to``: around the circle on the shorter side."""
        straight = to - start
        around = torch.remainder(straight + self.extent / 2, self.extent) - self.extent / 2
        return torch.where(self.periodic, around, straight)


def orbit_space(config: OrbitConfig, with_roll: bool) -> OrbitSpace:
    """The box that ``config`` describes."""
    high = [math.pi, math.pi / 2, config.radius_max, *[config.look_at] * 3, math.pi]
    low = [-math.pi, -math.pi / 2, config.radius_min, *[-config.look_at] * 3, -math.pi]
    periodic = [True, False, False, False, False, False, True]
    count = ROLL + 1 if with_roll else ROLL
    return OrbitSpace(
        torch.tensor(low[:count], dtype=torch.float64),
        torch.tensor(high[:count], dtype=torch.float64),
        torch.tensor(periodic[:count]),
    )


@dataclass(frozen=True)
class OrbitView:
    """How points become cameras of one picture.

    ``camera`` has the intrinsics. ``up_frame`` turns the mesh so that its up axis is +Y, which orbits circle. ``aim``
    turns the camera of the picture so that it looks at the object: a point that looks at the mesh's centre sees it
    where the object is, whatever part of a photo that is.
    """

    camera: Camera
    up_frame: Float[Tensor, "3 3"]
    aim: Float[Tensor, "3 3"]

    def cameras(self, points: Float[Tensor, "B K"]) -> Camera:
        """Cameras of the normalised mesh, on the device of ``camera``."""
        roll = points[:, ROLL] if points.shape[1] > ROLL else torch.zeros_like(points[:, YAW])
        pose = orbit_poses(points[:, YAW], points[:, PITCH], points[:, RADIUS], points[:, LOOK_AT], roll)
        pose = pose.to(self.camera.rotation)
        back = self.aim.T
        return replace(
            self.camera[[0] * len(points)],
            rotation=back @ pose[:, :3, :3] @ self.up_frame,
            translation=pose[:, :3, 3] @ self.aim,
        )


def up_frame(up: Float[Tensor, "3"]) -> Float[Tensor, "3 3"]:
    """A rotation that takes a coordinate axis to +Y, and +Y to itself without a turn."""
    side = up.new_tensor([0.0, 0.0, 1.0] if up[0] != 0 else [1.0, 0.0, 0.0])
    return torch.stack([side, up, torch.linalg.cross(side, up)])
