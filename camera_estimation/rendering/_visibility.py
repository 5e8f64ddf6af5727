"""Which triangle each sample of an image sees: one Warp kernel for CPU and CUDA."""

from __future__ import annotations

import torch
import warp as wp
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.rendering._rasterization import FACE_BITS, rasterize
from camera_estimation.rendering._surface import Surface
from camera_estimation.rendering._triangle_bounds import find_row_spans
from camera_estimation.rendering._warp_runtime import (
    clear,
    for_each_chunk,
    gives_each_item_a_thread,
    items_per_thread,
    launch_kernel,
    useful_threads,
)

# Nearest depth drawn, in radii of the object.
NEAR = 0.02
REACH = 1.01  # radii of the object from its middle, beyond all its vertices; rounding is in it
MAX_FACES = 2**FACE_BITS - 1
# On CUDA an image is cut into bands of at least this many rows until this many threads have work.
ROWS_PER_BAND = 8
CUDA_THREADS = 2**20
SAMPLES_PER_ITEM = 8  # of an image that take as long as a face does to be looked at


def homogeneous_pixels(vertices: Float[Tensor, "V 3"], camera: Camera, samples: int) -> Float[Tensor, "B V 3"]:
    """(z u, z v, z) of every vertex in every view, in samples of which a pixel has ``samples`` a side."""
    focal = camera.focal * samples
    center = camera.principal_point * samples
    projection = torch.zeros_like(camera.rotation)
    projection[:, 0, 0] = focal[:, 0]
    projection[:, 1, 1] = focal[:, 1]
    projection[:, :2, 2] = center
    projection[:, 2, 2] = 1.0
    matrix = projection @ camera.rotation
    offset = projection @ camera.translation[..., None]
    return vertices @ matrix.transpose(1, 2) + offset.transpose(1, 2)


def visible_faces(
    homogeneous: Float[Tensor, "B V 3"], faces: Int[Tensor, "F 3"], surface: Surface, camera: Camera, samples: int
) -> Int[Tensor, "B Hs Ws"]:
    """Packed depth and face of every sample, 0 where nothing is seen; face = packed & MAX_FACES.

    ``faces`` are those of ``surface``, which tells where they are cut out. ``camera`` is in the normalized frame of the
    mesh, whose vertices lie within radius 1 of the origin.
    """
    views = len(camera)
    shape = (views, camera.height * samples, camera.width * samples)
    visible = torch.empty(shape, dtype=torch.int64, device=homogeneous.device)
    clear(visible)
    if len(faces) > MAX_FACES:
        raise ValueError(f"a mesh of {len(faces)} faces is more than the {MAX_FACES} that the renderer can number")
    distance = camera.translation[:, 2]
    depth_range = torch.stack([1 / (distance + REACH).clamp(min=1.0), 1 / (distance - REACH).clamp(min=NEAR)], dim=-1)

    faces_per_thread = items_per_thread(len(faces), homogeneous.device)
    items = len(faces) * views + visible.numel() // SAMPLES_PER_ITEM
    bands = band_count(views, len(faces), visible.shape[1], homogeneous.device, items)
    band_height = -(-visible.shape[1] // bands)
    spans = row_spans(homogeneous, faces, visible.shape[2], visible.shape[1]) if bands > 1 else None

    def launch(chunk: slice, band: slice) -> None:
        launch_kernel(
            rasterize,
            (chunk.stop - chunk.start, band.stop - band.start, -(-len(faces) // faces_per_thread)),
            [
                wp.from_torch(homogeneous[chunk], dtype=wp.vec3),
                wp.from_torch(faces),
                None if spans is None else wp.from_torch(spans[chunk], dtype=wp.vec2i),
                wp.from_torch(depth_range[chunk], dtype=wp.vec2),
                NEAR,
                band.start,
                band_height,
                faces_per_thread,
                surface,
                wp.from_torch(visible[chunk]),
            ],
            homogeneous.device,
        )

    for_each_chunk(launch, views, bands, homogeneous.device, items)
    return visible


def row_spans(
    homogeneous: Float[Tensor, "B V 3"], faces: Int[Tensor, "F 3"], width: int, height: int
) -> Int[Tensor, "B F 2"]:
    """First and last row of samples of every face, so that a band can pass over the faces of the others."""
    views = len(homogeneous)
    spans = torch.empty((views, len(faces), 2), dtype=torch.int32, device=homogeneous.device)
    faces_per_thread = items_per_thread(len(faces), homogeneous.device)

    def launch(chunk: slice, blocks: slice) -> None:
        inputs = [
            wp.from_torch(homogeneous[chunk], dtype=wp.vec3),
            wp.from_torch(faces),
            NEAR,
            width,
            height,
            blocks.start,
            faces_per_thread,
            wp.from_torch(spans[chunk], dtype=wp.vec2i),
        ]
        dim = (chunk.stop - chunk.start, blocks.stop - blocks.start)
        launch_kernel(find_row_spans, dim, inputs, homogeneous.device)

    for_each_chunk(launch, views, -(-len(faces) // faces_per_thread), homogeneous.device, views * len(faces))
    return spans


def band_count(views: int, faces: int, rows: int, device: torch.device, items: int | None = None) -> int:
    """Horizontal bands that an image is cut into, each drawn on its own, so that no large triangle keeps one thread."""
    if gives_each_item_a_thread(device):
        return max(1, min(rows // ROWS_PER_BAND, CUDA_THREADS // (views * faces)))
    threads = useful_threads(items, device)
    return 1 if views >= threads else min(threads, rows)
