"""Pose gradients of an image: its own gradient times the motion of the surface behind each pixel.

Only the camera moves. Where the surface point behind a pixel moves by du, the image there changes by -grad I . du, in
the interior as at silhouettes, for any size of triangles. Where two surfaces meet in depth the front one's motion
counts, and outside of the silhouette that of the nearest surface.
"""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.camera import Camera
from camera_estimation.rendering.warp_runtime import for_each_chunk, items_per_thread, launch_kernel

# A neighbour is another surface in front if it is nearer by this many object radii more than the slope explains.
DEPTH_JUMP = wp.constant(0.02)
SLOPE_SLACK = wp.constant(2.0)
LEAST_FACING = wp.constant(0.05)
# Longest step to the rim of a surface, in distances between the two pixels that it is extrapolated from.
MAX_EXTRAPOLATION = wp.constant(2.0)

wp.set_module_options({"enable_backward": False})


@wp.func
def jump_at(points: wp.array4d(dtype=float), view: int, row: int, column: int, pixel_tangent: float) -> float:
    """Difference of depth to a pixel's neighbour that the slope of its own surface does not explain."""
    facing = wp.max(points[view, 4, row, column], LEAST_FACING)
    slope = wp.sqrt(1.0 - wp.min(facing * facing, 1.0)) / facing
    return DEPTH_JUMP + SLOPE_SLACK * slope * points[view, 3, row, column] * pixel_tangent


@wp.func
def is_beyond(points: wp.array4d(dtype=float), view: int, row: int, column: int, depth: float, jump: float) -> bool:
    """Whether a pixel sees nothing, or a surface behind one at ``depth``."""
    if row < 0 or column < 0 or row >= points.shape[2] or column >= points.shape[3]:
        return False
    other = points[view, 3, row, column]
    return other == 0.0 or other > depth + jump


@wp.func
def rim_share(
    points: wp.array4d(dtype=float), view: int, row: int, column: int, away: wp.vec2, pixel_tangent: float
) -> wp.vec3:
    """How far beyond pixel (row, column) the rim of its surface lies: (share, row, column of the pixel further in).

    ``away`` points out of the surface. The point at the rim is p + share * (p - q) with q that of the pixel further in:
    on a rounded surface the cosine between normal and line of sight falls to zero along the arc, and the depth changes
    by far more than a pixel within the last pixel. On flat faces both cosines agree and the rim is where it is seen.
    """
    length = wp.length(away)
    if length == 0.0:
        return wp.vec3(0.0, float(row), float(column))
    inner_row = row - wp.int32(wp.round(away[1] / length))
    inner_column = column - wp.int32(wp.round(away[0] / length))
    inner_row = wp.clamp(inner_row, 0, points.shape[2] - 1)
    inner_column = wp.clamp(inner_column, 0, points.shape[3] - 1)
    inner_depth = points[view, 3, inner_row, inner_column]
    facing = points[view, 4, row, column]
    inner_facing = points[view, 4, inner_row, inner_column]
    share = float(0.0)
    jump = 2.0 * jump_at(points, view, row, column, pixel_tangent)
    if inner_depth > 0.0 and inner_facing > facing and wp.abs(inner_depth - points[view, 3, row, column]) < jump:
        share = wp.min(facing / (inner_facing - facing), MAX_EXTRAPOLATION)
    return wp.vec3(share, float(inner_row), float(inner_column))


@wp.kernel
def find_moving_points(
    points: wp.array4d(dtype=float),
    pixel_tangent: wp.array(dtype=float),
    reach: int,
    first_row: int,
    columns_per_thread: int,
    moving: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    row += first_row
    height = points.shape[2]
    width = points.shape[3]
    tangent = pixel_tangent[view]
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, width)):
        depth = points[view, 3, row, column]
        limit = depth - jump_at(points, view, row, column, tangent)
        source_row = row
        source_column = column
        nearest = int(1000000)
        for j in range(wp.max(row - reach, 0), wp.min(row + reach + 1, height)):
            for i in range(wp.max(column - reach, 0), wp.min(column + reach + 1, width)):
                other = points[view, 3, j, i]
                if other > 0.0 and (depth == 0.0 or other < limit):
                    distance = (j - row) * (j - row) + (i - column) * (i - column)
                    if distance < nearest:
                        nearest = distance
                        source_row = j
                        source_column = i
        source_depth = points[view, 3, source_row, source_column]
        if source_depth > 0.0:
            jump = jump_at(points, view, source_row, source_column, tangent)
            away = wp.vec2(0.0, 0.0)
            for j in range(-1, 2):
                for i in range(-1, 2):
                    if is_beyond(points, view, source_row + j, source_column + i, source_depth, jump):
                        away += wp.vec2(float(i), float(j))
            rim = rim_share(points, view, source_row, source_column, away, tangent)
            for channel in range(4):
                own = points[view, channel, source_row, source_column]
                inner = points[view, channel, wp.int32(rim[1]), wp.int32(rim[2])]
                moving[view, channel, row, column] = own + rim[0] * (own - inner)
        else:
            for channel in range(4):
                moving[view, channel, row, column] = 0.0


def moving_points(points: Float[Tensor, "B 5 H W"], camera: Camera, reach: int) -> Float[Tensor, "B 4 H W"]:
    """For each pixel the point (and depth; 0: none) whose motion changes it.

    That is its own or, within ``reach`` pixels, the nearest one of a surface in front; at the rim of a surface the
    point of the rim itself.
    """
    height, width = points.shape[-2:]
    moving = torch.empty_like(points[:, :4])
    pixel_tangent = (1 / camera.focal[:, 0]).contiguous()
    columns_per_thread = items_per_thread(width, points.device)

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [
            wp.from_torch(points[chunk]),
            wp.from_torch(pixel_tangent[chunk]),
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


def pixel_gradient(
    samples: Float[Tensor, "B C Hs Ws"], count: int
) -> tuple[Float[Tensor, "B C H W"], Float[Tensor, "B C H W"]]:
    """(d/dx, d/dy) per pixel of the image that averages ``count`` x ``count`` samples a pixel; zero at its border.

    An image that averages over the pixel changes with a shift by the difference of the values on the pixel's two sides,
    each the mean of the samples on either hand. Differences of whole pixels would blur silhouettes and fine texture.
    """
    rows = samples.unflatten(2, (-1, count)).mean(3)
    columns = samples.unflatten(3, (-1, count)).mean(4)
    x_sides = (rows[..., count - 1 : -1 : count] + rows[..., count::count]) / 2
    y_sides = (columns[:, :, count - 1 : -1 : count] + columns[:, :, count::count]) / 2
    dx = F.pad(x_sides[..., 1:] - x_sides[..., :-1], (1, 1, 0, 0))
    dy = F.pad(y_sides[:, :, 1:] - y_sides[:, :, :-1], (0, 0, 1, 1))
    return dx, dy


class AttachMotion(torch.autograd.Function):
    """Identity on the image; in the backward pass its gradient times du flows to the points projected in ``window``."""

    @staticmethod
    def forward(ctx, image, samples, uv, window):
        ctx.save_for_backward(samples)
        ctx.window = window
        return image.clone()

    @staticmethod
    def backward(ctx, grad_output):
        (samples,) = ctx.saved_tensors
        rows, columns = ctx.window
        count = samples.shape[-1] // grad_output.shape[-1]
        sample_rows = slice(count * rows.start, count * rows.stop)
        sample_columns = slice(count * columns.start, count * columns.stop)
        dx, dy = pixel_gradient(samples[..., sample_rows, sample_columns], count)
        arriving = grad_output[..., rows, columns]
        return None, None, -torch.stack([(arriving * dx).sum(1), (arriving * dy).sum(1)], dim=-1), None


def attach_motion(
    image: Float[Tensor, "B C H W"],
    samples: Float[Tensor, "B C Hs Ws"],
    points: Float[Tensor, "B 4 H W"],
    camera: Camera,
) -> Float[Tensor, "B C H W"]:
    """The same image, whose gradient flows into ``camera`` (pose and intrinsics) through the motion of its points.

    ``image`` averages ``samples``; ``points`` are those of ``moving_points``. None of them carries a gradient.
    """
    window = moving_window(points)
    points = points[..., window[0], window[1]]
    seen = points[:, 3] > 0
    uv, _ = camera.project(points[:, :3].flatten(2).transpose(1, 2))
    uv = torch.where(seen[..., None], uv.unflatten(1, points.shape[-2:]), 0.0)
    return AttachMotion.apply(image, samples, uv, window)


def moving_window(points: Float[Tensor, "B 4 H W"]) -> tuple[slice, slice]:
    """Rows and columns around all pixels that have a moving point, with a pixel to spare: the rest has no gradient."""
    seen = (points[:, 3] > 0).any(0)
    return _extent(seen.any(1)), _extent(seen.any(0))


def _extent(occupied: Bool[Tensor, "N"]) -> slice:
    index = torch.nonzero(occupied)
    if len(index) == 0:
        return slice(0, len(occupied))
    return slice(max(int(index[0]) - 1, 0), int(index[-1]) + 2)
