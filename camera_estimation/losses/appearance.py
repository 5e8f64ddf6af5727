"""Comparing a render with the target by silhouette and colour, robust to lighting: residuals and their weights.

The objective ``silhouette_color`` is the sum of squares of these residuals; Gauss-Newton descends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.losses._lighting import fit_light
from camera_estimation.losses.contours import contour_correlation

DEFAULT_APPEARANCE = AppearanceConfig()
LEAST_COVERAGE = 1e-3
# Details are colours about their mean within this share of the window's longer side (standard deviation).
DETAIL_SCALE = 0.04
DETAIL_WEIGHT = 0.05
# The details of a mesh that is not quite the object lie some pixels beside those of the picture: they are compared in
# an image of this many pixels, too.
COARSE_SIZE, COARSE_BLUR = 64, 1.5
COARSE_DETAIL_WEIGHT = 0.15
CONTOUR_WEIGHT = 0.05
CONTRAST_FLOOR = 0.03  # standard deviation of details that count as none
COLOR_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less
# Differences in coverage are averaged over this share of the window's longer side (standard deviation) to find areas of
# them, which something else hides or adds, beside the thin rims of a pose that is a little off.
AREA_SCALE = 0.04
HIDDEN_COST = 0.15  # of a pixel in such an area, beside that of a difference in coverage or colour


@dataclass(frozen=True)
class AppearanceResiduals:
    """Residuals target - render of (R, G, B, coverage) with the weights of their squares.

    Attributes:
        residual: The differences; colours are straight, the render's under the fitted light.
        weight: Of their squares: coverage, robustness and validity. They sum over the target's object pixels to about
            one, so that ``cost`` is comparable between images and sizes.
        curvature: Of their products in the normal matrix: between ``weight``, which bounds the cost from above and
            takes steps too short where many residuals are large, and the cost's own second derivative, zero there.
        gain: What multiplies the render's colours (see losses/_lighting.py).
        cost: The robust sum of squares.
        cost_map: What each pixel adds to it.
    """

    residual: Float[Tensor, "B 4 H W"]
    weight: Float[Tensor, "B 4 H W"]
    curvature: Float[Tensor, "B 4 H W"]
    gain: Float[Tensor, "B 3 #H #W"]
    cost: Float[Tensor, " B"]
    cost_map: Float[Tensor, "B 1 H W"]


def straight_color(rgba: Float[Tensor, "B 4 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Colours without their coverage; zero where nothing is covered."""
    return rgba[:, :3] / rgba[:, 3:].clamp(min=LEAST_COVERAGE)


def comparison_channels(
    rgba: Float[Tensor, "B 4 H W"], gain: Float[Tensor, "#B 3 #H #W"] | float = 1.0
) -> Float[Tensor, "B 4 H W"]:
    """What residuals are differences of: straight colours under the fitted light (times ``gain``), and coverage."""
    return torch.cat([straight_color(rgba) * gain, rgba[:, 3:]], dim=1)


def compare(
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    config: AppearanceConfig = DEFAULT_APPEARANCE,
    points: Float[Tensor, "B 5 H W"] | None = None,
    hidden_from: float | None = None,
    silhouette_weight: Float[Tensor, "#B 1 H W"] | None = None,
) -> AppearanceResiduals:
    """The residuals between premultiplied RGBA images.

    Args:
        render: A batch, blurred as the target is.
        target: One for all, or one for each.
        pixel_weight: How much each pixel counts: 0 where nothing is known of the target, as beyond its border.
        config: Weights and thresholds.
        points: The surface points of the render (see ``RenderedView.points``), for ``config.lighting`` "sh" and
            "shading".
        hidden_from: Areas where the mean difference in coverage is beyond it count as hidden by something else: at a
            small cost, and moving nothing. None: all of the mask is believed.
        silhouette_weight: How surely the target's coverage is known at each pixel (see ``TargetView``); None: all of it
            is.

    Returns:
        Residuals, differentiable in the render; the fitted light and the weights are constants.
    """
    color_r, color_t = straight_color(render), straight_color(target)
    both = render[:, 3:] * target[:, 3:] * pixel_weight
    with torch.no_grad():
        gain, bias = fit_light(color_r, color_t, both, config.lighting, points)
        robust, _ = huber(color_t - gain * color_r - bias, config.color_threshold)
        gain, bias = fit_light(color_r, color_t, both * robust, config.lighting, points)
        area = (target[:, 3:] * pixel_weight).sum((1, 2, 3), keepdim=True).clamp(min=1e-6)
        scale = pixel_weight / area
    residual_color = color_t - gain * color_r - bias
    residual_mask = target[:, 3:] - render[:, 3:]
    color_weight, color_cost = huber(residual_color, config.color_threshold)
    robust_mask, mask_cost = huber(residual_mask, config.silhouette_threshold)
    mask_weight, mask_cost = config.silhouette_weight * robust_mask, config.silhouette_weight * mask_cost
    if silhouette_weight is not None:
        mask_weight, mask_cost = silhouette_weight * mask_weight, silhouette_weight * mask_cost
    if hidden_from is not None:
        trust = coverage_trust(residual_mask * pixel_weight, hidden_from)
        mask_weight = trust * mask_weight
        mask_cost = trust * mask_cost + (1 - trust) * HIDDEN_COST * residual_mask.abs()
    color_scale = both / area
    weight = torch.cat([(color_scale * color_weight).expand(-1, 3, -1, -1), scale * mask_weight], dim=1).detach()
    curvature = weight * torch.cat([color_weight.expand(-1, 3, -1, -1), robust_mask], dim=1).detach().sqrt()
    cost_map = color_scale * color_cost + scale * mask_cost
    residual = torch.cat([residual_color, residual_mask], dim=1)
    return AppearanceResiduals(residual, weight, curvature, gain, cost_map.sum((1, 2, 3)), cost_map)


def coverage_trust(residual: Float[Tensor, "B 1 H W"], hidden_from: float) -> Float[Tensor, "B 1 H W"]:
    """Near 1 where coverage differs along thin rims, near 0 within areas of difference.

    The weight of Geman and McClure for the mean difference about each pixel, with ``hidden_from`` as its scale.
    """
    local = blur(residual.abs(), AREA_SCALE * max(residual.shape[-2:]))
    return 1 / (1 + (local / hidden_from).square()).square()


def ranking_score(
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    config: AppearanceConfig = DEFAULT_APPEARANCE,
    points: Float[Tensor, "B 5 H W"] | None = None,
    hidden_from: float | None = None,
    silhouette_weight: Float[Tensor, "#B 1 H W"] | None = None,
) -> Float[Tensor, " B"]:
    """What poses are ranked by, lower is better: the cost that Gauss-Newton descends, and the mismatch of details.

    The cost forgives wrong colours too much to tell a box from the same box turned by 180 degrees. Arguments are those
    of ``compare``.
    """
    residuals = compare(render, target, pixel_weight, config, points, hidden_from, silhouette_weight)
    return rank(residuals, render, target, pixel_weight, config, points)


def rank(
    residuals: AppearanceResiduals,
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    config: AppearanceConfig = DEFAULT_APPEARANCE,
    points: Float[Tensor, "B 5 H W"] | None = None,
) -> Float[Tensor, " B"]:
    """``ranking_score`` from the residuals between ``render`` and ``target``.

    The details of a mesh of one color are its inner contours.
    """
    if config.lighting == "shading":
        assert points is not None
        return residuals.cost + CONTOUR_WEIGHT * (1 - contour_correlation(render, points, target, pixel_weight))
    fine = detail_correlation(render, target, pixel_weight)
    small = shrink(pixel_weight)
    small_render, small_target = (blur_inside(shrink(image), small, COARSE_BLUR) for image in (render, target))
    coarse = detail_correlation(small_render, small_target, small)
    return residuals.cost + DETAIL_WEIGHT * (1 - fine) + COARSE_DETAIL_WEIGHT * (1 - coarse)


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
    sigma = DETAIL_SCALE * max(weight.shape[-2:])
    local = blur(weight, sigma).clamp(min=LEAST_COVERAGE)
    return [color - blur(color * weight, sigma) / local for color in map(straight_color, images)]


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


def huber(
    residual: Float[Tensor, "B C H W"], threshold: float
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """Huber's function of the length of each pixel's residual, and the weight of its square that descends it.

    The square within the threshold, 2 * threshold * length - threshold^2 beyond.
    """
    length = residual.square().sum(1, keepdim=True).clamp(min=1e-12).sqrt()
    weight = (threshold / length).clamp(max=1.0)
    return weight, torch.where(length < threshold, length.square(), 2 * threshold * length - threshold**2)


def blur(image: Float[Tensor, "B C H W"], sigma: float) -> Float[Tensor, "B C H W"]:
    """Gaussian blur with ``sigma`` in pixels; zero beyond the border."""
    if sigma <= 0:
        return image
    # On a CPU several times faster than convolutions, most of all for wide kernels and many channels.
    height, width = image.shape[-2:]
    kind = (sigma, image.dtype, image.device)
    return gaussian_band(height, *kind) @ image @ gaussian_band(width, *kind)


@lru_cache(maxsize=64)
def gaussian_band(size: int, sigma: float, dtype: torch.dtype, device: torch.device) -> Float[Tensor, "N N"]:
    """The symmetric matrix that blurs vectors of ``size`` values."""
    radius = max(1, round(3 * sigma))
    place = torch.arange(size, dtype=dtype, device=device)
    ticks = torch.arange(-radius, radius + 1, dtype=dtype, device=device)
    offset = place[:, None] - place
    kernel, total = (torch.exp(-0.5 * (values / sigma) ** 2) for values in (offset, ticks))
    return kernel * (offset.abs() <= radius) / total.sum()


def blur_inside(
    image: Float[Tensor, "B C H W"], pixel_weight: Float[Tensor, "#B 1 H W"], sigma: float
) -> Float[Tensor, "B C H W"]:
    """``blur`` from the pixels alone that ``pixel_weight`` is not 0 for, continued a little beyond them.

    What lies beyond the border of the target's image must not mix into it, and the border must not look like an edge.
    """
    if bool((pixel_weight == 1).all()):
        return blur(image, sigma)
    return blur(image * pixel_weight, sigma) / blur(pixel_weight, sigma).clamp(min=LEAST_COVERAGE)
