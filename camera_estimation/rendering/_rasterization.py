"""The kernel that writes triangles into the samples of an image, for CPU and CUDA.

Triangles are tested in homogeneous pixel coordinates q = (z u, z v, z), where the edge functions of a triangle are
affine in the pixel and triangles that reach behind the camera need no clipping (Olano and Greer, "Triangle scan
conversion using 2D homogeneous coordinates", 1997); only the bounding box is clipped at the near plane.
"""

from __future__ import annotations

import warp as wp

from camera_estimation.rendering._cutouts import is_drawn, may_be_cut_out
from camera_estimation.rendering._surface import Surface
from camera_estimation.rendering._triangle_bounds import EDGE_TOLERANCE, sample_bounds
from camera_estimation.rendering._warp_runtime import start_warp

# Depth is quantized to 40 bits above a 24-bit face number in one 64-bit word, so that one atomic maximum decides.
FACE_BITS = 24
DEPTH_STEPS = wp.constant(float(2**38))
# Rows of triangles of at most this many samples are looked at sample by sample: to find where they begin and end costs
# more.
NARROW = wp.constant(5)
# Of two coincident sheets the one that faces the camera is seen; a fraction of the depth range.
FRONT_FACE_BIAS = wp.constant(2e-6)

start_warp()
wp.set_module_options({"enable_backward": False})


@wp.func
def relative_to(q: wp.vec3, u: float, v: float) -> wp.vec3:
    """Homogeneous pixel coordinates with the origin moved to pixel (u, v)."""
    return wp.vec3(q[0] - u * q[2], q[1] - v * q[2], q[2])


@wp.func
def clip_span(span: wp.vec2, slope: float, start: float) -> wp.vec2:
    """The part of ``span`` (of a row) where the edge function slope * x + start is not negative; empty: (1, 0)."""
    if slope > 0.0:
        return wp.vec2(wp.max(span[0], wp.min(-start / slope, span[1] + 1.0)), span[1])
    if slope < 0.0:
        return wp.vec2(span[0], wp.min(span[1], wp.max(-start / slope, span[0] - 1.0)))
    if start < 0.0:
        return wp.vec2(1.0, 0.0)
    return span


@wp.func
def rasterize_face(
    view: int,
    face: int,
    q0: wp.vec3,
    q1: wp.vec3,
    q2: wp.vec3,
    depth_range: wp.vec2,
    near: float,
    band_top: int,
    band_bottom: int,
    surface: Surface,
    visible: wp.array3d(dtype=wp.int64),
):
    """Writes one triangle into the rows from ``band_top`` to ``band_bottom``: the same ones whatever the bands are."""
    bounds = sample_bounds(q0, q1, q2, near, visible.shape[2], 0, visible.shape[1])
    x_first = bounds[0]
    y_first = bounds[1]
    x_last = bounds[2]
    y_last = bounds[3]
    if x_last < x_first or y_last < y_first:
        return

    # Relative to the first sample, so that small triangles keep their precision anywhere in the image.
    q0 = relative_to(q0, float(x_first) + 0.5, float(y_first) + 0.5)
    q1 = relative_to(q1, float(x_first) + 0.5, float(y_first) + 0.5)
    q2 = relative_to(q2, float(x_first) + 0.5, float(y_first) + 0.5)
    edge0 = wp.cross(q1, q2)
    edge1 = wp.cross(q2, q0)
    edge2 = wp.cross(q0, q1)
    volume = wp.dot(q0, edge0)
    if volume == 0.0:
        return
    bias = float(0.0)
    if volume < 0.0:
        edge0 = -edge0
        edge1 = -edge1
        edge2 = -edge2
        volume = -volume
        bias = FRONT_FACE_BIAS
    inverse_depth = (edge0 + edge1 + edge2) / volume
    slack0 = EDGE_TOLERANCE * (wp.abs(edge0[0]) + wp.abs(edge0[1]))
    slack1 = EDGE_TOLERANCE * (wp.abs(edge1[0]) + wp.abs(edge1[1]))
    slack2 = EDGE_TOLERANCE * (wp.abs(edge2[0]) + wp.abs(edge2[1]))
    nearest = 1.0 / wp.max(wp.min(wp.min(q0[2], q1[2]), q2[2]), near)
    w_low = depth_range[0]
    w_scale = 1.0 / (depth_range[1] - w_low)
    cut_out = may_be_cut_out(surface, face)

    narrow = x_last - x_first < NARROW
    for y in range(wp.max(y_first, band_top), wp.min(y_last, band_bottom) + 1):
        dy = float(y - y_first)
        start0 = edge0[1] * dy + edge0[2] + slack0
        start1 = edge1[1] * dy + edge1[2] + slack1
        start2 = edge2[1] * dy + edge2[2] + slack2
        first = int(0)
        last = x_last - x_first
        if not narrow:
            span = wp.vec2(0.0, float(last))
            span = clip_span(span, edge0[0], start0)
            span = clip_span(span, edge1[0], start1)
            span = clip_span(span, edge2[0], start2)
            first = wp.int32(wp.ceil(span[0]))
            last = wp.int32(wp.floor(span[1]))
        row_depth = inverse_depth[1] * dy + inverse_depth[2]
        for column in range(first, last + 1):
            dx = float(column)
            inside = wp.min(wp.min(edge0[0] * dx + start0, edge1[0] * dx + start1), edge2[0] * dx + start2)
            if narrow and inside < 0.0:
                continue
            w = inverse_depth[0] * dx + row_depth
            if w > 0.0 and w * near <= 1.0:
                if cut_out:
                    place = wp.vec3(dx, dy, 1.0)
                    weights = wp.vec3(wp.dot(edge0, place), wp.dot(edge1, place), wp.dot(edge2, place))
                    if not is_drawn(surface, face, weights):
                        continue
                rank = wp.clamp((wp.min(w, nearest) - w_low) * w_scale + bias, 0.0, 2.0)
                packed = wp.lshift(wp.int64(rank * DEPTH_STEPS) + wp.int64(1), wp.int64(FACE_BITS)) + wp.int64(face)
                wp.atomic_max(visible, view, y, x_first + column, packed)


@wp.kernel
def rasterize(
    homogeneous: wp.array2d(dtype=wp.vec3),
    faces: wp.array2d(dtype=wp.int32),
    spans: wp.array2d(dtype=wp.vec2i),
    depth_range: wp.array(dtype=wp.vec2),
    near: float,
    first_band: int,
    band_height: int,
    faces_per_thread: int,
    surface: Surface,
    visible: wp.array3d(dtype=wp.int64),
):
    view, band, block = wp.tid()
    band_top = (first_band + band) * band_height
    band_bottom = wp.min(band_top + band_height, visible.shape[1]) - 1
    for face in range(block * faces_per_thread, wp.min((block + 1) * faces_per_thread, faces.shape[0])):
        reaches_in = bool(True)
        if spans.shape[1] > 0:
            span = spans[view, face]
            reaches_in = span[0] <= band_bottom and span[1] >= band_top and span[0] <= span[1]
        if reaches_in:
            q0 = homogeneous[view, faces[face, 0]]
            q1 = homogeneous[view, faces[face, 1]]
            q2 = homogeneous[view, faces[face, 2]]
            rasterize_face(view, face, q0, q1, q2, depth_range[view], near, band_top, band_bottom, surface, visible)
