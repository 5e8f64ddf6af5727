"""SSIM and MS-SSIM of images of any size, with the target's local statistics kept.

Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004;
Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment", 2003. Values are those of
``pytorch_msssim``, whose ``ms_ssim`` refuses images below 161 pixels, and whose gradient is not a number where the
structure of a scale is negative (renders that do not resemble the target).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses.target_cache import TargetCache

SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 11  # pixels, of a Gaussian
SIGMA = 1.5  # of that Gaussian
LUMINANCE_FLOOR, CONTRAST_FLOOR = 0.01**2, 0.03**2
LEAST_SIMILARITY = 1e-4  # of one of several scales


@dataclass(frozen=True)
class LocalStatistics:
    """An image at one scale with its mean and variance about every pixel that the window fits around."""

    image: Float[Tensor, "B C h w"]
    mean: Float[Tensor, "B C h1 w1"]
    variance: Float[Tensor, "B C h1 w1"]


class StructuralSimilarity:
    """Calling it gives similarities of images in [0, 1], at most 1, which is equality; from -1 on with one scale.

    ``scales``: the image is halved that many times less one, or as often as the window fits.
    """

    def __init__(self, scales: int) -> None:
        self.scales = scales
        self._target_statistics = TargetCache(self._statistics)

    def __call__(
        self, rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"]
    ) -> Float[Tensor, " B"]:
        """Gradients flow into the render only."""
        pairs = list(zip(self._statistics(rendered_image), self._target_statistics(target_image), strict=True))
        if len(pairs) == 1:
            return _similarity(*pairs[0], luminance=True).mean(1)
        weights = SCALE_WEIGHTS[: len(pairs)]
        rescaled = sum(SCALE_WEIGHTS) / sum(weights)  # those of the paper sum to 1.0001
        product = torch.ones_like(rendered_image[:, :, 0, 0])
        for weight, (seen, wanted) in zip(weights, pairs, strict=True):
            similarity = _similarity(seen, wanted, luminance=seen is pairs[-1][0])
            product = product * similarity.clamp(min=LEAST_SIMILARITY) ** (weight * rescaled)
        return product.mean(1)

    def _statistics(self, image: Float[Tensor, "B C H W"]) -> list[LocalStatistics]:
        image = _at_least_window(image)
        scales = [_local_statistics(image)]
        while len(scales) < self.scales and min(image.shape[-2:]) >= 2 * WINDOW - 1:
            image = F.avg_pool2d(image, 2, padding=[size % 2 for size in image.shape[-2:]])
            scales.append(_local_statistics(image))
        return scales


def _similarity(seen: LocalStatistics, wanted: LocalStatistics, luminance: bool) -> Float[Tensor, "B C"]:
    """Mean of contrast and structure, times luminance if asked for."""
    product = seen.mean * wanted.mean
    covariance = _local_mean(seen.image * wanted.image) - product
    similarity = (2 * covariance + CONTRAST_FLOOR) / (seen.variance + wanted.variance + CONTRAST_FLOOR)
    if luminance:
        squares = seen.mean.square() + wanted.mean.square()
        similarity = similarity * (2 * product + LUMINANCE_FLOOR) / (squares + LUMINANCE_FLOOR)
    return similarity.flatten(2).mean(2)


def _local_statistics(image: Float[Tensor, "B C h w"]) -> LocalStatistics:
    mean = _local_mean(image)
    return LocalStatistics(image, mean, _local_mean(image.square()) - mean.square())


def _local_mean(image: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C h1 w1"]:
    ticks = torch.arange(WINDOW, dtype=image.dtype, device=image.device) - WINDOW // 2
    window = torch.exp(-ticks.square() / (2 * SIGMA**2))
    window = (window / window.sum()).expand(image.shape[1], 1, 1, WINDOW)
    columns = F.conv2d(image, window.transpose(2, 3), groups=image.shape[1])
    return F.conv2d(columns, window, groups=image.shape[1])


def _at_least_window(image: Float[Tensor, "B C h w"]) -> Float[Tensor, "B C H W"]:
    """Widened with black where the window does not fit."""
    height, width = image.shape[-2:]
    return F.pad(image, (0, max(0, WINDOW - width), 0, max(0, WINDOW - height)))
