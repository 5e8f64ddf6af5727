"""Which triangle each sample of an image sees: one Warp kernel for CPU and CUDA.

Triangles are tested in homogeneous pixel coordinates q = (z u, z v, z), where the edge functions of a triangle are
affine in the pixel and triangles that reach behind the camera need no clipping (Olano and Greer, "Triangle scan
conversion using 2D homogeneous coordinates", 1997); only the bounding box is clipped at the near plane.
"""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.camera import Camera
from camera_estimation.rendering.warp_runtime import for_each_chunk, items_per_thread, launch_kernel, start_warp

# Nearest depth drawn, in radii of the object.
NEAR = 0.02
# Depth is quantised to 40 bits above a 24-bit face number in one 64-bit word, so that one atomic maximum decides.
FACE_BITS = 24
MAX_FACES = 2**FACE_BITS - 1
DEPTH_STEPS = wp.constant(float(2**38))
# On CUDA an image is cut into bands of at least this many rows until this many threads have work.
ROWS_PER_BAND = 8
CUDA_THREADS = 2**20
# Samples this close (in samples) outside of an edge still count, so that rounding leaves no cracks between triangles.
EDGE_TOLERANCE = wp.constant(1e-4)
# Of two coincident sheets the one that faces the camera is seen; a fraction of the depth range.
FRONT_FACE_BIAS = wp.constant(2e-6)

start_warp()
wp.set_module_options({"enable_backward": False})


@wp.func
def relative_to(q: wp.vec3, u: float, v: float) -> wp.vec3:
    """Homogeneous pixel coordinates with the origin moved to pixel (u, v)."""
    return wp.vec3(q[0] - u * q[2], q[1] - v * q[2], q[2])


@wp.func
def clip_at_near(inside: wp.vec3, outside: wp.vec3, near: float) -> wp.vec2:
    """Pixel where the edge from a point in front of the near plane to one behind it crosses that plane."""
    t = (inside[2] - near) / (inside[2] - outside[2])
    crossing = inside + t * (outside - inside)
    return wp.vec2(crossing[0] / near, crossing[1] / near)


@wp.func
def clipped_bounds(q0: wp.vec3, q1: wp.vec3, q2: wp.vec3, near: float) -> wp.vec4:
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
def clipped_span(span: wp.vec2, slope: float, start: float) -> wp.vec2:
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
    visible: wp.array3d(dtype=wp.int64),
):
    """Writes one triangle into the rows from ``band_top`` to ``band_bottom``."""
    if wp.max(wp.max(q0[2], q1[2]), q2[2]) < near:
        return
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
        bounds = clipped_bounds(q0, q1, q2, near)
    right = float(visible.shape[2]) - 1.0
    top = float(band_top)
    bottom = float(band_bottom)
    x_first = wp.int32(wp.ceil(wp.clamp(bounds[0] - EDGE_TOLERANCE - 0.5, 0.0, right + 1.0)))
    y_first = wp.int32(wp.ceil(wp.clamp(bounds[1] - EDGE_TOLERANCE - 0.5, top, bottom + 1.0)))
    x_last = wp.int32(wp.floor(wp.clamp(bounds[2] + EDGE_TOLERANCE - 0.5, -1.0, right)))
    y_last = wp.int32(wp.floor(wp.clamp(bounds[3] + EDGE_TOLERANCE - 0.5, top - 1.0, bottom)))
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

    for y in range(y_first, y_last + 1):
        dy = float(y - y_first)
        span = wp.vec2(0.0, float(x_last - x_first))
        span = clipped_span(span, edge0[0], edge0[1] * dy + edge0[2] + slack0)
        span = clipped_span(span, edge1[0], edge1[1] * dy + edge1[2] + slack1)
        span = clipped_span(span, edge2[0], edge2[1] * dy + edge2[2] + slack2)
        row_depth = inverse_depth[1] * dy + inverse_depth[2]
        for x in range(x_first + wp.int32(wp.ceil(span[0])), x_first + wp.int32(wp.floor(span[1])) + 1):
            w = inverse_depth[0] * float(x - x_first) + row_depth
            if w > 0.0 and w * near <= 1.0:
                rank = wp.clamp((wp.min(w, nearest) - w_low) * w_scale + bias, 0.0, 2.0)
                packed = wp.lshift(wp.int64(rank * DEPTH_STEPS) + wp.int64(1), wp.int64(FACE_BITS)) + wp.int64(face)
                wp.atomic_max(visible, view, y, x, packed)


@wp.kernel
def rasterize(
    homogeneous: wp.array2d(dtype=wp.vec3),
    faces: wp.array2d(dtype=wp.int32),
    depth_range: wp.array(dtype=wp.vec2),
    near: float,
    first_band: int,
    band_height: int,
    faces_per_thread: int,
    visible: wp.array3d(dtype=wp.int64),
):
    view, band, block = wp.tid()
    band_top = (first_band + band) * band_height
    band_bottom = wp.min(band_top + band_height, visible.shape[1]) - 1
    for face in range(block * faces_per_thread, wp.min((block + 1) * faces_per_thread, faces.shape[0])):
        q0 = homogeneous[view, faces[face, 0]]
        q1 = homogeneous[view, faces[face, 1]]
        q2 = homogeneous[view, faces[face, 2]]
        rasterize_face(view, face, q0, q1, q2, depth_range[view], near, band_top, band_bottom, visible)


def homogeneous_pixels(vertices: Float[Tensor, "V 3"], camera: Camera, samples: int) -> Float[Tensor, "B V 3"]:
    """(z u, z v, z) of every vertex in every view, in samples of which a pixel has ``samples`` a side."""
    focal = camera.focal * samples
    centre = camera.principal_point * samples
    projection = torch.zeros_like(camera.rotation)
    projection[:, 0, 0] = focal[:, 0]
    projection[:, 1, 1] = focal[:, 1]
    projection[:, :2, 2] = centre
    projection[:, 2, 2] = 1.0
    matrix = projection @ camera.rotation
    offset = projection @ camera.translation[..., None]
    return vertices @ matrix.transpose(1, 2) + offset.transpose(1, 2)


def visible_faces(
    homogeneous: Float[Tensor, "B V 3"], faces: Int[Tensor, "F 3"], camera: Camera, samples: int
) -> Int[Tensor, "B Hs Ws"]:
    """Packed depth and face of every sample, 0 where nothing is seen; face = packed & MAX_FACES.

    ``camera`` is in the normalised frame of the mesh, whose vertices lie within radius 1 of the origin.
    """
    views = len(camera)
    shape = (views, camera.height * samples, camera.width * samples)
    visible = torch.empty(shape, dtype=torch.int64, device=homogeneous.device)
    wp.from_torch(visible).zero_()  # not by torch, whose threads would go on spinning beside those that draw
    if len(faces) > MAX_FACES:
        raise ValueError(f"a mesh of {len(faces)} faces is more than the {MAX_FACES} that the renderer can number")
    distance = camera.translation[:, 2]
    depth_range = torch.stack([1 / (distance + 1.01).clamp(min=1.0), 1 / (distance - 1.01).clamp(min=NEAR)], dim=-1)

    faces_per_thread = items_per_thread(len(faces), homogeneous.device)
    bands = band_count(views, len(faces), visible.shape[1], homogeneous.device)
    band_height = -(-visible.shape[1] // bands)

    def launch(chunk: slice, band: slice) -> None:
        launch_kernel(
            rasterize,
            (chunk.stop - chunk.start, band.stop - band.start, -(-len(faces) // faces_per_thread)),
            [
                wp.from_torch(homogeneous[chunk], dtype=wp.vec3),
                wp.from_torch(faces),
                wp.from_torch(depth_range[chunk], dtype=wp.vec2),
                NEAR,
                band.start,
                band_height,
                faces_per_thread,
                wp.from_torch(visible[chunk]),
            ],
            homogeneous.device,
        )

    for_each_chunk(launch, views, bands, homogeneous.device)
    return visible


def band_count(views: int, faces: int, rows: int, device: torch.device) -> int:
    """Horizontal bands that an image is cut into, each drawn on its own, so that no large triangle keeps one thread."""
    if device.type == "cuda":
        return max(1, min(rows // ROWS_PER_BAND, CUDA_THREADS // (views * faces)))
    return 1 if views >= torch.get_num_threads() else min(torch.get_num_threads(), rows)
