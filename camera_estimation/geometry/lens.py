"""Cameras whose lens bends directions: pixels of directions, and back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry.distortion import Distortion


@dataclass(frozen=True)
class Lens:
    """The intrinsics of a camera with distortion.

    Attributes:
        intrinsics: (fx, fy, cx, cy) in pixels; the first pixel's centre is at (0.5, 0.5).
        distortion: What its lens does before them.
        width: Of its pictures, in pixels.
        height: Likewise.
    """

    intrinsics: tuple[float, float, float, float]
    distortion: Distortion
    width: int
    height: int

    def project(self, directions: Float[Tensor, "N 3"]) -> Float[Tensor, "N 2"]:
        """Pixels (u, v) of directions or points in camera axes; NaN where the lens does not see them."""
        bent = self.distortion.distort(directions.double())
        return bent * self._focal + self._principal_point

    def unproject(self, pixels: Float[Tensor, "N 2"]) -> Float[Tensor, "N 3"]:
        """Unit directions of pixels; NaN where the lens shows none."""
        return self.distortion.undistort((pixels.double() - self._principal_point) / self._focal)

    def resize(self, width: int, height: int) -> Lens:
        """The same lens for the whole picture at another size."""
        across, down = width / self.width, height / self.height
        fx, fy, cx, cy = self.intrinsics
        return replace(self, intrinsics=(fx * across, fy * down, cx * across, cy * down), width=width, height=height)

    @property
    def _focal(self) -> Float[Tensor, "2"]:
        return torch.tensor(self.intrinsics[:2], dtype=torch.float64)

    @property
    def _principal_point(self) -> Float[Tensor, "2"]:
        return torch.tensor(self.intrinsics[2:], dtype=torch.float64)
