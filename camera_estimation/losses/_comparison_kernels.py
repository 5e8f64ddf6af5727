"""Kernels of ``_compared_pixels``: sums for the fit of the light, its solution, and the differences under it."""

from __future__ import annotations

import warp as wp

from camera_estimation.losses._channels import LEAST_COVERAGE
from camera_estimation.losses._lighting import BIAS_PRIOR, GAIN_PRIOR, GAIN_RANGE, LEAST_WEIGHT

COLUMNS = 16  # of a row, summed up by one thread on all devices, so that sums are the same
# Over the pixels: their weight, then three channels each of render, target, render^2 and render * target.
SUMS = 13
LEAST_SQUARE = 1e-12  # of a residual's length, and of the fit's determinant, that is divided by
LEAST_GAIN, MOST_GAIN = GAIN_RANGE

wp.set_module_options({"enable_backward": False})


@wp.struct
class Shares:
    """What counts how much, of all pixels alike (see ``AppearanceConfig``)."""

    color_weight: float
    color_threshold: float
    silhouette_weight: float
    silhouette_threshold: float
    hidden_cost: float
    has_silhouette: bool
    has_trust: bool


@wp.func
def straight_color_at(rgba: wp.array4d(dtype=float), view: int, row: int, column: int) -> wp.vec3:
    """As ``_channels.straight_color``."""
    coverage = wp.max(rgba[view, 3, row, column], LEAST_COVERAGE)
    share = 1.0 / coverage
    return wp.vec3(
        share * rgba[view, 0, row, column], share * rgba[view, 1, row, column], share * rgba[view, 2, row, column]
    )


@wp.func
def index_own(count: int, view: int) -> int:
    """Which of ``count`` images is this view's: one that all have in common, or its own."""
    return wp.min(view, count - 1)


@wp.func
def huber_weight(square: float, threshold: float) -> float:
    """Of the square of a residual's length, as ``appearance.huber``."""
    return wp.min(threshold / wp.sqrt(wp.max(square, LEAST_SQUARE)), 1.0)


@wp.func
def huber_cost(square: float, threshold: float) -> float:
    length = wp.sqrt(wp.max(square, LEAST_SQUARE))
    if length < threshold:
        return length * length
    return 2.0 * threshold * length - threshold * threshold


@wp.kernel
def sum_colors(
    render: wp.array4d(dtype=float),
    target: wp.array4d(dtype=float),
    pixel_weight: wp.array4d(dtype=float),
    light: wp.array2d(dtype=wp.vec3),
    robust: bool,
    threshold: float,
    first: int,
    sums: wp.array4d(dtype=float),
):
    """What the fit of the light needs of a block of pixels; ``robust``: weighed by what the light so far explains."""
    place, block = wp.tid()
    view = (first + place) / render.shape[2]
    row = (first + place) % render.shape[2]
    own = index_own(target.shape[0], view)
    total = float(0.0)
    of_render = wp.vec3()
    of_target = wp.vec3()
    of_square = wp.vec3()
    of_product = wp.vec3()
    for column in range(block * COLUMNS, wp.min((block + 1) * COLUMNS, render.shape[3])):
        weight = render[view, 3, row, column] * target[own, 3, row, column]
        weight *= pixel_weight[index_own(pixel_weight.shape[0], view), 0, row, column]
        if weight != 0.0:
            drawn = straight_color_at(render, view, row, column)
            seen = straight_color_at(target, own, row, column)
            if robust:
                off = seen - wp.cw_mul(light[view, 0], drawn) - light[view, 1]
                weight *= huber_weight(wp.length_sq(off), threshold)
            total += weight
            of_render += weight * drawn
            of_target += weight * seen
            of_square += weight * wp.cw_mul(drawn, drawn)
            of_product += weight * wp.cw_mul(drawn, seen)
    sums[view, row, block, 0] = total
    for channel in range(3):
        sums[view, row, block, 1 + channel] = of_render[channel]
        sums[view, row, block, 4 + channel] = of_target[channel]
        sums[view, row, block, 7 + channel] = of_square[channel]
        sums[view, row, block, 10 + channel] = of_product[channel]


@wp.kernel
def solve_light(sums: wp.array2d(dtype=float), light: wp.array2d(dtype=wp.vec3)):
    """Factor and bias of each channel, as ``_lighting.fit_gain``."""
    view = wp.tid()
    weight = wp.max(sums[view, 0], LEAST_WEIGHT)
    total = sums[view, 0] + BIAS_PRIOR * weight
    gain = wp.vec3()
    bias = wp.vec3()
    for channel in range(3):
        of_render = sums[view, 1 + channel]
        of_target = sums[view, 4 + channel]
        square = sums[view, 7 + channel] + GAIN_PRIOR * weight
        product = sums[view, 10 + channel] + GAIN_PRIOR * weight
        factor = (total * product - of_render * of_target) / wp.max(
            total * square - of_render * of_render, LEAST_SQUARE
        )
        gain[channel] = wp.clamp(factor, LEAST_GAIN, MOST_GAIN)
        bias[channel] = (of_target - gain[channel] * of_render) / total
    light[view, 0] = gain
    light[view, 1] = bias


@wp.kernel
def compare_pixels(
    render: wp.array4d(dtype=float),
    target: wp.array4d(dtype=float),
    pixel_weight: wp.array4d(dtype=float),
    light: wp.array2d(dtype=wp.vec3),
    covered: wp.array(dtype=float),
    silhouette: wp.array4d(dtype=float),
    trust: wp.array4d(dtype=float),
    known: Shares,
    columns: int,
    first: int,
    residual: wp.array4d(dtype=float),
    weight: wp.array4d(dtype=float),
    curvature: wp.array4d(dtype=float),
    cost: wp.array4d(dtype=float),
):
    place, block = wp.tid()
    view = (first + place) / render.shape[2]
    row = (first + place) % render.shape[2]
    own = index_own(target.shape[0], view)
    each = 1.0 / covered[index_own(covered.shape[0], view)]
    gain = light[view, 0]
    bias = light[view, 1]
    for column in range(block * columns, wp.min((block + 1) * columns, render.shape[3])):
        scale = each * pixel_weight[index_own(pixel_weight.shape[0], view), 0, row, column]
        coverage = render[view, 3, row, column]
        seen_coverage = target[own, 3, row, column]
        color_scale = known.color_weight * scale * coverage * seen_coverage
        drawn = straight_color_at(render, view, row, column)
        off = straight_color_at(target, own, row, column) - wp.cw_mul(gain, drawn) - bias
        square = wp.length_sq(off)
        robust = huber_weight(square, known.color_threshold)
        color_weight = color_scale * robust
        color_curvature = color_weight * wp.sqrt(robust)
        for channel in range(3):
            residual[view, channel, row, column] = off[channel]
            weight[view, channel, row, column] = color_weight
            curvature[view, channel, row, column] = color_curvature
        off_mask = seen_coverage - coverage
        square_mask = off_mask * off_mask
        robust_mask = huber_weight(square_mask, known.silhouette_threshold)
        belief = known.silhouette_weight
        if known.has_silhouette:
            belief *= silhouette[index_own(silhouette.shape[0], view), 0, row, column]
        hidden = float(0.0)
        if known.has_trust:
            belief *= trust[view, 0, row, column]
            hidden = (1.0 - trust[view, 0, row, column]) * known.hidden_cost * wp.abs(off_mask)
        mask_weight = scale * belief * robust_mask
        residual[view, 3, row, column] = off_mask
        weight[view, 3, row, column] = mask_weight
        curvature[view, 3, row, column] = mask_weight * wp.sqrt(robust_mask)
        mask_cost = belief * huber_cost(square_mask, known.silhouette_threshold) + hidden
        cost[view, 0, row, column] = color_scale * huber_cost(square, known.color_threshold) + scale * mask_cost
