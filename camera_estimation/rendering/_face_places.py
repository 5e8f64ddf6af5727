"""Places on a face: where a sample sees it, what of its texture the sample covers, and the point of the surface."""

from __future__ import annotations

import warp as wp

from camera_estimation.rendering._rasterization import relative_to
from camera_estimation.rendering._surface import Surface
from camera_estimation.rendering._visibility import MAX_FACES

FACE_MASK = wp.constant(wp.int64(MAX_FACES))
# Point in the mesh frame (3), depth, and facing: the cosine between normal and line of sight.
SurfacePoint = wp.types.vector(length=5, dtype=wp.float32)

wp.set_module_options({"enable_backward": False})


@wp.func
def corners_about(
    view: int, face: int, u: float, v: float, homogeneous: wp.array2d(dtype=wp.vec3), surface: Surface
) -> wp.mat33:
    """Homogeneous pixels of a face's corners, in columns, with the origin moved to (u, v)."""
    return wp.matrix_from_cols(
        relative_to(homogeneous[view, surface.faces[face, 0]], u, v),
        relative_to(homogeneous[view, surface.faces[face, 1]], u, v),
        relative_to(homogeneous[view, surface.faces[face, 2]], u, v),
    )


@wp.func
def edge_functions(corners: wp.mat33) -> wp.mat33:
    """Whose products with (u, v, 1) are in proportion to the barycentric coordinates of the sample at (u, v)."""
    q0 = wp.vec3(corners[0, 0], corners[1, 0], corners[2, 0])
    q1 = wp.vec3(corners[0, 1], corners[1, 1], corners[2, 1])
    q2 = wp.vec3(corners[0, 2], corners[1, 2], corners[2, 2])
    return wp.matrix_from_rows(wp.cross(q1, q2), wp.cross(q2, q0), wp.cross(q0, q1))


@wp.func
def place_on_face(edges: wp.vec3, inverse_sum: float) -> wp.vec3:
    """Perspective-correct barycentric coordinates, within the face, from values of its edge functions."""
    place = edges * inverse_sum
    if wp.min(wp.min(place[0], place[1]), place[2]) < 0.0:
        place = wp.vec3(wp.clamp(place[0], 0.0, 1.0), wp.clamp(place[1], 0.0, 1.0), wp.clamp(place[2], 0.0, 1.0))
        place /= wp.max(place[0] + place[1] + place[2], 1.0e-12)
    return place


@wp.func
def texel_spread(face: int, edges: wp.mat33, corners: wp.mat33, surface: Surface) -> float:
    """What, times the cube of a sample's ``inverse_sum``, is the number of the finest texels that the sample covers.

    d(b0, b1) / d(u, v) is depth^3 / volume, where volume is what the face spans with the camera and the depth volume
    times ``inverse_sum``; that times the face's parallelogram in uv.
    """
    t0 = surface.uv[surface.faces[face, 0]]
    t1 = surface.uv[surface.faces[face, 1]]
    t2 = surface.uv[surface.faces[face, 2]]
    parallelogram = (t1[0] - t0[0]) * (t2[1] - t0[1]) - (t1[1] - t0[1]) * (t2[0] - t0[0])
    volume = edges[0, 2] * corners[2, 0] + edges[1, 2] * corners[2, 1] + edges[2, 2] * corners[2, 2]
    finest = surface.table[surface.face_texture[face], 0]
    texels = float(surface.levels[finest, 1]) * float(surface.levels[finest, 2])
    return wp.abs(parallelogram) * volume * volume * texels


@wp.func
def tint(color: wp.vec4, face: int, place: wp.vec3, surface: Surface) -> wp.vec4:
    """Times the color of the vertices."""
    c0 = surface.vertex_colors[surface.faces[face, 0]]
    c1 = surface.vertex_colors[surface.faces[face, 1]]
    c2 = surface.vertex_colors[surface.faces[face, 2]]
    own = place[0] * c0 + place[1] * c1 + place[2] * c2
    return wp.cw_mul(color, wp.vec4(own[0], own[1], own[2], 1.0))


@wp.func
def surface_point(
    view: int, face: int, place: wp.vec3, homogeneous: wp.array2d(dtype=wp.vec3), surface: Surface, center: wp.vec3
) -> SurfacePoint:
    """The point of a face at barycentric ``place``, seen from ``center``."""
    i0 = surface.faces[face, 0]
    i1 = surface.faces[face, 1]
    i2 = surface.faces[face, 2]
    p0 = surface.vertices[i0]
    p1 = surface.vertices[i1]
    p2 = surface.vertices[i2]
    point = place[0] * p0 + place[1] * p1 + place[2] * p2
    normal = wp.normalize(wp.cross(p1 - p0, p2 - p0))
    facing = wp.abs(wp.dot(normal, wp.normalize(center - point)))
    depths = wp.vec3(homogeneous[view, i0][2], homogeneous[view, i1][2], homogeneous[view, i2][2])
    return SurfacePoint(point[0], point[1], point[2], wp.dot(place, depths), facing)


@wp.func
def write_pixel(
    view: int,
    row: int,
    column: int,
    color: wp.vec4,
    point: SurfacePoint,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
):
    for channel in range(4):
        image[view, channel, row, column] = color[channel]
    for channel in range(5):
        points[view, channel, row, column] = point[channel]  # type: ignore[index]
