"""Normal equations of how images change as their camera moves: the motion field in one pass, without its columns.

Of every pixel the gradient of the image times the motion of its point (motion_field.py, point_motion.py) is a row of
the Jacobian for each channel. The rows are summed up where they arise: stored, they would be fifty numbers a pixel.
"""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.rendering._warp_runtime import for_each_chunk, launch_kernel
from camera_estimation.rendering.motion_field import depths_by_rows, least_depths, moving_point

CHANNELS = 4
MOST_PARAMETERS = 7  # of ``geometry.retract``
# Pixels of a row that are summed up by one thread, on all devices, so that sums are the same: enough that their sums
# are few beside them, so few that all threads of a GPU are busy.
COLUMNS = 16
# J^T W J row by row, then J^T W r.
SUMS = MOST_PARAMETERS * (MOST_PARAMETERS + 1)

Parameters = wp.types.vector(length=MOST_PARAMETERS, dtype=wp.float32)
Matrix = wp.types.matrix(shape=(MOST_PARAMETERS, MOST_PARAMETERS), dtype=wp.float32)

wp.set_module_options({"enable_backward": False})


@wp.func
def image_slope(
    target: wp.array4d(dtype=float), residual: wp.array4d(dtype=float), view: int, channel: int, row: int, column: int
) -> wp.vec2:
    """Minus the gradient of the mean of render and target, per pixel; the render is the target less the residual."""
    own = wp.min(view, target.shape[0] - 1)
    slope = wp.vec2(0.0, 0.0)
    if column > 0 and column < target.shape[3] - 1:
        of_target = target[own, channel, row, column - 1] - target[own, channel, row, column + 1]
        of_residual = residual[view, channel, row, column - 1] - residual[view, channel, row, column + 1]
        slope[0] = 0.5 * of_target - 0.25 * of_residual
    if row > 0 and row < target.shape[2] - 1:
        of_target = target[own, channel, row - 1, column] - target[own, channel, row + 1, column]
        of_residual = residual[view, channel, row - 1, column] - residual[view, channel, row + 1, column]
        slope[1] = 0.5 * of_target - 0.25 * of_residual
    return slope


@wp.func
def motion_along(
    axis: int, about_center: wp.vec3, translation: wp.vec3, focal: float, inverse_depth: float
) -> Parameters:
    """One row of ``motion_of`` (point_motion.py): motion along u (axis 0) or v (axis 1) for each parameter."""
    x = about_center[0]
    y = about_center[1]
    z = about_center[2]
    place = (about_center[axis] + translation[axis]) * inverse_depth
    scale = focal * inverse_depth
    away = scale * (translation[axis] - place * translation[2])
    size = -translation[2] * (focal * place + away)
    if axis == 0:
        return Parameters(-place * y * scale, (z + place * x) * scale, -y * scale, scale, 0.0, away, size)
    return Parameters((-z - place * y) * scale, place * x * scale, x * scale, 0.0, scale, away, size)


@wp.kernel
def sum_equations(
    points: wp.array4d(dtype=float),
    least: wp.array3d(dtype=float),
    reach: int,
    residual: wp.array4d(dtype=float),
    weight: wp.array4d(dtype=float),
    curvature: wp.array4d(dtype=float),
    target: wp.array4d(dtype=float),
    rotation: wp.array(dtype=wp.mat33),
    translation: wp.array(dtype=wp.vec3),
    focal: wp.array(dtype=wp.vec2),
    first_row: int,
    sums: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    row += first_row
    matrix = Matrix()
    right = Parameters()
    for column in range(block * COLUMNS, wp.min((block + 1) * COLUMNS, points.shape[3])):
        structure = wp.vec3(0.0, 0.0, 0.0)
        force = wp.vec2(0.0, 0.0)
        for channel in range(CHANNELS):
            own_weight = weight[view, channel, row, column]
            own_curvature = curvature[view, channel, row, column]
            if own_weight != 0.0 or own_curvature != 0.0:
                slope = image_slope(target, residual, view, channel, row, column)
                structure += own_curvature * wp.vec3(slope[0] * slope[0], slope[0] * slope[1], slope[1] * slope[1])
                force += own_weight * residual[view, channel, row, column] * slope
        if structure[0] + structure[2] + wp.abs(force[0]) + wp.abs(force[1]) > 0.0:
            around = depths_by_rows(least, view, row, column, reach)
            point = moving_point(points, around, view, row, column, reach, 1.0 / focal[view][0])
            if point[3] > 0.0:
                about_center = rotation[view] * wp.vec3(point[0], point[1], point[2])
                inverse_depth = 1.0 / wp.max(about_center[2] + translation[view][2], 1.0e-6)
                along_u = motion_along(0, about_center, translation[view], focal[view][0], inverse_depth)
                along_v = motion_along(1, about_center, translation[view], focal[view][1], inverse_depth)
                matrix += wp.outer(along_u, structure[0] * along_u + structure[1] * along_v)
                matrix += wp.outer(along_v, structure[1] * along_u + structure[2] * along_v)
                right += force[0] * along_u + force[1] * along_v
    for i in range(MOST_PARAMETERS):
        for j in range(MOST_PARAMETERS):
            sums[view, row, block, MOST_PARAMETERS * i + j] = matrix[i, j]
        sums[view, row, block, MOST_PARAMETERS * MOST_PARAMETERS + i] = right[i]


def motion_equations(
    residual: Float[Tensor, "B 4 H W"],
    weight: Float[Tensor, "B 4 H W"],
    curvature: Float[Tensor, "B 4 H W"],
    target: Float[Tensor, "#B 4 H W"],
    points: Float[Tensor, "B 5 H W"],
    camera: Camera,
    reach: int,
    parameters: int,
) -> tuple[Float[Tensor, "B K K"], Float[Tensor, "B K"]]:
    """J^T W J and J^T W r of residuals target - render, up to constants, about the cameras of the renders.

    J is the mean of the gradients of render and target times the motion of the points that change the pixels. The mean
    converges in fewer steps than either alone (Benhimane and Malis, "Real-time image-based tracking of planes using
    efficient second-order minimization", 2004).

    Args:
        residual: Of each channel.
        weight: Of r in the right-hand side.
        curvature: Of the products in the matrix.
        target: What the renders are compared with.
        points: Of the renders, as in ``RenderedView.points``.
        camera: Of the renders.
        reach: How many pixels aside a surface in front counts (see ``moving_points``).
        parameters: K, how many of ``geometry.retract`` there are: 6 or 7.
    """
    views, _, height, width = points.shape
    device = points.device
    blocks = -(-width // COLUMNS)
    least = least_depths(points, reach)
    sums = torch.empty((views, height, blocks, SUMS), device=device)
    each = [tensor.contiguous() for tensor in (residual, weight, curvature)]
    pose = [tensor.contiguous() for tensor in (camera.rotation, camera.translation, camera.focal)]
    target = target.contiguous()

    def launch(chunk: slice, rows: slice) -> None:
        own = target if len(target) == 1 else target[chunk]
        inputs = [
            wp.from_torch(points[chunk]),
            wp.from_torch(least[chunk]),
            reach,
            *(wp.from_torch(tensor[chunk]) for tensor in each),
            wp.from_torch(own),
            *(
                wp.from_torch(tensor[chunk], dtype=kind)
                for tensor, kind in zip(pose, (wp.mat33, wp.vec3, wp.vec2), strict=True)
            ),
            rows.start,
            wp.from_torch(sums[chunk]),
        ]
        launch_kernel(sum_equations, (chunk.stop - chunk.start, rows.stop - rows.start, blocks), inputs, device)

    for_each_chunk(launch, views, height, device, views * height * width)
    matrix, right = sums.sum((1, 2)).split([MOST_PARAMETERS**2, MOST_PARAMETERS], dim=1)
    matrix = matrix.unflatten(1, (MOST_PARAMETERS, MOST_PARAMETERS))
    return matrix[:, :parameters, :parameters].contiguous(), right[:, :parameters].contiguous()
