"""The mesh drawn into the frame of the original image, whatever its size."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import UInt8

from camera_estimation.geometry import Camera
from camera_estimation.rendering import Renderer

TILE = 1024  # pixels a side: bounds the memory that the render of a large photograph takes


@torch.no_grad()
def render_frame(renderer: Renderer, camera: Camera) -> UInt8[np.ndarray, "H W 4"]:
    """The mesh drawn into the frame of an image.

    Args:
        renderer: Of the mesh.
        camera: One, in world coordinates, of the whole image.

    Returns:
        Straight (not premultiplied) RGBA of the image's size.
    """
    camera = renderer.mesh.to_normalized(camera)
    left, top, right, bottom = _pixel_bounds(renderer, camera)
    frame = np.zeros((camera.height, camera.width, 4), dtype=np.uint8)
    for y in range(top, bottom, TILE):
        for x in range(left, right, TILE):
            width, height = min(TILE, right - x), min(TILE, bottom - y)
            tile = camera.crop(x, y, width, height, width, height)
            view = renderer.render(tile.to(renderer.mesh.device, torch.float32))
            straight = view.image / view.mask.clamp(min=1e-6)
            rgba = torch.cat([straight, view.mask], dim=1)[0].clamp(0, 1)
            frame[y : y + height, x : x + width] = (rgba * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return frame


def _pixel_bounds(renderer: Renderer, camera: Camera) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels that the mesh can cover."""
    vertices = renderer.mesh.vertices.to(camera.rotation)
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
