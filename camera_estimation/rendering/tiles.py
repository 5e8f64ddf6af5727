"""Parts of a frame of any size that a mesh can cover, each small enough to be drawn at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from camera_estimation.geometry import Camera, Lens, LensWindow, window_about_pixels
from camera_estimation.mesh import TexturedMesh

TILE = 1024  # pixels a side: bounds the memory that the render of a large photograph takes
BEND_ROOM = 4.0  # pixels by which edges of triangles may be bent beyond their ends


def frame_tiles(mesh: TexturedMesh, camera: Camera) -> Iterator[tuple[tuple[slice, slice], Camera]]:
    """The tiles of the frame of an image.

    Args:
        mesh: That is drawn.
        camera: One, in world coordinates, of the whole image.

    Returns:
        Rows and columns of each tile, and its camera in the normalized frame of the mesh, on the mesh's device.
    """
    camera = mesh.to_normalized(camera)
    left, top, right, bottom = _pixel_bounds(mesh, camera)
    for y in range(top, bottom, TILE):
        for x in range(left, right, TILE):
            width, height = min(TILE, right - x), min(TILE, bottom - y)
            tile = camera.crop(x, y, width, height, width, height)
            yield (slice(y, y + height), slice(x, x + width)), tile.to(mesh.device, torch.float32)


def window_about_mesh(mesh: TexturedMesh, camera: Camera, lens: Lens) -> LensWindow | None:
    """The window that shows all of the mesh that a lens shows, None for nothing; ``camera`` is one, in world
    coordinates."""
    return window_about_pixels(lens, lens_bounds(mesh, camera, lens))


def lens_bounds(mesh: TexturedMesh, camera: Camera, lens: Lens) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what the mesh can cover in the lens's picture."""
    camera = mesh.to_normalized(camera.to("cpu", torch.float64))
    vertices = mesh.vertices.to(camera.rotation)
    pixels = lens.project(vertices @ camera.rotation[0].T + camera.translation)
    if not pixels.isfinite().all():  # the lens does not see all of the object: no pixels bound it
        return 0.0, 0.0, float(lens.width), float(lens.height)
    (left, top), (right, bottom) = pixels.amin(0).tolist(), pixels.amax(0).tolist()
    return (
        min(max(0.0, left - BEND_ROOM), lens.width),
        min(max(0.0, top - BEND_ROOM), lens.height),
        max(0.0, min(lens.width, right + BEND_ROOM)),
        max(0.0, min(lens.height, bottom + BEND_ROOM)),
    )


def _pixel_bounds(mesh: TexturedMesh, camera: Camera) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels that the mesh can cover."""
    vertices = mesh.vertices.to(camera.rotation)
    uv, depth = camera.to(vertices.device).project(vertices[None])
    if depth.min() <= 0:  # the camera is inside of the object: no projection bounds it
        return 0, 0, camera.width, camera.height
    (left, top), (right, bottom) = uv[0].amin(0).tolist(), uv[0].amax(0).tolist()
    return (
        max(0, math.floor(left) - 1),
        max(0, math.floor(top) - 1),
        min(camera.width, math.ceil(right) + 1),
        min(camera.height, math.ceil(bottom) + 1),
    )
