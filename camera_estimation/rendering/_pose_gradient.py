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
from camera_estimation.rendering._warp_runtime import for_each_chunk, items_per_thread, launch_kernel

# In the rotation matrix (9, by row), the translation (3), the focal lengths (2) and the principal point (2).
CameraDerivatives = wp.types.vector(length=16, dtype=wp.float32)

wp.set_module_options({"enable_backward": False})


@wp.func
def arriving_gradient(
    gradient: wp.array4d(dtype=float), samples: wp.array4d(dtype=float), view: int, row: int, column: int, count: int
) -> wp.vec2:
    """(d/dx, d/dy) of the image at a pixel times the gradient that arrives there, summed over channels.

    The image averages ``count`` x ``count`` samples over the pixel, so a shift changes it by the difference of the
    values on the pixel's two sides, each the mean of the samples on either hand. Differences of whole pixels would blur
    silhouettes and fine texture. Zero across the image's border.
    """
    top = row * count
    left = column * count
    bottom = top + count - 1
    right = left + count - 1
    horizontal = float(0.0)
    vertical = float(0.0)
    for channel in range(samples.shape[1]):
        dx = float(0.0)
        dy = float(0.0)
        if column > 0 and column < gradient.shape[3] - 1:
            for y in range(top, bottom + 1):
                dx += samples[view, channel, y, right] + samples[view, channel, y, right + 1]
                dx -= samples[view, channel, y, left] + samples[view, channel, y, left - 1]
        if row > 0 and row < gradient.shape[2] - 1:
            for x in range(left, right + 1):
                dy += samples[view, channel, bottom, x] + samples[view, channel, bottom + 1, x]
                dy -= samples[view, channel, top, x] + samples[view, channel, top - 1, x]
        horizontal += gradient[view, channel, row, column] * dx
        vertical += gradient[view, channel, row, column] * dy
    return wp.vec2(horizontal, vertical) / (2.0 * float(count))


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
    gradient: wp.array4d(dtype=float),
    samples: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
    rotations: wp.array(dtype=wp.mat33),
    translations: wp.array(dtype=wp.vec3),
    focals: wp.array(dtype=wp.vec2),
    count: int,
    first_row: int,
    columns_per_thread: int,
    sums: wp.array3d(dtype=CameraDerivatives),
):
    view, row, block = wp.tid()
    row += first_row
    total = CameraDerivatives()
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, points.shape[3])):
        if points[view, 3, row, column] > 0.0:
            g = -arriving_gradient(gradient, samples, view, row, column, count)
            point = wp.vec3(points[view, 0, row, column], points[view, 1, row, column], points[view, 2, row, column])
            total += derivatives_of_point(point, g, rotations[view], translations[view], focals[view])
    sums[view, row, block] = total


def camera_derivatives(
    gradient: Float[Tensor, "B C H W"],
    samples: Float[Tensor, "B C Hs Ws"],
    points: Float[Tensor, "B 4 H W"],
    camera: Camera,
) -> Float[Tensor, "B 16"]:
    """Sums over all pixels, in the order of ``CameraDerivatives``."""
    views, _, height, width = gradient.shape
    columns_per_thread = items_per_thread(width, gradient.device)
    blocks = -(-width // columns_per_thread)
    sums = torch.empty((views, height, blocks, 16), device=gradient.device)
    gradient, samples, points = gradient.contiguous(), samples.contiguous(), points.contiguous()
    rotation, translation = camera.rotation.contiguous(), camera.translation.contiguous()
    focal = camera.focal.contiguous()

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [
            wp.from_torch(gradient[chunk]),
            wp.from_torch(samples[chunk]),
            wp.from_torch(points[chunk]),
            wp.from_torch(rotation[chunk], dtype=wp.mat33),
            wp.from_torch(translation[chunk], dtype=wp.vec3),
            wp.from_torch(focal[chunk], dtype=wp.vec2),
            samples.shape[-1] // width,
            rows.start,
            columns_per_thread,
            wp.from_torch(sums[chunk], dtype=CameraDerivatives),
        ]
        dim = (chunk.stop - chunk.start, rows.stop - rows.start, blocks)
        launch_kernel(sum_derivatives, dim, inputs, gradient.device)

    for_each_chunk(launch, views, height, gradient.device, views * height * width)
    return sums.sum((1, 2))


class AttachMotion(torch.autograd.Function):
    """Identity on the image; its gradient flows to the tensors of the camera."""

    @staticmethod
    def forward(ctx, image, samples, points, camera, rotation, translation, focal, principal_point):
        ctx.save_for_backward(samples, points)
        ctx.camera = camera
        return image.view_as(image)

    @staticmethod
    def backward(ctx, gradient):
        samples, points = ctx.saved_tensors
        total = camera_derivatives(gradient, samples, points, ctx.camera)
        rotation, translation, focal, principal_point = total.split([9, 3, 2, 2], dim=1)
        return None, None, None, None, rotation.unflatten(1, (3, 3)), translation, focal, principal_point


def attach_motion(
    image: Float[Tensor, "B C H W"],
    samples: Float[Tensor, "B C Hs Ws"],
    points: Float[Tensor, "B 4 H W"],
    camera: Camera,
) -> Float[Tensor, "B C H W"]:
    """The same image, whose gradient flows into ``camera`` (pose and intrinsics) through the motion of its points.

    ``image`` averages ``samples``; ``points`` are those of ``moving_points``. None of them carries a gradient.
    """
    tensors = (camera.rotation, camera.translation, camera.focal, camera.principal_point)
    return AttachMotion.apply(image, samples, points, camera.detach(), *tensors)
