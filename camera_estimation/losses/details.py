"""Details, colors about their local means: print and edges, whatever the light."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses._channels import LEAST_COVERAGE, straight_color
from camera_estimation.losses._gaussian import blur

# Details are colours about their mean within this share of the window's longer side (standard deviation).
DETAIL_SCALE = 0.04
# The details of a mesh that is not quite the object lie some pixels beside those of the picture: they are compared in
# an image of this many pixels, too.
COARSE_SIZE = 64
CONTRAST_FLOOR = 0.03  # standard deviation of details that count as none
COLOR_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less


def shrink(image: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C h w"]:
    """Means over blocks, so that the longer side has no more than ``COARSE_SIZE`` pixels, or little more."""
    block = max(1, max(image.shape[-2:]) // COARSE_SIZE)
    return image if block == 1 else F.avg_pool2d(image, block)


def detail_correlation(
    render: Float[Tensor, "B 4 H W"], target: Float[Tensor, "#B 4 H W"], pixel_weight: Float[Tensor, "#B 1 H W"]
) -> Float[Tensor, " B"]:
    """Correlation, in [-1, 1], of the colours about their local means: of print and edges, whatever the light.

    Near 1 where neither has details to tell by.
    """
    weight = render[:, 3:] * target[:, 3:] * pixel_weight
    detail_r, detail_t = details_within(weight, render, target)
    mean = weight / weight.sum((2, 3), keepdim=True).clamp(min=1e-6)
    floor = CONTRAST_FLOOR**2
    variance_r = (mean * detail_r.square()).sum((1, 2, 3)) + floor
    variance_t = (mean * detail_t.square()).sum((1, 2, 3)) + floor
    return ((mean * detail_r * detail_t).sum((1, 2, 3)) + floor) / (variance_r * variance_t).sqrt()


def detail_contrast(rgba: Float[Tensor, "B 4 H W"], pixel_weight: Float[Tensor, "#B 1 H W"]) -> Float[Tensor, " B"]:
    """Standard deviation of the colours about their local means: near 0 where there is nothing to tell a pose by but
    the outline."""
    weight = rgba[:, 3:] * pixel_weight
    (details,) = details_within(weight, rgba)
    mean = weight / weight.sum((2, 3), keepdim=True).clamp(min=1e-6)
    return (mean * details.square()).sum((1, 2, 3)).sqrt()


def details_within(
    weight: Float[Tensor, "B 1 H W"], *images: Float[Tensor, "#B 4 H W"]
) -> list[Float[Tensor, "B 3 H W"]]:
    """Of premultiplied images, the colours about their local means where ``weight`` is."""
    return [color - local_mean(color, weight) for color in map(straight_color, images)]


def local_mean(color: Float[Tensor, "#B 3 H W"], weight: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 3 H W"]:
    """The mean about each pixel of where ``weight`` is."""
    sigma = DETAIL_SCALE * max(weight.shape[-2:])
    return blur(color * weight, sigma) / blur(weight, sigma).clamp(min=LEAST_COVERAGE)


def color_correlation(
    first: Float[Tensor, "B 3 H W"], second: Float[Tensor, "#B 3 H W"], weight: Float[Tensor, "B 1 H W"]
) -> Float[Tensor, " B"]:
    """Correlation, in [-1, 1], of straight colours about their means where ``weight`` is: near 0 where one of them
    hardly varies."""
    share = weight / weight.sum((2, 3), keepdim=True).clamp(min=1e-6)
    first = first - (share * first).sum((2, 3), keepdim=True)
    second = second - (share * second).sum((2, 3), keepdim=True)
    variances = [(share * color.square()).sum((1, 2, 3)) + COLOR_FLOOR**2 for color in (first, second)]
    return (share * first * second).sum((1, 2, 3)) / (variances[0] * variances[1]).sqrt()
