"""Colour, coverage and surface point of every pixel from the triangles that its samples see."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import warp as wp
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.mesh import CLAMP_TO_EDGE, MIRRORED_REPEAT, TexturedMesh
from camera_estimation.rendering.visibility import MAX_FACES, relative_to
from camera_estimation.rendering.warp_runtime import for_each_chunk, items_per_thread, launch_kernel

FACE_MASK = wp.constant(wp.int64(MAX_FACES))
WRAP_MIRRORED = wp.constant(MIRRORED_REPEAT)
WRAP_CLAMP = wp.constant(CLAMP_TO_EDGE)


@dataclass(frozen=True)
class TextureBuffer:
    """All textures of a mesh with their mipmaps in one buffer of packed 8-bit texels (R + 256 G + 65536 B).

    ``levels`` has a row (offset, width, height) for every mip level of every texture; ``table`` a row
    (first row in ``levels``, number of levels, wrap in u, wrap in v) for every texture.
    """

    texels: Int[Tensor, "N"]
    levels: Int[Tensor, "L 3"]
    table: Int[Tensor, "T 4"]


def build_texture_buffer(mesh: TexturedMesh) -> TextureBuffer:
    """Mipmaps by area averaging of the stored sRGB values, on the device of the mesh."""
    texels, levels, table, offset = [], [], [], 0
    for texture in mesh.textures:
        image = texture.texels.permute(2, 0, 1)[None].float()
        first = len(levels)
        while True:
            height, width = image.shape[-2:]
            packed = image.round().to(torch.int32)[0]
            texels.append((packed[0] + 256 * packed[1] + 65536 * packed[2]).reshape(-1))
            levels.append((offset, width, height))
            offset += width * height
            if height == 1 and width == 1:
                break
            image = F.adaptive_avg_pool2d(image, (max(1, height // 2), max(1, width // 2)))
        table.append((first, len(levels) - first, texture.wrap_u, texture.wrap_v))
    return TextureBuffer(
        torch.cat(texels).to(mesh.device),
        torch.tensor(levels, dtype=torch.int32, device=mesh.device),
        torch.tensor(table, dtype=torch.int32, device=mesh.device),
    )


wp.set_module_options({"enable_backward": False})


@wp.func
def wrapped(index: int, size: int, mode: int) -> int:
    """Index of a texel inside of the texture for one outside of it."""
    if index >= 0 and index < size:
        return index
    if mode == WRAP_CLAMP:
        return wp.clamp(index, 0, size - 1)
    period = size
    if mode == WRAP_MIRRORED:
        period = 2 * size
    folded = index % period
    if folded < 0:
        folded += period
    if folded >= size:
        folded = period - 1 - folded
    return folded


@wp.func
def unpacked(texel: wp.int32) -> wp.vec3:
    return wp.vec3(float(texel & 255), float((texel >> 8) & 255), float((texel >> 16) & 255))


@wp.struct
class Surface:
    """Constant inputs of the shading kernel: a mesh and its textures."""

    faces: wp.array2d(dtype=wp.int32)
    vertices: wp.array(dtype=wp.vec3)
    uv: wp.array(dtype=wp.vec2)
    vertex_colors: wp.array(dtype=wp.vec3)
    face_texture: wp.array(dtype=wp.int32)
    texels: wp.array(dtype=wp.int32)
    levels: wp.array2d(dtype=wp.int32)
    table: wp.array2d(dtype=wp.int32)


@wp.func
def bilinear(surface: Surface, row: int, wrap_u: int, wrap_v: int, uv: wp.vec2) -> wp.vec3:
    """Bilinear lookup in the mip level of row ``row`` of the level table."""
    offset = surface.levels[row, 0]
    width = surface.levels[row, 1]
    height = surface.levels[row, 2]
    x = uv[0] * float(width) - 0.5
    y = uv[1] * float(height) - 0.5
    left = wp.int32(wp.floor(x))
    top = wp.int32(wp.floor(y))
    fx = x - float(left)
    fy = y - float(top)
    x0 = wrapped(left, width, wrap_u)
    x1 = wrapped(left + 1, width, wrap_u)
    row0 = offset + wrapped(top, height, wrap_v) * width
    row1 = offset + wrapped(top + 1, height, wrap_v) * width
    upper = unpacked(surface.texels[row0 + x0]) * (1.0 - fx) + unpacked(surface.texels[row0 + x1]) * fx
    lower = unpacked(surface.texels[row1 + x0]) * (1.0 - fx) + unpacked(surface.texels[row1 + x1]) * fx
    return (upper * (1.0 - fy) + lower * fy) / 255.0


@wp.func
def sampled_texture(surface: Surface, texture: int, uv: wp.vec2, uv_area: float) -> wp.vec3:
    """Trilinear lookup; ``uv_area`` is the area that one pixel covers in uv."""
    first = surface.table[texture, 0]
    count = surface.table[texture, 1]
    if count == 1:
        return unpacked(surface.texels[surface.levels[first, 0]]) / 255.0
    texel_area = uv_area * float(surface.levels[first, 1]) * float(surface.levels[first, 2])
    level = wp.clamp(0.5 * wp.log2(wp.max(texel_area, 1.0e-12)), 0.0, float(count - 1))
    blend = level - wp.floor(level)
    row = first + wp.int32(level)
    color = bilinear(surface, row, surface.table[texture, 2], surface.table[texture, 3], uv)
    if blend > 0.0:
        coarser = bilinear(surface, row + 1, surface.table[texture, 2], surface.table[texture, 3], uv)
        color = color * (1.0 - blend) + coarser * blend
    return color


Shading = wp.types.vector(length=8, dtype=wp.float32)


@wp.func
def seen_before(
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
def shade_face(
    face: int,
    u: float,
    v: float,
    view: int,
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    centre: wp.vec3,
    footprint: float,
) -> Shading:
    """Colour (3), point in the mesh frame (3), depth and facing of a face at sample position (u, v).

    The texture is averaged over an area of ``footprint`` samples.
    """
    i0 = surface.faces[face, 0]
    i1 = surface.faces[face, 1]
    i2 = surface.faces[face, 2]
    q0 = relative_to(homogeneous[view, i0], u, v)
    q1 = relative_to(homogeneous[view, i1], u, v)
    q2 = relative_to(homogeneous[view, i2], u, v)
    # Edge functions at this position; their shares are perspective-correct barycentric coordinates.
    e0 = q1[0] * q2[1] - q1[1] * q2[0]
    e1 = q2[0] * q0[1] - q2[1] * q0[0]
    e2 = q0[0] * q1[1] - q0[1] * q1[0]
    volume = e0 * q0[2] + e1 * q1[2] + e2 * q2[2]
    total = e0 + e1 + e2
    b0 = wp.clamp(e0 / total, 0.0, 1.0)
    b1 = wp.clamp(e1 / total, 0.0, 1.0)
    b2 = wp.clamp(e2 / total, 0.0, 1.0)
    norm = 1.0 / wp.max(b0 + b1 + b2, 1.0e-12)
    b0 *= norm
    b1 *= norm
    b2 *= norm
    z = b0 * q0[2] + b1 * q1[2] + b2 * q2[2]
    t0 = surface.uv[i0]
    t1 = surface.uv[i1]
    t2 = surface.uv[i2]
    # d(b0, b1) / d(u, v) = z^3 / volume, times the triangle's parallelogram in uv, times the footprint.
    parallelogram = (t1[0] - t0[0]) * (t2[1] - t0[1]) - (t1[1] - t0[1]) * (t2[0] - t0[0])
    uv_area = wp.abs(parallelogram * z * z * z / volume) * footprint
    color = sampled_texture(surface, surface.face_texture[face], b0 * t0 + b1 * t1 + b2 * t2, uv_area)
    tint = b0 * surface.vertex_colors[i0] + b1 * surface.vertex_colors[i1] + b2 * surface.vertex_colors[i2]
    p0 = surface.vertices[i0]
    p1 = surface.vertices[i1]
    p2 = surface.vertices[i2]
    point = b0 * p0 + b1 * p1 + b2 * p2
    normal = wp.normalize(wp.cross(p1 - p0, p2 - p0))
    facing = wp.abs(wp.dot(normal, wp.normalize(centre - point)))
    return Shading(color[0] * tint[0], color[1] * tint[1], color[2] * tint[2], point[0], point[1], point[2], z, facing)


@wp.func
def shade_pixel(
    view: int,
    row: int,
    column: int,
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    centres: wp.array(dtype=wp.vec3),
    samples: int,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
):
    """Adds up one pixel: shaded once for every face that its samples see, at the mean position of those samples."""
    share = 1.0 / float(samples * samples)
    front = wp.int64(0)
    for j in range(samples):
        y = row * samples + j
        for i in range(samples):
            x = column * samples + i
            packed = visible[view, y, x]
            if packed != wp.int64(0) and not seen_before(visible, view, y, x, j, i, samples):
                own = samples_of_face(visible, view, row * samples, column * samples, samples, packed)
                weight = own[2] * share
                shading = shade_face(
                    wp.int32(packed & FACE_MASK),
                    own[0] / own[2],
                    own[1] / own[2],
                    view,
                    homogeneous,
                    surface,
                    centres[view],
                    float(samples * samples),
                )
                for channel in range(3):
                    image[view, channel, row, column] += shading[channel] * weight
                image[view, 3, row, column] += weight
                if packed > front:
                    front = packed
                    for channel in range(5):
                        points[view, channel, row, column] = shading[3 + channel]


@wp.kernel
def shade(
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    centres: wp.array(dtype=wp.vec3),
    samples: int,
    first_row: int,
    columns_per_thread: int,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, image.shape[3])):
        shade_pixel(view, first_row + row, column, visible, homogeneous, surface, centres, samples, image, points)


@wp.kernel
def shade_every_sample(
    visible: wp.array3d(dtype=wp.int64),
    homogeneous: wp.array2d(dtype=wp.vec3),
    surface: Surface,
    centres: wp.array(dtype=wp.vec3),
    samples: int,
    first_row: int,
    columns_per_thread: int,
    image: wp.array4d(dtype=float),
    points: wp.array4d(dtype=float),
    sample_image: wp.array4d(dtype=float),
):
    view, row, block = wp.tid()
    row += first_row
    share = 1.0 / float(samples * samples)
    for column in range(block * columns_per_thread, wp.min((block + 1) * columns_per_thread, image.shape[3])):
        front = wp.int64(0)
        for j in range(samples):
            y = row * samples + j
            for i in range(samples):
                x = column * samples + i
                packed = visible[view, y, x]
                if packed != wp.int64(0):
                    face = wp.int32(packed & FACE_MASK)
                    shading = shade_face(
                        face, float(x) + 0.5, float(y) + 0.5, view, homogeneous, surface, centres[view], 1.0
                    )
                    for channel in range(3):
                        sample_image[view, channel, y, x] = shading[channel]
                        image[view, channel, row, column] += share * shading[channel]
                    sample_image[view, 3, y, x] = 1.0
                    image[view, 3, row, column] += share
                    if packed > front:
                        front = packed
                        for channel in range(5):
                            points[view, channel, row, column] = shading[3 + channel]


def make_surface(mesh: TexturedMesh, textures: TextureBuffer) -> Surface:
    """Kernel inputs that share the memory of ``mesh`` and ``textures``, which must outlive them."""
    surface = Surface()
    surface.faces = wp.from_torch(mesh.faces)
    surface.vertices = wp.from_torch(mesh.vertices, dtype=wp.vec3)
    surface.uv = wp.from_torch(mesh.uv, dtype=wp.vec2)
    surface.vertex_colors = wp.from_torch(mesh.vertex_colors, dtype=wp.vec3)
    surface.face_texture = wp.from_torch(mesh.face_texture)
    surface.texels = wp.from_torch(textures.texels)
    surface.levels = wp.from_torch(textures.levels)
    surface.table = wp.from_torch(textures.table)
    return surface


@dataclass(frozen=True)
class ShadedPixels:
    """Premultiplied RGB with coverage, and of each pixel's nearest sample the surface point (x, y, z in the mesh frame,
    depth or 0 where nothing is seen, and facing: the cosine between normal and line of sight). ``samples`` holds the colour and coverage of every sample where each was shaded on its own."""

    rgba: Float[Tensor, "B 4 H W"]
    points: Float[Tensor, "B 5 H W"]
    samples: Float[Tensor, "B 4 Hs Ws"] | None


def shaded(
    visible: Int[Tensor, "B Hs Ws"],
    homogeneous: Float[Tensor, "B V 3"],
    surface: Surface,
    centres: Float[Tensor, "B 3"],
    samples: int,
    every_sample: bool,
) -> ShadedPixels:
    """Shade what ``visible_faces`` found from camera ``centres`` (mesh frame): every sample on its own or, several times faster, each face once a pixel with
    its texture averaged over the pixel."""
    device = visible.device
    views, sample_height, sample_width = visible.shape
    height, width = sample_height // samples, sample_width // samples
    outputs = [torch.zeros((views, channels, height, width), device=device) for channels in (4, 5)]
    if every_sample:
        outputs.append(torch.zeros((views, 4, sample_height, sample_width), device=device))
    columns_per_thread = items_per_thread(width, device)
    blocks = -(-width // columns_per_thread)

    def launch(chunk: slice, rows: slice) -> None:
        inputs = [
            wp.from_torch(visible[chunk]),
            wp.from_torch(homogeneous[chunk], dtype=wp.vec3),
            surface,
            wp.from_torch(centres[chunk], dtype=wp.vec3),
            samples,
            rows.start,
            columns_per_thread,
            *(wp.from_torch(output[chunk]) for output in outputs),
        ]
        kernel = shade_every_sample if every_sample else shade
        launch_kernel(kernel, (chunk.stop - chunk.start, rows.stop - rows.start, blocks), inputs, device)

    for_each_chunk(launch, views, height, device)
    return ShadedPixels(outputs[0], outputs[1], outputs[2] if every_sample else None)
