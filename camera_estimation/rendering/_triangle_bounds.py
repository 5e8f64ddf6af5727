"""Which samples of an image a triangle can cover: bounds that are cheap to find.

Triangles are in homogeneous pixel coordinates q = (z u, z v, z). One that reaches behind the camera is clipped at the
near plane for its bounds.
"""

from __future__ import annotations

import warp as wp

# Samples this close (in samples) outside of an edge still count, so that rounding leaves no cracks between triangles.
EDGE_TOLERANCE = wp.constant(1e-4)

wp.set_module_options({"enable_backward": False})


@wp.func
def clip_at_near(inside: wp.vec3, outside: wp.vec3, near: float) -> wp.vec2:
    """Pixel where the edge from a point in front of the near plane to one behind it crosses that plane."""
    t = (inside[2] - near) / (inside[2] - outside[2])
    crossing = inside + t * (outside - inside)
    return wp.vec2(crossing[0] / near, crossing[1] / near)


@wp.func
def clip_bounds(q0: wp.vec3, q1: wp.vec3, q2: wp.vec3, near: float) -> wp.vec4:
    """(u min, v min, u max, v max) of the part of the triangle in front of the near plane."""
    low = wp.vec2(1.0e30, 1.0e30)
    high = wp.vec2(-1.0e30, -1.0e30)
    for i in range(3):
        a = q0
        b = q1
        if i == 1:
            a = q1
            b = q2
        if i == 2:
            a = q2
            b = q0
        if a[2] >= near:
            p = wp.vec2(a[0] / a[2], a[1] / a[2])
            low = wp.min(low, p)
            high = wp.max(high, p)
        if (a[2] >= near) != (b[2] >= near):
            p = clip_at_near(a, b, near)
            if a[2] < near:
                p = clip_at_near(b, a, near)
            low = wp.min(low, p)
            high = wp.max(high, p)
    return wp.vec4(low[0], low[1], high[0], high[1])


@wp.func
def sample_bounds(
    q0: wp.vec3, q1: wp.vec3, q2: wp.vec3, near: float, width: int, first_row: int, end_row: int
) -> wp.vec4i:
    """(first column, first row, last column, last row) of the samples in a triangle's bounding box, of rows from
    ``first_row`` to before ``end_row``; empty: the last before the first."""
    if wp.max(wp.max(q0[2], q1[2]), q2[2]) < near:
        return wp.vec4i(1, 1, 0, 0)
    if wp.min(wp.min(q0[2], q1[2]), q2[2]) >= near:
        u0 = q0[0] / q0[2]
        u1 = q1[0] / q1[2]
        u2 = q2[0] / q2[2]
        v0 = q0[1] / q0[2]
        v1 = q1[1] / q1[2]
        v2 = q2[1] / q2[2]
        bounds = wp.vec4(
            wp.min(wp.min(u0, u1), u2),
            wp.min(wp.min(v0, v1), v2),
            wp.max(wp.max(u0, u1), u2),
            wp.max(wp.max(v0, v1), v2),
        )
    else:
        bounds = clip_bounds(q0, q1, q2, near)
    right = float(width) - 1.0
    top = float(first_row)
    bottom = float(end_row) - 1.0
    return wp.vec4i(
        wp.int32(wp.ceil(wp.clamp(bounds[0] - EDGE_TOLERANCE - 0.5, 0.0, right + 1.0))),
        wp.int32(wp.ceil(wp.clamp(bounds[1] - EDGE_TOLERANCE - 0.5, top, bottom + 1.0))),
        wp.int32(wp.floor(wp.clamp(bounds[2] + EDGE_TOLERANCE - 0.5, -1.0, right))),
        wp.int32(wp.floor(wp.clamp(bounds[3] + EDGE_TOLERANCE - 0.5, top - 1.0, bottom))),
    )


@wp.kernel
def find_row_spans(
    homogeneous: wp.array2d(dtype=wp.vec3),
    faces: wp.array2d(dtype=wp.int32),
    near: float,
    width: int,
    height: int,
    first_block: int,
    faces_per_thread: int,
    spans: wp.array2d(dtype=wp.vec2i),
):
    """First and last row of the samples that each face can cover."""
    view, block = wp.tid()
    block += first_block
    for face in range(block * faces_per_thread, wp.min((block + 1) * faces_per_thread, faces.shape[0])):
        q0 = homogeneous[view, faces[face, 0]]
        q1 = homogeneous[view, faces[face, 1]]
        q2 = homogeneous[view, faces[face, 2]]
        bounds = sample_bounds(q0, q1, q2, near, width, 0, height)
        if bounds[2] < bounds[0]:
            spans[view, face] = wp.vec2i(1, 0)
        else:
            spans[view, face] = wp.vec2i(bounds[1], bounds[3])
