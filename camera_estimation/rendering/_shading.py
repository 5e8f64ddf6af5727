"""Colour, coverage and surface point of every pixel from the triangles that its samples see."""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.rendering._face_shading import MOST_SAMPLES, shade_faces
from camera_estimation.rendering._sample_shading import shade_every_sample
from camera_estimation.rendering._surface import Surface
from camera_estimation.rendering._warp_runtime import for_each_chunk, items_per_thread, launch_kernel
from camera_estimation.rendering.backend import ShadedPixels


def shade_visible(
    visible: Int[Tensor, "B Hs Ws"],
    homogeneous: Float[Tensor, "B V 3"],
    surface: Surface,
    centers: Float[Tensor, "B 3"],
    samples: int,
    every_sample: bool,
) -> ShadedPixels:
    """Shade what ``visible_faces`` found from camera ``centers`` (mesh frame): every sample on its own, as of more than
    2 x 2 samples a pixel in any case, or, faster, each face once a pixel with its texture averaged over the pixel."""
    device = visible.device
    views, sample_height, sample_width = visible.shape
    height, width = sample_height // samples, sample_width // samples
    rgba, points = (torch.empty((views, channels, height, width), device=device) for channels in (4, 5))
    kernel, sides = shade_faces, None
    if every_sample or samples > MOST_SAMPLES:
        kernel, sides = shade_every_sample, torch.empty((views, height, width, 4, 4), device=device)
    columns_per_thread = items_per_thread(width, device)
    blocks = -(-width // columns_per_thread)

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [
            wp.from_torch(visible[chunk]),
            wp.from_torch(homogeneous[chunk], dtype=wp.vec3),
            surface,
            wp.from_torch(centers[chunk], dtype=wp.vec3),
            samples,
            rows.start,
            columns_per_thread,
            wp.from_torch(rgba[chunk]),
            wp.from_torch(points[chunk]),
        ]
        if sides is not None:
            inputs.append(wp.from_torch(sides[chunk], dtype=wp.mat44))
        launch_kernel(kernel, (chunk.stop - chunk.start, rows.stop - rows.start, blocks), inputs, device)

    for_each_chunk(launch, views, height, device, views * height * width)
    return ShadedPixels(rgba, points, sides)
