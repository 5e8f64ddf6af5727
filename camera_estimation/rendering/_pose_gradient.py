"""Gradients of a loss on an image in the camera: the image's own gradient times the motion of the surface behind it.

Where the point behind a pixel (rendering/motion_field.py says which) moves by du, the image there changes by
-grad I . du. One kernel takes the gradient that arrives at each pixel through grad I and the derivatives of the
projection to rotation, translation, focal length and principal point; autograd goes on from there into whatever the
camera was made of.
"""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.rendering._warp_runtime import for_each_chunk, launch_kernel
from camera_estimation.rendering.backend import ShadedPixels
from camera_estimation.rendering.motion_field import depths_around, moving_point

# Pixels of a row that are summed up by one thread, on all devices, so that sums are the same.
COLUMNS = 16
# In the rotation matrix (9, by row), the translation (3), the focal lengths (2) and the principal point (2).
CameraDerivatives = wp.types.vector(length=16, dtype=wp.float32)

wp.set_module_options({"enable_backward": False})


@wp.func
def has_surface(points: wp.array4d(dtype=float), view: int, row: int, column: int) -> bool:
    return points[view, 3, row, column] > 0.0


@wp.func
def side_difference(
    sides: wp.array3d(dtype=wp.mat44), points: wp.array4d(dtype=float), view: int, row: int, column: int, axis: int
) -> wp.vec4:
    """Of a pixel what lies on its right (axis 0), or below (axis 1), less what lies on the other side: of each channel
    the sum of the samples on either hand."""
    first = 2 * axis
    difference = wp.vec4(0.0, 0.0, 0.0, 0.0)
    if has_surface(points, view, row, column):
        own = sides[view, row, column]
        difference = own[first + 1] - own[first]
    before_row = row - axis
    before_column = column - 1 + axis
    if has_surface(points, view, before_row, before_column):
        difference -= sides[view, before_row, before_column][first + 1]
    after_row = row + axis
    after_column = column + 1 - axis
    if has_surface(points, view, after_row, after_column):
        difference += sides[view, after_row, after_column][first]
    return difference


@wp.func
def arriving_gradient(
    color_gradient: wp.array4d(dtype=float),
    mask_gradient: wp.array4d(dtype=float),
    sides: wp.array3d(dtype=wp.mat44),
    points: wp.array4d(dtype=float),
    view: int,
    row: int,
    column: int,
    count: int,
) -> wp.vec2:
    """(d/dx, d/dy) of the image at a pixel times the gradient that arrives there, summed over channels.

    The image averages ``count`` x ``count`` samples over the pixel, so a shift changes it by the difference of the
    values on the pixel's two sides, each the mean of the samples on either hand. Differences of whole pixels would blur
    silhouettes and fine texture. Zero across the image's border.
    """
    arriving = wp.vec4(
        color_gradient[view, 0, row, column],
        color_gradient[view, 1, row, column],
        color_gradient[view, 2, row, column],
        mask_gradient[view, 0, row, column],
    )
    total = wp.vec2(0.0, 0.0)
    if column > 0 and column < points.shape[3] - 1:
        total[0] = wp.dot(arriving, side_difference(sides, points, view, row, column, 0))
    if row > 0 and row < points.shape[2] - 1:
        total[1] = wp.dot(arriving, side_difference(sides, points, view, row, column, 1))
    return total / (2.0 * float(count))


@wp.func
def derivatives_of_point(point: wp.vec3, g: wp.vec2, rotation: wp.mat33, translation: wp.vec3, focal: wp.vec2):
    """Derivatives of g . (u, v) in the camera, for the pixel (u, v) that the point is projected to."""
    in_camera = rotation * point + translation
    inverse = 1.0 / in_camera[2]
    x = in_camera[0] * inverse
    y = in_camera[1] * inverse
    horizontal = g[0] * focal[0] * inverse
    vertical = g[1] * focal[1] * inverse
    moved = wp.vec3(horizontal, vertical, -(horizontal * x + vertical * y))
    total = CameraDerivatives()
    for i in range(3):
        for j in range(3):
            total[3 * i + j] = moved[i] * point[j]
        total[9 + i] = moved[i]
    total[12] = g[0] * x
    total[13] = g[1] * y
    total[14] = g[0]
    total[15] = g[1]
    return total


@wp.kernel
def sum_derivatives(
    color_gradient: wp.array4d(dtype=float),
    mask_gradient: wp.array4d(dtype=float),
    sides: wp.array3d(dtype=wp.mat44),
    points: wp.array4d(dtype=float),
    rotations: wp.array(dtype=wp.mat33),
    translations: wp.array(dtype=wp.vec3),
    focals: wp.array(dtype=wp.vec2),
    count: int,
    reach: int,
    first_row: int,
    sums: wp.array3d(dtype=CameraDerivatives),
):
    view, row, block = wp.tid()
    row += first_row
    total = CameraDerivatives()
    for column in range(block * COLUMNS, wp.min((block + 1) * COLUMNS, points.shape[3])):
        g = -arriving_gradient(color_gradient, mask_gradient, sides, points, view, row, column, count)
        if g[0] != 0.0 or g[1] != 0.0:
            around = depths_around(points, view, row, column, reach)
            point = moving_point(points, around, view, row, column, reach, 1.0 / focals[view][0])
            if point[3] > 0.0:
                place = wp.vec3(point[0], point[1], point[2])
                total += derivatives_of_point(place, g, rotations[view], translations[view], focals[view])
    sums[view, row, block] = total


def camera_derivatives(
    color_gradient: Float[Tensor, "B 3 H W"],
    mask_gradient: Float[Tensor, "B 1 H W"],
    view: ShadedPixels,
    camera: Camera,
    count: int,
    reach: int,
) -> Float[Tensor, "B 16"]:
    """Sums over all pixels, in the order of ``CameraDerivatives``; see ``attach_motion``."""
    points, sides, device = view.points, view.sides, view.points.device
    assert sides is not None
    views, _, height, width = points.shape
    blocks = -(-width // COLUMNS)
    sums = torch.empty((views, height, blocks, 16), device=device)
    color_gradient, mask_gradient = color_gradient.contiguous(), mask_gradient.contiguous()
    rotation, translation = camera.rotation.contiguous(), camera.translation.contiguous()
    focal = camera.focal.contiguous()

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [
            wp.from_torch(color_gradient[chunk]),
            wp.from_torch(mask_gradient[chunk]),
            wp.from_torch(sides[chunk], dtype=wp.mat44),
            wp.from_torch(points[chunk]),
            wp.from_torch(rotation[chunk], dtype=wp.mat33),
            wp.from_torch(translation[chunk], dtype=wp.vec3),
            wp.from_torch(focal[chunk], dtype=wp.vec2),
            count,
            reach,
            rows.start,
            wp.from_torch(sums[chunk], dtype=CameraDerivatives),
        ]
        dim = (chunk.stop - chunk.start, rows.stop - rows.start, blocks)
        launch_kernel(sum_derivatives, dim, inputs, device)

    for_each_chunk(launch, views, height, device, views * height * width)
    return sums.sum((1, 2))


class AttachMotion(torch.autograd.Function):
    """Colors and coverage of an image; their gradients flow to the tensors of the camera."""

    @staticmethod
    def forward(ctx, view, camera, count, reach, rotation, translation, focal, principal_point):
        ctx.drawn = view, camera, count, reach
        return view.rgba[:, :3], view.rgba[:, 3:]

    @staticmethod
    def backward(ctx, color_gradient, mask_gradient):
        total = camera_derivatives(color_gradient, mask_gradient, *ctx.drawn)
        rotation, translation, focal, principal_point = total.split([9, 3, 2, 2], dim=1)
        return None, None, None, None, rotation.unflatten(1, (3, 3)), translation, focal, principal_point


def attach_motion(
    view: ShadedPixels, camera: Camera, count: int, reach: int
) -> tuple[Float[Tensor, "B 3 H W"], Float[Tensor, "B 1 H W"]]:
    """Colors and coverage of a view, whose gradients flow into ``camera`` (pose and intrinsics) through the motion of
    its points.

    Args:
        view: Drawn from ``camera``, with the sides of its pixels; none of it carries a gradient.
        camera: What the gradients flow to.
        count: Samples a side of a pixel.
        reach: How many pixels aside a surface in front counts (see ``moving_points``).
    """
    tensors = (camera.rotation, camera.translation, camera.focal, camera.principal_point)
    return AttachMotion.apply(view, camera.detach(), count, reach, *tensors)
