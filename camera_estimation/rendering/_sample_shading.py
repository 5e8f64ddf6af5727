"""Pixels of which every sample is shaded on its own."""

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
from camera_estimation.rendering._texture_sampling import TextureLevel, choose_level, level_of, look_up

wp.set_module_options({"enable_backward": False})


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
    sides: wp.array3d(dtype=wp.mat44),
):
    """What is known of a face, and of its texture's level, serves the samples of a pixel that follow."""
    view, row, block = wp.tid()
    row += first_row
    center = centers[view]
    share = 1.0 / float(samples * samples)
    u0 = float(0.0)
    v0 = float(0.0)
    edges = wp.mat33()
    spread = float(0.0)
    least_area = float(0.0)
    area_bound = float(0.0)
    level = TextureLevel()
    corner_x = wp.vec3()
    corner_y = wp.vec3()
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, image.shape[3])):
        face = int(-1)  # not that of the pixel before, which may be another thread's: colors must not depend on that
        total = wp.vec4(0.0, 0.0, 0.0, 0.0)
        left = wp.vec4(0.0, 0.0, 0.0, 0.0)
        right = wp.vec4(0.0, 0.0, 0.0, 0.0)
        top = wp.vec4(0.0, 0.0, 0.0, 0.0)
        bottom = wp.vec4(0.0, 0.0, 0.0, 0.0)
        front = wp.int64(0)
        front_place = wp.vec3(0.0, 0.0, 0.0)
        for j in range(samples):
            for i in range(samples):
                packed = visible[view, row * samples + j, column * samples + i]
                if packed != wp.int64(0):
                    u = float(column * samples + i) + 0.5
                    v = float(row * samples + j) + 0.5
                    if wp.int32(packed & FACE_MASK) != face:
                        face = wp.int32(packed & FACE_MASK)
                        u0 = u
                        v0 = v
                        corners = corners_about(view, face, u, v, homogeneous, surface)
                        edges = edge_functions(corners)
                        spread = texel_spread(face, edges, corners, surface)
                        area_bound = 0.0
                    here = edges * wp.vec3(u - u0, v - v0, 1.0)
                    inverse_sum = 1.0 / (here[0] + here[1] + here[2])
                    place = place_on_face(here, inverse_sum)
                    texel_area = wp.abs(spread * inverse_sum * inverse_sum * inverse_sum)
                    if texel_area < least_area or texel_area >= area_bound:
                        texture = surface.face_texture[face]
                        choice = choose_level(texel_area, surface.table[texture, 1] - 1)
                        level = level_of(surface, texture, surface.table[texture, 0] + wp.int32(choice[0]))
                        least_area = choice[1]
                        area_bound = choice[2]
                        t0 = surface.uv[surface.faces[face, 0]]
                        t1 = surface.uv[surface.faces[face, 1]]
                        t2 = surface.uv[surface.faces[face, 2]]
                        corner_x = float(level[1]) * wp.vec3(t0[0], t1[0], t2[0])
                        corner_y = float(level[2]) * wp.vec3(t0[1], t1[1], t2[1])
                    sample = look_up(surface, level, wp.dot(place, corner_x) - 0.5, wp.dot(place, corner_y) - 0.5)
                    if surface.has_vertex_colors:
                        sample = tint(sample, face, place, surface)
                    total += sample
                    if i == 0:
                        left += sample
                    if i == samples - 1:
                        right += sample
                    if j == 0:
                        top += sample
                    if j == samples - 1:
                        bottom += sample
                    if packed > front:
                        front = packed
                        front_place = place
        point = SurfacePoint()
        if front != wp.int64(0):
            sides[view, row, column] = wp.matrix_from_rows(left, right, top, bottom)
            point = surface_point(view, wp.int32(front & FACE_MASK), front_place, homogeneous, surface, center)
        write_pixel(view, row, column, share * total, point, image, points)
