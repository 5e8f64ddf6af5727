"""Comparing a render with the target by silhouette and colour, robust to lighting: residuals and their weights.

The objective ``silhouette_color`` is the sum of squares of these residuals; Gauss-Newton descends it.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.losses._channels import straight_color
from camera_estimation.losses._compared_pixels import compare_in_passes
from camera_estimation.losses._gaussian import blur, blur_inside
from camera_estimation.losses._lighting import fit_light
from camera_estimation.losses._residuals import AppearanceResiduals
from camera_estimation.losses.contours import contour_correlation
from camera_estimation.losses.details import detail_correlation, local_mean, shrink

DEFAULT_APPEARANCE = AppearanceConfig()
DETAIL_WEIGHT, COARSE_DETAIL_WEIGHT = 0.05, 0.15
COARSE_BLUR = 1.5
CONTOUR_WEIGHT = 0.05
# Differences in coverage are averaged over this share of the window's longer side (standard deviation) to find areas of
# them, which something else hides or adds, beside the thin rims of a pose that is a little off.
AREA_SCALE = 0.04
HIDDEN_COST = 0.15  # of a pixel in such an area, beside that of a difference in coverage or colour
HAS_NORMALS = ("sh", "shading")  # light that depends on the surface's
RIM = 2  # pixels of a view; what colors are not compared in, where the contour may be off by as much


def compare(
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    config: AppearanceConfig = DEFAULT_APPEARANCE,
    points: Float[Tensor, "B 5 H W"] | None = None,
    hidden_from: float | None = None,
    silhouette_weight: Float[Tensor, "#B 1 H W"] | None = None,
    picture: Float[Tensor, "#B 4 H W"] | None = None,
    color_weight: float = 1.0,
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
        picture: The target's colors where its mask is only a hint (see ``TargetView``), blurred too; None: where the
            target is covered.
        color_weight: Of a squared difference in color, beside those that ``config`` gives.

    Returns:
        Residuals, differentiable in the render; the fitted light and the weights are constants.
    """
    covered = (target[:, 3:] * pixel_weight).sum((1, 2, 3), keepdim=True).clamp(min=1e-6)
    trust = None
    if hidden_from is not None:
        trust = coverage_trust((target[:, 3:] - render[:, 3:]) * pixel_weight, hidden_from)
    if picture is None and config.lighting not in HAS_NORMALS and not asks_gradient(render, target):
        return compare_in_passes(
            render, target, pixel_weight, covered, config, silhouette_weight, trust, HIDDEN_COST, color_weight
        )
    if picture is None:
        both = render[:, 3:] * target[:, 3:] * pixel_weight
        area = covered
    else:
        both = inner_part(render[:, 3:].detach()) * picture[:, 3:] * pixel_weight
        # Of a render's colors the mean: their sum would be less the less of the picture it covers.
        area = both.sum((1, 2, 3), keepdim=True).clamp(min=1e-6)
    residual_color, gain = _color_residual(render, target if picture is None else picture, both, config, points)
    if picture is not None and config.lighting != "shading":
        residual_color = residual_color - local_mean(residual_color, both)
    residual_mask = target[:, 3:] - render[:, 3:]
    robust_color, color_cost = huber(residual_color, config.color_threshold)
    robust_mask, mask_cost = huber(residual_mask, config.silhouette_threshold)
    mask_weight, mask_cost = config.silhouette_weight * robust_mask, config.silhouette_weight * mask_cost
    if silhouette_weight is not None:
        mask_weight, mask_cost = silhouette_weight * mask_weight, silhouette_weight * mask_cost
    if trust is not None:
        mask_weight = trust * mask_weight
        mask_cost = trust * mask_cost + (1 - trust) * HIDDEN_COST * residual_mask.abs()
    color_scale, scale = color_weight * both / area, pixel_weight / covered
    weight = torch.cat([(color_scale * robust_color).expand(-1, 3, -1, -1), scale * mask_weight], dim=1).detach()
    curvature = weight * torch.cat([robust_color.expand(-1, 3, -1, -1), robust_mask], dim=1).detach().sqrt()
    cost_map = color_scale * color_cost + scale * mask_cost
    residual = torch.cat([residual_color, residual_mask], dim=1)
    return AppearanceResiduals(residual, weight, curvature, gain, cost_map.sum((1, 2, 3)), cost_map)


def asks_gradient(*images: Float[Tensor, "#B 4 H W"]) -> bool:
    """Whether a gradient is wanted of any of the images, or they are more exact than single precision."""
    followed = torch.is_grad_enabled() and any(image.requires_grad for image in images)
    return followed or any(image.dtype != torch.float32 for image in images)


def _color_residual(
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    both: Float[Tensor, "B 1 H W"],
    config: AppearanceConfig,
    points: Float[Tensor, "B 5 H W"] | None,
) -> tuple[Float[Tensor, "B 3 H W"], Float[Tensor, "B 3 #H #W"]]:
    """Differences of straight colors under the light that is fitted where ``both`` is, twice, the second time by those
    that it explains; and its gain."""
    color_r, color_t = straight_color(render), straight_color(target)
    with torch.no_grad():
        gain, bias = fit_light(color_r, color_t, both, config.lighting, points)
        robust, _ = huber(color_t - gain * color_r - bias, config.color_threshold)
        gain, bias = fit_light(color_r, color_t, both * robust, config.lighting, points)
    return color_t - gain * color_r - bias, gain


def inner_part(coverage: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 H W"]:
    """The coverage within ``RIM`` pixels of whose border nothing is uncovered: colors of the object alone, even where
    the contour is that far off."""
    return -F.max_pool2d(-coverage, 2 * RIM + 1, stride=1, padding=RIM)


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
    picture: Float[Tensor, "#B 4 H W"] | None = None,
    color_weight: float = 1.0,
) -> Float[Tensor, " B"]:
    """What poses are ranked by, lower is better: the cost that Gauss-Newton descends, and the mismatch of details.

    The cost forgives wrong colours too much to tell a box from the same box turned by 180 degrees. Arguments are those
    of ``compare``.
    """
    residuals = compare(
        render, target, pixel_weight, config, points, hidden_from, silhouette_weight, picture, color_weight
    )
    return rank(residuals, render, target if picture is None else picture, pixel_weight, config, points)


def rank(
    residuals: AppearanceResiduals,
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    config: AppearanceConfig = DEFAULT_APPEARANCE,
    points: Float[Tensor, "B 5 H W"] | None = None,
) -> Float[Tensor, " B"]:
    """``ranking_score`` from the residuals between ``render`` and ``target``, or the picture that it has.

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


def huber(
    residual: Float[Tensor, "B C H W"], threshold: float
) -> tuple[Float[Tensor, "B 1 H W"], Float[Tensor, "B 1 H W"]]:
    """Huber's function of the length of each pixel's residual, and the weight of its square that descends it.

    The square within the threshold, 2 * threshold * length - threshold^2 beyond.
    """
    length = residual.square().sum(1, keepdim=True).clamp(min=1e-12).sqrt()
    weight = (threshold / length).clamp(max=1.0)
    return weight, torch.where(length < threshold, length.square(), 2 * threshold * length - threshold**2)
