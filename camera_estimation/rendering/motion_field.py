"""Pose gradients of an image: its own gradient times the motion of the surface behind each pixel.

Only the camera moves. Where the surface point behind a pixel moves by du, the image there changes by -grad I . du, in
the interior as at silhouettes, for any size of triangles. Where two surfaces meet in depth the front one's motion counts,
and outside of the silhouette that of the nearest surface.
"""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.camera import Camera
from camera_estimation.rendering.warp_runtime import for_each_chunk, items_per_thread, launch_kernel

# A neighbour this much nearer, in object radii, is another surface in front.
DEPTH_JUMP = wp.constant(0.1)

wp.set_module_options({"enable_backward": False})


@wp.kernel
def find_moving_points(
    points: wp.array4d(dtype=float),
    reach: int,
    first_row: int,
    columns_per_thread: int,
    moving: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    row += first_row
    height = points.shape[2]
    width = points.shape[3]
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, width)):
        depth = points[view, 3, row, column]
        source_row = row
        source_column = column
        nearest = int(1000000)
        for j in range(wp.max(row - reach, 0), wp.min(row + reach + 1, height)):
            for i in range(wp.max(column - reach, 0), wp.min(column + reach + 1, width)):
                other = points[view, 3, j, i]
                if other > 0.0 and (depth == 0.0 or other < depth - DEPTH_JUMP):
                    distance = (j - row) * (j - row) + (i - column) * (i - column)
                    if distance < nearest:
                        nearest = distance
                        source_row = j
                        source_column = i
        for channel in range(4):
            moving[view, channel, row, column] = points[view, channel, source_row, source_column]


def moving_points(points: Float[Tensor, "B 4 H W"], reach: int) -> Float[Tensor, "B 4 H W"]:
    """For each pixel the point (and depth; 0: none) whose motion changes it: its own, or within ``reach`` pixels the
    nearest one of a surface in front."""
    moving = torch.empty_like(points)
    height, width = points.shape[-2:]
    columns_per_thread = items_per_thread(width, points.device)

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [
            wp.from_torch(points[chunk]),
            reach,
            rows.start,
            columns_per_thread,
            wp.from_torch(moving[chunk]),
        ]
        blocks = -(-width // columns_per_thread)
        dim = (chunk.stop - chunk.start, rows.stop - rows.start, blocks)
        launch_kernel(find_moving_points, dim, inputs, points.device)

    for_each_chunk(launch, len(points), height, points.device)
    return moving


def pixel_gradient(samples: Float[Tensor, "B C 2H 2W"]) -> tuple[Float[Tensor, "B C H W"], Float[Tensor, "B C H W"]]:
    """(d/dx, d/dy) per pixel of the image that averages 2 x 2 samples a pixel; zero at the image's border.

    An image that averages over the pixel changes with a shift by the difference of the values on the pixel's two sides,
    each the mean of the samples on either hand. Differences of whole pixels would blur silhouettes and fine texture.
    """
    rows = samples[:, :, 0::2] + samples[:, :, 1::2]
    columns = samples[..., 0::2] + samples[..., 1::2]
    x_sides = (rows[..., 1:-1:2] + rows[..., 2::2]) / 4
    y_sides = (columns[:, :, 1:-1:2] + columns[:, :, 2::2]) / 4
    dx = F.pad(x_sides[..., 1:] - x_sides[..., :-1], (1, 1, 0, 0))
    dy = F.pad(y_sides[:, :, 1:] - y_sides[:, :, :-1], (0, 0, 1, 1))
    return dx, dy


class AttachMotion(torch.autograd.Function):
    """Identity on the image; in the backward pass its gradient times du flows to the projected points."""

    @staticmethod
    def forward(ctx, image, samples, uv):
        ctx.save_for_backward(samples)
        return image.clone()

    @staticmethod
    def backward(ctx, grad_output):
        (samples,) = ctx.saved_tensors
        dx, dy = pixel_gradient(samples)
        grad_u = -(grad_output * dx).sum(1)
        grad_v = -(grad_output * dy).sum(1)
        return None, None, torch.stack([grad_u, grad_v], dim=-1)


def attach_motion(
    image: Float[Tensor, "B C H W"],
    samples: Float[Tensor, "B C 2H 2W"],
    points: Float[Tensor, "B 4 H W"],
    camera: Camera,
) -> Float[Tensor, "B C H W"]:
    """The same image, whose gradient flows into ``camera`` (pose and intrinsics) through the motion of its points.

    ``image`` averages ``samples``; ``points`` are those of ``moving_points``. None of them carries a gradient.
    """
    seen = points[:, 3] > 0
    uv, _ = camera.project(points[:, :3].flatten(2).transpose(1, 2))
    uv = torch.where(seen[..., None], uv.unflatten(1, points.shape[-2:]), 0.0)
    return AttachMotion.apply(image, samples, uv)
