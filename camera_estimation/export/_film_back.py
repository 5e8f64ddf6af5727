"""Cameras as Blender and USD describe them: a lens before a sensor that may be shifted beside its axis.

Both look along -z with x to the right and y up, as glTF does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import OPENGL_FROM_OPENCV, Camera

SENSOR_WIDTH = 36.0  # millimetres in Blender, tenths of a scene unit in USD: that of 35 mm film
SHORTEST_LENS = 1.0  # millimetres: Blender takes none shorter


@dataclass(frozen=True)
class FilmBack:
    """The intrinsics of a pinhole as a lens and a sensor.

    Attributes:
        lens: Distance of the sensor from the pinhole.
        sensor_width: In the same unit.
        shift_x: Of the picture's centre from the optical axis, to the right, as a share of the sensor's width.
        shift_y: Likewise upwards, also as a share of the width.
        pixel_aspect: Height of a pixel as a multiple of its width.
        width: Of the picture, in pixels.
        height: Likewise.
    """

    lens: float
    sensor_width: float
    shift_x: float
    shift_y: float
    pixel_aspect: float
    width: int
    height: int

    @property
    def sensor_height(self) -> float:
        """In the unit of the width."""
        return self.sensor_width * self.height * self.pixel_aspect / self.width

    @property
    def intrinsics(self) -> tuple[float, float, float, float]:
        """(fx, fy, cx, cy) in pixels."""
        fx = self.lens * self.width / self.sensor_width
        cx = self.width / 2 - self.shift_x * self.width
        cy = self.height / 2 + self.shift_y * self.width / self.pixel_aspect
        return fx, fx / self.pixel_aspect, cx, cy


def film_back(camera: Camera) -> FilmBack:
    """The intrinsics of one camera as a lens and a sensor."""
    fx, fy = camera.focal[0].tolist()
    cx, cy = camera.principal_point[0].tolist()
    width, height = camera.width, camera.height
    sensor = max(SENSOR_WIDTH, SHORTEST_LENS * width / fx)
    return FilmBack(
        lens=fx * sensor / width,
        sensor_width=sensor,
        shift_x=(width / 2 - cx) / width,
        shift_y=(cy - height / 2) * fx / fy / width,
        pixel_aspect=fx / fy,
        width=width,
        height=height,
    )


def world_from_view(camera: Camera) -> Float[Tensor, "4 4"]:
    """Where one camera is and how it is turned: its axes are x right, y up, and -z ahead; in double precision."""
    flip = torch.diag(torch.tensor([*OPENGL_FROM_OPENCV, 1.0], dtype=torch.float64))
    return torch.linalg.inv(camera.world_to_camera[0].double().cpu()) @ flip
