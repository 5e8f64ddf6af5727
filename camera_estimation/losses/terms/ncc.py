"""Local normalised cross-correlation: blind to gain and bias of the brightness about each pixel.

As a dissimilarity for registration: Avants et al., "Symmetric diffeomorphic image registration with cross-correlation",
2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._pyramid import PyramidTerm

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

CONTRAST_FLOOR = 0.02**2  # variance of brightness that counts as none


@dataclass(frozen=True)
class LocalContrast:
    """Brightness about its local mean, and its local variance."""

    brightness: Float[Tensor, "B 1 H W"]
    mean: Float[Tensor, "B 1 h w"]
    variance: Float[Tensor, "B 1 h w"]
    window: int


@register_term("ncc")
class CorrelationTerm(PyramidTerm):
    """One minus local normalised cross-correlation at ``scales`` scales. ``window`` in pixels."""

    formula = "1 - NCC"
    positive_options = ("scales", "window")

    def __init__(self, device: str | torch.device = "cpu", scales: int = 4, window: int = 9) -> None:
        super().__init__(device, scales)
        self.window = window

    def features(self, image: Float[Tensor, "B 3 H W"]) -> LocalContrast:
        return local_contrast(image, self.window)

    def difference(self, rendered: LocalContrast, target: LocalContrast) -> Float[Tensor, " B"]:
        return decorrelation(rendered, target)


def local_contrast(image: Float[Tensor, "B 3 H W"], window: int) -> LocalContrast:
    """In squares of ``window`` pixels, as far as they fit into the image."""
    window = min(window, *image.shape[-2:])
    brightness = image.mean(1, keepdim=True)
    mean = _box_mean(brightness, window)
    variance = (_box_mean(brightness.square(), window) - mean.square()).clamp(min=0)
    return LocalContrast(brightness, mean, variance, window)


def decorrelation(seen: LocalContrast, wanted: LocalContrast) -> Float[Tensor, " B"]:
    """One minus the mean of the local correlations, from 0 to 2; where neither image has contrast they agree."""
    covariance = _box_mean(seen.brightness * wanted.brightness, seen.window) - seen.mean * wanted.mean
    variances = (seen.variance + CONTRAST_FLOOR) * (wanted.variance + CONTRAST_FLOOR)
    return 1 - ((covariance + CONTRAST_FLOOR) / variances.sqrt()).flatten(1).mean(1)


def _box_mean(image: Float[Tensor, "B 1 H W"], window: int) -> Float[Tensor, "B 1 h w"]:
    from torch.nn import functional as F

    return F.avg_pool2d(image, window, stride=1)
