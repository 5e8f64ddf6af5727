"""Colour, coverage and surface point of every pixel from the triangles that its samples see."""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.rendering._surface import Surface, sample_texture
from camera_estimation.rendering._visibility import MAX_FACES, relative_to
from camera_estimation.rendering._warp_runtime import for_each_chunk, items_per_thread, launch_kernel
from camera_estimation.rendering.backend import ShadedPixels

FACE_MASK = wp.constant(wp.int64(MAX_FACES))
# Point in the mesh frame (3), depth, and facing: the cosine between normal and line of sight.
SurfacePoint = wp.types.vector(length=5, dtype=wp.float32)
Quad = wp.types.vector(length=4, dtype=wp.int64)

wp.set_module_options({"enable_backward": False})


@wp.func
def is_repeated_face(
    visible: wp.array3d(dtype=wp.int64), view: int, y: int, x: int, row: int, column: int, samples: int
) -> bool:
    """Whether an earlier sample of the pixel sees the same face as sample (y, x), at (row, column) of the pixel."""
    face = visible[view, y, x] & FACE_MASK
    found = bool(False)
    for i in range(column):
        other = visible[view, y, x - column + i]
        found = found or (other != wp.int64(0) and (other & FACE_MASK) == face)
    for j in range(row):
        for i in range(samples):
            other = visible[view, y - row + j, x - column + i]
            found = found or (other != wp.int64(0) and (other & FACE_MASK) == face)
    return found


@wp.func
def samples_of_face(
    visible: wp.array3d(dtype=wp.int64), view: int, top: int, left: int, samples: int, packed: wp.int64
) -> wp.vec3:
    """(sum of u, sum of v, number) of a pixel's samples that see the face in ``packed``."""
    total = wp.vec3(0.0, 0.0, 0.0)
    for j in range(samples):
        for i in range(samples):
            other = visible[view, top + j, left + i]
            if other != wp.int64(0) and (other & FACE_MASK) == (packed & FACE_MASK):
                total += wp.vec3(float(left + i) + 0.5, float(top + j) + 0.5, 1.0)
    return total


@wp.func
def barycentric(q0: wp.vec3, q1: wp.vec3, q2: wp.vec3) -> wp.vec4:
    """Perspective-correct coordinates (b0, b1) of the origin in a triangle of homogeneous pixels, its depth there, and
    the volume that the triangle spans with the camera."""
    e0 = q1[0] * q2[1] - q1[1] * q2[0]
    e1 = q2[0] * q0[1] - q2[1] * q0[0]
    e2 = q0[0] * q1[1] - q0[1] * q1[0]
    volume = e0 * q0[2] + e1 * q1[2] + e2 * q2[2]
    scale = 1.0 / (e0 + e1 + e2)
    b0 = wp.clamp(e0 * scale, 0.0, 1.0)
    b1 = wp.clamp(e1 * scale, 0.0, 1.0)
    b2 = wp.clamp(e2 * scale, 0.0, 1.0)
    norm = 1.0 / wp.max(b0 + b1 + b2, 1.0e-12)
    depth = norm * (b0 * q0[2] + b1 * q1[2] + b2 * q2[2])
    return wp.vec4(b0 * norm, b1 * norm, depth, volume)


@wp.func
def barycentric_at(
    face: int, u: float, v: float, view: int, homogeneous: wp.array2d(dtype=wp.vec3), surface: Surface
) -> wp.vec4:
    """``barycentric`` of a face at sample position (u, v)."""
    q0 = relative_to(homogeneous[view, surface.faces[face, 0]], u, v)
    q1 = relative_to(homogeneous[view, surface.faces[face, 1]], u, v)
    q2 = relative_to(homogeneous[view, surface.faces[face, 2]], u, v)
    return barycentric(q0, q1, q2)


@wp.func
def face_color(face: int, place: wp.vec4, surface: Surface, footprint: float) -> wp.vec3:
    """Colour of a face at barycentric ``place``, its texture averaged over an area of ``footprint`` samples."""
    i0 = surface.faces[face, 0]
    i1 = surface.faces[face, 1]
    i2 = surface.faces[face, 2]
    b2 = 1.0 - place[0] - place[1]
    t0 = surface.uv[i0]
    t1 = surface.uv[i1]
    t2 = surface.uv[i2]
    # d(b0, b1) / d(u, v) = z^3 / volume, times the triangle's parallelogram in uv, times the footprint.
    parallelogram = (t1[0] - t0[0]) * (t2[1] - t0[1]) - (t1[1] - t0[1]) * (t2[0] - t0[0])
    uv_area = wp.abs(parallelogram * place[2] * place[2] * place[2] / place[3]) * footprint
    uv = place[0] * t0 + place[1] * t1 + b2 * t2
    color = sample_texture(surface, surface.face_texture[face], uv, uv_area, footprint > 1.0)
    if surface.has_vertex_colors:
        c0 = surface.vertex_colors[i0]
        c1 = surface.vertex_colors[i1]
        c2 = surface.vertex_colors[i2]
        color = wp.cw_mul(color, place[0] * c0 + place[1] * c1 + b2 * c2)
    return color


@wp.func
def surface_point(face: int, place: wp.vec4, surface: Surface, center: wp.vec3) -> SurfacePoint:
    """The point of a face at barycentric ``place``, seen from ``center``."""
    p0 = surface.vertices[surface.faces[face, 0]]
    p1 = surface.vertices[surface.faces[face, 1]]
    p2 = surface.vertices[surface.faces[face, 2]]
    point = place[0] * p0 + place[1] * p1 + (1.0 - place[0] - place[1]) * p2
    normal = wp.normalize(wp.cross(p1 - p0, p2 - p0))
    facing = wp.abs(wp.dot(normal, wp.normalize(center - point)))
    return SurfacePoint(point[0], point[1], point[2], place[2], facing)


@wp.func
def write_pixel(
    view: int,
    row: int,
    column: int,
    color: wp.vec3,
    coverage: float,
    point: SurfacePoint,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
):
    for channel in range(3):
        image[view, channel, row, column] = color[channel]
    image[view, 3, row, column] = coverage
    for channel in range(5):
        points[view, channel, row, column] = point[channel]  # type: ignore[index]


@wp.func
def shade_pixel(
    view: int,
    row: int,
    column: int,
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    center: wp.vec3,
    samples: int,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
):
    """Shades a pixel once for every face that its samples see, at the mean position of those samples."""
    share = 1.0 / float(samples * samples)
    color = wp.vec3(0.0, 0.0, 0.0)
    coverage = float(0.0)
    front = wp.int64(0)
    point = SurfacePoint()
    for j in range(samples):
        y = row * samples + j
        for i in range(samples):
            x = column * samples + i
            packed = visible[view, y, x]
            if packed != wp.int64(0) and not is_repeated_face(visible, view, y, x, j, i, samples):
                own = samples_of_face(visible, view, row * samples, column * samples, samples, packed)
                face = wp.int32(packed & FACE_MASK)
                place = barycentric_at(face, own[0] / own[2], own[1] / own[2], view, homogeneous, surface)
                color += own[2] * share * face_color(face, place, surface, float(samples * samples))
                coverage += own[2] * share
                if packed > front:
                    front = packed
                    point = surface_point(face, place, surface, center)
    write_pixel(view, row, column, color, coverage, point, image, points)


@wp.func
def shade_quad(
    view: int,
    row: int,
    column: int,
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    center: wp.vec3,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
):
    """``shade_pixel`` for two samples a side, which are read once: a fifth of its time less."""
    packed = Quad(
        visible[view, 2 * row, 2 * column],
        visible[view, 2 * row, 2 * column + 1],
        visible[view, 2 * row + 1, 2 * column],
        visible[view, 2 * row + 1, 2 * column + 1],
    )
    color = wp.vec3(0.0, 0.0, 0.0)
    coverage = float(0.0)
    point = SurfacePoint()
    front = wp.max(wp.max(packed[0], packed[1]), wp.max(packed[2], packed[3]))
    if front != wp.int64(0):
        left = float(2 * column) + 0.5
        top = float(2 * row) + 0.5
        for i in range(4):
            if packed[i] != wp.int64(0):
                number = packed[i] & FACE_MASK
                own = wp.vec3(0.0, 0.0, 0.0)
                for j in range(4):
                    if packed[j] != wp.int64(0) and (packed[j] & FACE_MASK) == number:
                        own += wp.vec3(left + float(j % 2), top + float(j // 2), 1.0)
                        if j > i:
                            packed[j] = wp.int64(0)
                face = wp.int32(number)
                place = barycentric_at(face, own[0] / own[2], own[1] / own[2], view, homogeneous, surface)
                color += 0.25 * own[2] * face_color(face, place, surface, 4.0)
                coverage += 0.25 * own[2]
                if number == (front & FACE_MASK):
                    point = surface_point(face, place, surface, center)
    write_pixel(view, row, column, color, coverage, point, image, points)


@wp.func
def shade_samples(
    view: int,
    row: int,
    column: int,
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    center: wp.vec3,
    samples: int,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
    sample_image: wp.array4d(dtype=float),
):
    """Shades every sample of a pixel on its own."""
    share = 1.0 / float(samples * samples)
    color = wp.vec3(0.0, 0.0, 0.0)
    coverage = float(0.0)
    front = wp.int64(0)
    front_place = wp.vec4(0.0, 0.0, 0.0, 0.0)
    for j in range(samples):
        y = row * samples + j
        for i in range(samples):
            x = column * samples + i
            packed = visible[view, y, x]
            sample = wp.vec4(0.0, 0.0, 0.0, 0.0)
            if packed != wp.int64(0):
                face = wp.int32(packed & FACE_MASK)
                place = barycentric_at(face, float(x) + 0.5, float(y) + 0.5, view, homogeneous, surface)
                shade = face_color(face, place, surface, 1.0)
                sample = wp.vec4(shade[0], shade[1], shade[2], 1.0)
                color += share * shade
                coverage += share
                if packed > front:
                    front = packed
                    front_place = place
            for channel in range(4):
                sample_image[view, channel, y, x] = sample[channel]
    point = SurfacePoint()
    if front != wp.int64(0):
        point = surface_point(wp.int32(front & FACE_MASK), front_place, surface, center)
    write_pixel(view, row, column, color, coverage, point, image, points)


@wp.kernel
def shade_faces(
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    centers: wp.array(dtype=wp.vec3),
    samples: int,
    first_row: int,
    columns_per_thread: int,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    row += first_row
    center = centers[view]
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, image.shape[3])):
        if samples == 2:
            shade_quad(view, row, column, visible, homogeneous, surface, center, image, points)
        else:
            shade_pixel(view, row, column, visible, homogeneous, surface, center, samples, image, points)


@wp.kernel
def shade_every_sample(
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    centers: wp.array(dtype=wp.vec3),
    samples: int,
    first_row: int,
    columns_per_thread: int,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
    sample_image: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    row += first_row
    center = centers[view]
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, image.shape[3])):
        shade_samples(view, row, column, visible, homogeneous, surface, center, samples, image, points, sample_image)


def shade_visible(
    visible: Int[Tensor, "B Hs Ws"],
    homogeneous: Float[Tensor, "B V 3"],
    surface: Surface,
    centers: Float[Tensor, "B 3"],
    samples: int,
    every_sample: bool,
) -> ShadedPixels:
    """Shade what ``visible_faces`` found from camera ``centers`` (mesh frame): every sample on its own or, faster, each
    face once a pixel with its texture averaged over the pixel."""
    device = visible.device
    views, sample_height, sample_width = visible.shape
    height, width = sample_height // samples, sample_width // samples
    outputs = [torch.empty((views, channels, height, width), device=device) for channels in (4, 5)]
    if every_sample:
        outputs.append(torch.empty((views, 4, sample_height, sample_width), device=device))
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
            *(wp.from_torch(output[chunk]) for output in outputs),
        ]
        kernel = shade_every_sample if every_sample else shade_faces
        launch_kernel(kernel, (chunk.stop - chunk.start, rows.stop - rows.start, blocks), inputs, device)

    for_each_chunk(launch, views, height, device, views * height * width)
    return ShadedPixels(outputs[0], outputs[1], outputs[2] if every_sample else None)
