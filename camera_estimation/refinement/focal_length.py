"""A focal length that is not known: what it costs to be far from what was expected, and its bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera, FocalPrior
from camera_estimation.refinement.levenberg_marquardt import Linearization

# Vertical fields of view between which focal lengths are estimated. Below the least one perspective is not seen: over
# an object that fills the image it changes the scale by less than 3 %.
LEAST_FOV = math.radians(3.0)
GREATEST_FOV = math.radians(120.0)
# As how many independent observations the pixels of an object count: blur, texture and errors of the shape make
# neighbors err together. It says how much a better fit is worth beside a prior.
OBSERVATIONS = 50.0


@dataclass(frozen=True)
class FreeFocal:
    """A focal length that is estimated.

    The cost C of the image is a sum of squares of an unknown variance, so that minus the logarithm of its likelihood,
    maximized over the variance, is ``OBSERVATIONS`` / 2 * log(C). With the prior's chi-squared x that makes
    C * exp(x / ``OBSERVATIONS``) the quantity to minimize: where the image tells the focal length well the prior says
    next to nothing, and where the mesh does not quite fit it holds.

    Attributes:
        mean: Expected inverse focal length, 1 / pixels.
        deviation: Its standard deviation.
        least: Of the inverse focal length.
        greatest: Likewise.
    """

    mean: float
    deviation: float
    least: float
    greatest: float

    @classmethod
    def of_camera(cls, prior: FocalPrior, height: float) -> FreeFocal:
        """For cameras in whose pixels the prior's full image is ``height`` high."""
        unit = 2 / height
        bounds = (unit * math.tan(fov / 2) for fov in (LEAST_FOV, GREATEST_FOV))
        return cls(unit * prior.tan_half_fov, unit * prior.deviation, *bounds)

    def deviations(self, camera: Camera) -> Float[Tensor, " B"]:
        """From the expected value, in standard deviations."""
        return (1 / camera.focal[:, 1] - self.mean) / self.deviation

    def factor(self, camera: Camera) -> Float[Tensor, " B"]:
        """By which the prior raises the cost."""
        return torch.exp(self.deviations(camera).square() / OBSERVATIONS)

    def weigh(self, image: Linearization, camera: Camera) -> Linearization:
        """The normal equations of the image's cost times ``factor``; the inverse distance is the seventh parameter."""
        normal, gradient = image.normal_matrix.clone(), image.gradient.clone()
        slope = camera.translation[:, 2] / (camera.focal[:, 1] * self.deviation)
        weight = image.cost / OBSERVATIONS
        normal[:, 6, 6] += weight * slope.square()
        gradient[:, 6] -= weight * slope * self.deviations(camera)
        factor = self.factor(camera)
        return Linearization(factor * image.cost, factor[:, None, None] * normal, factor[:, None] * gradient)

    def information(self, camera: Camera) -> Float[Tensor, "B 7 7"]:
        """Inverse covariance of the pose's parameters that the prior alone gives."""
        information = torch.zeros((len(camera), 7, 7), dtype=torch.float64, device=camera.device)
        information[:, 6, 6] = (camera.translation[:, 2] / (camera.focal[:, 1] * self.deviation)).double().square()
        return information

    def constrain(self, camera: Camera) -> Camera:
        """The cameras with focal lengths within the bounds, at constant size and place in the image."""
        inverse = 1 / camera.focal[:, 1:]
        zoom = inverse / inverse.clamp(self.least, self.greatest)
        across, distance = camera.translation.split([2, 1], dim=1)
        return replace(camera, focal=zoom * camera.focal, translation=torch.cat([across, zoom * distance], dim=1))


def is_at_bound(fov: float) -> bool:
    """Whether an estimated field of view (radians) went as far as it may: the image does not tell what it should be."""
    return not 1.02 * LEAST_FOV < fov < 0.98 * GREATEST_FOV
