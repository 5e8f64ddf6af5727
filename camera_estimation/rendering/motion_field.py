"""The motion field: the point of the mesh whose motion changes a pixel.

Only the camera moves. Where the surface point behind a pixel moves by du, the image there changes by -grad I . du, in
the interior as at silhouettes, for any size of triangles. Where two surfaces meet in depth the front one's motion
counts, and outside of the silhouette that of the nearest surface.
"""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.rendering._warp_runtime import for_each_chunk, items_per_thread, launch_kernel

# A neighbour is another surface in front if it is nearer by this many object radii more than the slope explains.
DEPTH_JUMP = wp.constant(0.02)
SLOPE_SLACK = wp.constant(2.0)
LEAST_FACING = wp.constant(0.05)
# Longest step to the rim of a surface, in distances between the two pixels that it is extrapolated from.
MAX_EXTRAPOLATION = wp.constant(2.0)
NO_DEPTH = wp.constant(1.0e30)

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
def find_least_depths(
    points: wp.array4d(dtype=float),
    reach: int,
    first_row: int,
    columns_per_thread: int,
    least: wp.array3d(dtype=float),
):
    """The least depth among the pixels up to ``reach`` above and below each pixel; ``NO_DEPTH`` where all are empty."""
    view, row, block = wp.tid()
    row += first_row
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, points.shape[3])):
        nearest = float(NO_DEPTH)
        for j in range(wp.max(row - reach, 0), wp.min(row + reach + 1, points.shape[2])):
            depth = points[view, 3, j, column]
            if depth > 0.0:
                nearest = wp.min(nearest, depth)
        least[view, row, column] = nearest


@wp.func
def depths_around(points: wp.array4d(dtype=float), view: int, row: int, column: int, reach: int) -> wp.vec2:
    """The least and the greatest depth among the pixels up to ``reach`` aside; empty ones count with ``NO_DEPTH``."""
    nearest = float(NO_DEPTH)
    farthest = float(0.0)
    for j in range(wp.max(row - reach, 0), wp.min(row + reach + 1, points.shape[2])):
        for i in range(wp.max(column - reach, 0), wp.min(column + reach + 1, points.shape[3])):
            depth = points[view, 3, j, i]
            if depth == 0.0:
                depth = NO_DEPTH
            nearest = wp.min(nearest, depth)
            farthest = wp.max(farthest, depth)
    return wp.vec2(nearest, farthest)


@wp.func
def depths_by_rows(least: wp.array3d(dtype=float), view: int, row: int, column: int, reach: int) -> wp.vec2:
    """``depths_around`` from ``least_depths``, which spares time where ``reach`` is more than two; the greatest is not
    known."""
    nearest = float(NO_DEPTH)
    for i in range(wp.max(column - reach, 0), wp.min(column + reach + 1, least.shape[2])):
        nearest = wp.min(nearest, least[view, row, i])
    return wp.vec2(nearest, NO_DEPTH)


@wp.func
def moving_point(
    points: wp.array4d(dtype=float), around: wp.vec2, view: int, row: int, column: int, reach: int, tangent: float
) -> wp.vec4:
    """The point whose motion changes a pixel (see ``moving_points``): x, y, z and depth, or 0; the pixels ``around``
    have depths from, to."""
    height = points.shape[2]
    width = points.shape[3]
    depth = points[view, 3, row, column]
    jump = float(0.0)
    limit = float(NO_DEPTH)
    if depth > 0.0:
        jump = jump_at(points, view, row, column, tangent)
        limit = depth - jump
    source_row = row
    source_column = column
    if around[0] < limit:
        nearest = int(1000000)
        for j in range(wp.max(row - reach, 0), wp.min(row + reach + 1, height)):
            for i in range(wp.max(column - reach, 0), wp.min(column + reach + 1, width)):
                other = points[view, 3, j, i]
                if other > 0.0 and other < limit:
                    distance = (j - row) * (j - row) + (i - column) * (i - column)
                    if distance < nearest:
                        nearest = distance
                        source_row = j
                        source_column = i
    elif depth == 0.0:
        return wp.vec4(0.0, 0.0, 0.0, 0.0)
    elif around[1] <= depth + jump:  # far from all edges
        return point_at(points, view, row, column)
    source_depth = points[view, 3, source_row, source_column]
    jump = jump_at(points, view, source_row, source_column, tangent)
    away = wp.vec2(0.0, 0.0)
    for j in range(-1, 2):
        for i in range(-1, 2):
            if is_beyond(points, view, source_row + j, source_column + i, source_depth, jump):
                away += wp.vec2(float(i), float(j))
    rim = rim_share(points, view, source_row, source_column, away, tangent)
    own = point_at(points, view, source_row, source_column)
    return own + rim[0] * (own - point_at(points, view, wp.int32(rim[1]), wp.int32(rim[2])))


@wp.func
def point_at(points: wp.array4d(dtype=float), view: int, row: int, column: int) -> wp.vec4:
    return wp.vec4(
        points[view, 0, row, column],
        points[view, 1, row, column],
        points[view, 2, row, column],
        points[view, 3, row, column],
    )


@wp.kernel
def find_moving_points(
    points: wp.array4d(dtype=float),
    least: wp.array3d(dtype=float),
    pixel_tangent: wp.array(dtype=float),
    reach: int,
    first_row: int,
    columns_per_thread: int,
    moving: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    row += first_row
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, points.shape[3])):
        around = depths_by_rows(least, view, row, column, reach)
        point = moving_point(points, around, view, row, column, reach, pixel_tangent[view])
        for channel in range(4):
            moving[view, channel, row, column] = point[channel]


def least_depths(points: Float[Tensor, "B 5 H W"], reach: int) -> Float[Tensor, "B H W"]:
    """The least depth among the pixels up to ``reach`` above and below each pixel, which tells ``moving_point`` where
    it need not look; ``NO_DEPTH`` where all are empty."""
    views, _, height, width = points.shape
    least = torch.empty_like(points[:, 3])
    columns_per_thread = items_per_thread(width, points.device)
    blocks = -(-width // columns_per_thread)

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [wp.from_torch(points[chunk]), reach, rows.start, columns_per_thread, wp.from_torch(least[chunk])]
        dim = (chunk.stop - chunk.start, rows.stop - rows.start, blocks)
        launch_kernel(find_least_depths, dim, inputs, points.device)

    for_each_chunk(launch, views, height, points.device, views * height * width)
    return least


def moving_points(points: Float[Tensor, "B 5 H W"], camera: Camera, reach: int) -> Float[Tensor, "B 4 H W"]:
    """For each pixel the point whose motion changes it.

    That is its own or, within reach, the nearest one of a surface in front; at the rim of a surface the point of the
    rim itself.

    Args:
        points: Surface points as in ``RenderedView.points``.
        camera: That saw them.
        reach: How many pixels aside a surface in front counts.

    Returns:
        x, y, z in the mesh frame and depth; 0: there is none.
    """
    views, _, height, width = points.shape
    moving = torch.empty_like(points[:, :4])
    least = least_depths(points, reach)
    pixel_tangent = (1 / camera.focal[:, 0]).contiguous()
    columns_per_thread = items_per_thread(width, points.device)
    blocks = -(-width // columns_per_thread)

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [
            wp.from_torch(points[chunk]),
            wp.from_torch(least[chunk]),
            wp.from_torch(pixel_tangent[chunk]),
            reach,
            rows.start,
            columns_per_thread,
            wp.from_torch(moving[chunk]),
        ]
        dim = (chunk.stop - chunk.start, rows.stop - rows.start, blocks)
        launch_kernel(find_moving_points, dim, inputs, points.device)

    for_each_chunk(launch, views, height, points.device, views * height * width)
    return moving
