"""Comparing a render with the target by silhouette and colour, robust to lighting: residuals and their weights.

The objective ``silhouette_color`` is the sum of squares of these residuals; Gauss-Newton descends it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

SILHOUETTE_WEIGHT = 2.0  # of a squared difference in coverage beside one in colour
# Differences beyond these count linearly, not squared.
HUBER_COLOR = 0.1
HUBER_SILHOUETTE = 0.05
# Prior of the gain and bias per channel that exposure, light and a washed-out texture cost: standard deviations, and
# the share of the object's pixels that the prior is worth.
GAIN_DEVIATION = 0.5
BIAS_DEVIATION = 0.2
PRIOR_SHARE = 0.02
COLOR_NOISE = 0.1
GAIN_RANGE = (0.2, 3.0)
LEAST_COVERAGE = 1e-3
# Details are colours about their mean within this share of the window's longer side (standard deviation).
DETAIL_SCALE = 0.04
DETAIL_WEIGHT = 0.05
CONTRAST_FLOOR = 0.03  # standard deviation of details that count as none


@dataclass(frozen=True)
class Comparison:
    """Residuals target - render of (R, G, B, coverage) with the weights of their squares.

    ``gain`` multiplies the render's colours; the weights hold coverage, robustness and validity and sum over the
    target's object pixels to about one, so that ``cost`` is comparable between images and sizes.
    """

    residual: Float[Tensor, "B 4 H W"]
    weight: Float[Tensor, "B 4 H W"]
    gain: Float[Tensor, "B 3 1 1"]
    cost: Float[Tensor, "B"]


def straight_color(rgba: Float[Tensor, "B 4 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Colours without their coverage; zero where nothing is covered."""
    return rgba[:, :3] / rgba[:, 3:].clamp(min=LEAST_COVERAGE)


def color_fit(
    render: Float[Tensor, "B 3 H W"], target: Float[Tensor, "B 3 H W"], weight: Float[Tensor, "B C H W"]
) -> tuple[Float[Tensor, "B 3 1 1"], Float[Tensor, "B 3 1 1"]]:
    """Gain and bias per channel that bring the render's colours nearest to the target's: weighted least squares with a
    prior at (1, 0), so that a plain object keeps its colour and nothing explains a difference away for free."""
    total = weight.sum((2, 3), keepdim=True)
    strength = PRIOR_SHARE * total.clamp(min=1e-6) * COLOR_NOISE**2
    gain_prior, bias_prior = strength / GAIN_DEVIATION**2, strength / BIAS_DEVIATION**2
    sum_r = (weight * render).sum((2, 3), keepdim=True)
    sum_t = (weight * target).sum((2, 3), keepdim=True)
    sum_rr = (weight * render * render).sum((2, 3), keepdim=True) + gain_prior
    sum_rt = (weight * render * target).sum((2, 3), keepdim=True) + gain_prior
    total = total + bias_prior
    gain = (total * sum_rt - sum_r * sum_t) / (total * sum_rr - sum_r * sum_r).clamp(min=1e-12)
    gain = gain.clamp(*GAIN_RANGE)
    return gain, (sum_t - gain * sum_r) / total


def compare(
    render: Float[Tensor, "B 4 H W"], target: Float[Tensor, "B 4 H W"], inside: Float[Tensor, "B 1 H W"]
) -> Comparison:
    """Compare premultiplied images; ``inside`` is 0 where nothing is known of the target: beyond its image's border."""
    color_r, color_t = straight_color(render), straight_color(target)
    both = render[:, 3:] * target[:, 3:] * inside
    with torch.no_grad():
        gain, bias = color_fit(color_r, color_t, both)
        robust, _ = huber(color_t - gain * color_r - bias, HUBER_COLOR)
        gain, bias = color_fit(color_r, color_t, both * robust)
        area = (target[:, 3:] * inside).sum((1, 2, 3), keepdim=True).clamp(min=1e-6)
        scale = inside / area
    residual_color = color_t - gain * color_r - bias
    residual_mask = target[:, 3:] - render[:, 3:]
    color_weight, color_cost = huber(residual_color, HUBER_COLOR)
    mask_weight, mask_cost = huber(residual_mask, HUBER_SILHOUETTE)
    color_scale = both / area
    weight = torch.cat(
        [(color_scale * color_weight).expand(-1, 3, -1, -1), SILHOUETTE_WEIGHT * scale * mask_weight], dim=1
    )
    cost = (color_scale * color_cost + SILHOUETTE_WEIGHT * scale * mask_cost).sum((1, 2, 3))
    return Comparison(torch.cat([residual_color, residual_mask], dim=1), weight.detach(), gain, cost)


def ranking_score(
    render: Float[Tensor, "B 4 H W"], target: Float[Tensor, "B 4 H W"], inside: Float[Tensor, "B 1 H W"]
) -> Float[Tensor, "B"]:
    """What poses are ranked by, lower is better: the cost that Gauss-Newton descends, and the mismatch of details.

    The cost forgives wrong colours too much to tell a box from the same box turned by 180 degrees.
    """
    return compare(render, target, inside).cost + DETAIL_WEIGHT * (1 - detail_correlation(render, target, inside))


def detail_correlation(
    render: Float[Tensor, "B 4 H W"], target: Float[Tensor, "B 4 H W"], inside: Float[Tensor, "B 1 H W"]
) -> Float[Tensor, "B"]:
    """Correlation, in [-1, 1], of the colours about their local means: of print and edges, whatever the light.

    Near 1 where neither has details to tell by.
    """
    weight = render[:, 3:] * target[:, 3:] * inside
    sigma = DETAIL_SCALE * max(render.shape[-2:])
    local = blurred(weight, sigma).clamp(min=LEAST_COVERAGE)
    detail_r, detail_t = (
        color - blurred(color * weight, sigma) / local for color in (straight_color(render), straight_color(target))
    )
    mean = weight / weight.sum((2, 3), keepdim=True).clamp(min=1e-6)
    floor = CONTRAST_FLOOR**2
    variance_r = (mean * detail_r.square()).sum((1, 2, 3)) + floor
    variance_t = (mean * detail_t.square()).sum((1, 2, 3)) + floor
    return ((mean * detail_r * detail_t).sum((1, 2, 3)) + floor) / (variance_r * variance_t).sqrt()


def huber(
    residual: Float[Tensor, "B C H W"], threshold: float
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """Huber's function of the length of each pixel's residual, and the weight of its square that descends it.

    The square within the threshold, 2 * threshold * length - threshold^2 beyond.
    """
    length = residual.square().sum(1, keepdim=True).clamp(min=1e-12).sqrt()
    weight = (threshold / length).clamp(max=1.0)
    return weight, torch.where(length < threshold, length.square(), 2 * threshold * length - threshold**2)


def blurred(image: Float[Tensor, "B C H W"], sigma: float) -> Float[Tensor, "B C H W"]:
    """Gaussian blur with ``sigma`` in pixels; zero beyond the border."""
    if sigma <= 0:
        return image
    radius = max(1, round(3 * sigma))
    ticks = torch.arange(-radius, radius + 1, dtype=image.dtype, device=image.device)
    kernel = torch.exp(-0.5 * (ticks / sigma) ** 2)
    kernel = kernel / kernel.sum()
    channels = image.flatten(0, 1)[:, None]
    channels = F.conv2d(channels, kernel[None, None, None], padding=(0, radius))
    channels = F.conv2d(channels, kernel[None, None, :, None], padding=(radius, 0))
    return channels[:, 0].unflatten(0, image.shape[:2])
