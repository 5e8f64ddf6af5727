"""Gaussian blur as products with banded matrices."""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.rendering import stream_number

BANDS_KEPT = 32  # an image needs some twelve, of up to a megabyte; those of each size that came would be memory lost
LEAST_SHARE = 1e-3  # of a window within the border, that is divided by


def blur(image: Float[Tensor, "B C H W"], sigma: float) -> Float[Tensor, "B C H W"]:
    """Gaussian blur with ``sigma`` in pixels; zero beyond the border."""
    if sigma <= 0:
        return image
    # On a CPU several times faster than convolutions, most of all for wide kernels and many channels.
    height, width = image.shape[-2:]
    kind = (sigma, image.dtype, image.device, stream_number(image.device))
    return gaussian_band(height, *kind) @ image @ gaussian_band(width, *kind)


@lru_cache(maxsize=BANDS_KEPT)
def gaussian_band(
    size: int, sigma: float, dtype: torch.dtype, device: torch.device, stream: int = 0
) -> Float[Tensor, "N N"]:
    """The symmetric matrix that blurs vectors of ``size`` values; each ``stream`` has its own."""
    radius = max(1, round(3 * sigma))
    place = torch.arange(size, dtype=dtype, device=device)
    ticks = torch.arange(-radius, radius + 1, dtype=dtype, device=device)
    offset = place[:, None] - place
    kernel, total = (torch.exp(-0.5 * (values / sigma) ** 2) for values in (offset, ticks))
    return kernel * (offset.abs() <= radius) / total.sum()


def share_inside(pixel_weight: Float[Tensor, "#B 1 H W"], sigma: float) -> Float[Tensor, "#B 1 H W"] | None:
    """How much of the window about each pixel ``pixel_weight`` counts; None where it counts all of the image."""
    if bool((pixel_weight == 1).all()):
        return None
    return blur(pixel_weight, sigma).clamp(min=LEAST_SHARE)


def blur_inside(
    image: Float[Tensor, "B C H W"], pixel_weight: Float[Tensor, "#B 1 H W"], sigma: float
) -> Float[Tensor, "B C H W"]:
    """``blur`` from the pixels alone that ``pixel_weight`` is not 0 for, continued a little beyond them.

    What lies beyond the border of the target's image must not mix into it, and the border must not look like an edge.
    """
    return blur_to_share(image, pixel_weight, sigma, share_inside(pixel_weight, sigma))


def blur_to_share(
    image: Float[Tensor, "B C H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    sigma: float,
    share: Float[Tensor, "#B 1 H W"] | None,
) -> Float[Tensor, "B C H W"]:
    """``blur_inside`` with the ``share_inside`` of these pixels, which many images can have in common: to find it, CUDA
    has to be waited for."""
    return blur(image, sigma) if share is None else blur(image * pixel_weight, sigma) / share
