"""Cameras as glTF describes them: the optical axis goes through the centre of the frame.

Where the principal point of a picture is off its centre, the frame is widened until that point is central: the picture
is then a part of what the camera shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from camera_estimation.geometry import Camera

CENTRAL = 1e-4  # pixels by which a principal point may be off and count as central


@dataclass(frozen=True)
class CenteredFrame:
    """The frame of a camera whose optical axis is central, in pixels of its picture.

    Attributes:
        camera: One; its picture is all or a part of the frame.
        width: Of the frame.
        height: Likewise.
    """

    camera: Camera
    width: float
    height: float

    @property
    def is_widened(self) -> bool:
        """Whether it shows more than the picture."""
        return (self.width, self.height) != (self.camera.width, self.camera.height)

    @property
    def perspective(self) -> dict[str, float]:
        """The vertical field of view in radians, and width over height, as glTF names them."""
        fx, fy = self.camera.focal[0].double().tolist()
        across, down = self.width / (2 * fx), self.height / (2 * fy)
        return {"yfov": 2 * math.atan(down), "aspectRatio": across / down}

    @property
    def picture_rectangle(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the picture at distance 1 before the camera; x is to the right, y up."""
        fx, fy = self.camera.focal[0].double().tolist()
        cx, cy = self.camera.principal_point[0].double().tolist()
        return -cx / fx, (self.camera.width - cx) / fx, (cy - self.camera.height) / fy, cy / fy

    @property
    def extras(self) -> dict[str, Any]:
        """What glTF has no place for: the picture's intrinsics in pixels, and the frame's size."""
        fx, fy = self.camera.focal[0].double().tolist()
        cx, cy = self.camera.principal_point[0].double().tolist()
        return {
            "width": self.camera.width,
            "height": self.camera.height,
            "fx": fx,
            "fy": fy,
            "cx": cx,
            "cy": cy,
            "frame_width": self.width,
            "frame_height": self.height,
            "frame_left": cx - self.width / 2,
            "frame_top": cy - self.height / 2,
        }


def frame_about_axis(camera: Camera) -> CenteredFrame:
    """The smallest frame about the principal point of one camera that has the whole picture."""
    cx, cy = camera.principal_point[0].double().tolist()
    return CenteredFrame(camera, _extent(camera.width, cx), _extent(camera.height, cy))


def _extent(size: int, center: float) -> float:
    if abs(center - size / 2) <= CENTRAL:
        return size
    return 2 * max(center, size - center)
