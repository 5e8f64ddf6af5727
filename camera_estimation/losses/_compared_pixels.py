"""The differences of renders from a target by color and coverage, pixel by pixel: ``appearance.compare`` in few passes.

For images that no gradient is asked of, under light that is one factor and bias a channel. Written in operations of
torch each of these numbers would be read and written sixty times.
"""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.losses._comparison_kernels import (
    COLUMNS,
    SUMS,
    Shares,
    compare_pixels,
    solve_light,
    sum_colors,
)
from camera_estimation.losses._residuals import AppearanceResiduals
from camera_estimation.rendering import for_each_chunk, items_per_thread, launch_kernel


def compare_in_passes(
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    covered: Float[Tensor, "#B 1 1 1"],
    config: AppearanceConfig,
    silhouette_weight: Float[Tensor, "#B 1 H W"] | None,
    trust: Float[Tensor, "B 1 H W"] | None,
    hidden_cost: float,
    color_weight: float,
) -> AppearanceResiduals:
    """What ``appearance.compare`` says of a mesh under light "gain" or "none", without gradients.

    Args:
        render, target, pixel_weight, config, silhouette_weight, color_weight: Of ``appearance.compare``.
        covered: The target's object pixels.
        trust: Of each pixel's difference in coverage; None: all of it is believed.
        hidden_cost: Of a difference in coverage that is not.
    """
    device, (views, _, height, width) = render.device, render.shape
    render, target, pixel_weight = render.contiguous(), target.contiguous(), pixel_weight.contiguous()
    known = Shares()
    known.color_weight, known.hidden_cost = color_weight, hidden_cost
    known.color_threshold, known.silhouette_threshold = config.color_threshold, config.silhouette_threshold
    known.silhouette_weight = config.silhouette_weight
    known.has_silhouette, known.has_trust = silhouette_weight is not None, trust is not None
    light = _fit_light(render, target, pixel_weight, config)
    silhouette = render if silhouette_weight is None else silhouette_weight.contiguous()
    trusted = render if trust is None else trust.contiguous()
    residual, weight, curvature = (torch.empty_like(render) for _ in range(3))
    cost = torch.empty_like(render[:, :1])
    columns = items_per_thread(width, device)

    inputs = [
        *_arrays(render, target, pixel_weight),
        _light_array(light),
        *_arrays(covered.flatten(), silhouette, trusted),
        known,
        columns,
    ]
    outputs = _arrays(residual, weight, curvature, cost)
    _launch_by_rows(compare_pixels, inputs, outputs, (views * height, -(-width // columns)), width, device)
    gain = light[:, 0, :, None, None]
    return AppearanceResiduals(residual, weight, curvature, gain, cost.sum((1, 2, 3)), cost)


def _fit_light(
    render: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
    config: AppearanceConfig,
) -> Float[Tensor, "B 2 3"]:
    """Factor and bias, fitted twice: the second time by the colors that the first explains."""
    device, (views, _, height, width) = render.device, render.shape
    light = render.new_zeros((views, 2, 3))
    if config.lighting == "none":
        light[:, 0] = 1.0
        return light
    blocks = -(-width // COLUMNS)
    sums = render.new_empty((views, height, blocks, SUMS))
    fitted = _light_array(light)
    images, outputs = _arrays(render, target, pixel_weight), _arrays(sums)
    for robust in (False, True):
        inputs = [*images, fitted, robust, config.color_threshold]
        _launch_by_rows(sum_colors, inputs, outputs, (views * height, blocks), width, device)
        launch_kernel(solve_light, (views,), [wp.from_torch(sums.sum((1, 2))), fitted], device)
    return light


def _launch_by_rows(
    kernel: wp.Kernel, inputs: list, outputs: list[wp.array], size: tuple[int, int], width: int, device: torch.device
) -> None:
    """Over the rows of all views, whose pixels take as long everywhere; ``size``: how many rows, and blocks of each."""
    rows, blocks = size

    def launch(_: slice, chunk: slice) -> None:
        launch_kernel(kernel, (chunk.stop - chunk.start, blocks), [*inputs, chunk.start, *outputs], device)

    for_each_chunk(launch, 1, rows, device, rows * width)


def _arrays(*tensors: Tensor) -> list[wp.array]:
    return [wp.from_torch(tensor) for tensor in tensors]


def _light_array(light: Float[Tensor, "B 2 3"]) -> wp.array:
    return wp.from_torch(light, dtype=wp.vec3)
