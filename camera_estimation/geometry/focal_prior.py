"""What is known of a focal length before an image is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class FocalPrior:
    """A normal distribution of the inverse focal length, in which the orthographic limit is the ordinary point zero.

    Attributes:
        tan_half_fov: Its mean: half the image's height over the focal length, both in pixels, which are square. The
            tangent of half the vertical field of view of the full, upright image.
        deviation: Its standard deviation, in the same unit.
        source: Where it is from, for messages and results, such as "exif".
    """

    tan_half_fov: float
    deviation: float
    source: str

    @classmethod
    def from_degrees(cls, fov_deg: float, deviation_deg: float, source: str) -> FocalPrior:
        """From a vertical field of view and its standard deviation, to first order."""
        tan_half_fov = math.tan(math.radians(fov_deg) / 2)
        return cls(tan_half_fov, math.radians(deviation_deg) / 2 * (1 + tan_half_fov**2), source)

    @property
    def fov_deg(self) -> float:
        """The mean as a vertical field of view."""
        return math.degrees(2 * math.atan(self.tan_half_fov))

    @property
    def deviation_deg(self) -> float:
        """The standard deviation of the vertical field of view, to first order."""
        return math.degrees(2 * self.deviation / (1 + self.tan_half_fov**2))
