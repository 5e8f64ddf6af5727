"""Pixels whose faces are each shaded once, with the texture averaged over the pixel."""

from __future__ import annotations

import warp as wp

from camera_estimation.rendering._face_places import (
    FACE_MASK,
    SurfacePoint,
    corners_about,
    edge_functions,
    place_on_face,
    surface_point,
    texel_spread,
    tint,
    write_pixel,
)
from camera_estimation.rendering._surface import Surface
from camera_estimation.rendering._texture_sampling import blend_levels, sample_level

MOST_SAMPLES = 2  # a side of a pixel
Quad = wp.types.vector(length=4, dtype=wp.int64)

wp.set_module_options({"enable_backward": False})


@wp.func
def face_color(face: int, place: wp.vec3, texel_area: float, surface: Surface, samples: int) -> wp.vec4:
    """Of a face at barycentric ``place``, its texture averaged over ``texel_area`` of the finest texels; and 1."""
    texture = surface.face_texture[face]
    t0 = surface.uv[surface.faces[face, 0]]
    t1 = surface.uv[surface.faces[face, 1]]
    t2 = surface.uv[surface.faces[face, 2]]
    uv = place[0] * t0 + place[1] * t1 + place[2] * t2
    color = wp.vec4(0.0, 0.0, 0.0, 0.0)
    if samples == 1:
        color += sample_level(surface, texture, uv, texel_area)
    else:
        color += blend_levels(surface, texture, uv, texel_area)
    if surface.has_vertex_colors:
        color = tint(color, face, place, surface)
    return color


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
    """A pixel of one sample or of 2 x 2, once for every face that they see, at the mean position of its samples."""
    top = row * samples
    left = column * samples
    packed = Quad(visible[view, top, left], wp.int64(0), wp.int64(0), wp.int64(0))
    if samples == 2:
        packed[1] = visible[view, top, left + 1]
        packed[2] = visible[view, top + 1, left]
        packed[3] = visible[view, top + 1, left + 1]
    footprint = float(samples * samples)
    color = wp.vec4(0.0, 0.0, 0.0, 0.0)
    point = SurfacePoint()
    front = wp.max(wp.max(packed[0], packed[1]), wp.max(packed[2], packed[3]))
    if front != wp.int64(0):
        for i in range(4):
            if packed[i] != wp.int64(0):
                number = packed[i] & FACE_MASK
                own = wp.vec3(0.0, 0.0, 0.0)
                for j in range(4):
                    if packed[j] != wp.int64(0) and (packed[j] & FACE_MASK) == number:
                        own += wp.vec3(float(j % 2) + 0.5, float(j // 2) + 0.5, 1.0)
                        if j > i:
                            packed[j] = wp.int64(0)
                face = wp.int32(number)
                u = float(left) + own[0] / own[2]
                v = float(top) + own[1] / own[2]
                corners = corners_about(view, face, u, v, homogeneous, surface)
                edges = edge_functions(corners)
                here = wp.vec3(edges[0, 2], edges[1, 2], edges[2, 2])
                inverse_sum = 1.0 / (here[0] + here[1] + here[2])
                place = place_on_face(here, inverse_sum)
                spread = texel_spread(face, edges, corners, surface)
                texel_area = wp.abs(spread * inverse_sum * inverse_sum * inverse_sum) * footprint
                color += (own[2] / footprint) * face_color(face, place, texel_area, surface, samples)
                if number == (front & FACE_MASK):
                    point = surface_point(view, face, place, homogeneous, surface, center)
    write_pixel(view, row, column, color, point, image, points)


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
        shade_pixel(view, row, column, visible, homogeneous, surface, center, samples, image, points)
