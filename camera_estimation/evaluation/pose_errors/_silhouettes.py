"""Overlap of a mesh's silhouettes from two cameras."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.rendering import SAMPLES, Renderer

RESOLUTION = 256  # pixels of the longer side of the window that holds both silhouettes


@torch.no_grad()
def silhouette_overlap(renderer: Renderer, first: Camera, second: Camera) -> float | None:
    """Intersection over union of what two world cameras (batches of one, of one image size) see of the mesh.

    None where neither shows it.
    """
    cameras = [renderer.mesh.to_normalized(camera) for camera in (first, second)]
    window = _common_window([_bounds(renderer, camera) for camera in cameras])
    if window is None:
        return None
    left, top, width, height = window
    scale = RESOLUTION / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    views = [camera.crop(left, top, width, height, *(SAMPLES * side for side in size)) for camera in cameras]
    masks = [_find_coverage(renderer, view) for view in views]
    union = torch.maximum(*masks).sum().item()
    return torch.minimum(*masks).sum().item() / union if union else None


def _find_coverage(renderer: Renderer, fine_view: Camera) -> Float[Tensor, "1 H W"]:
    """The mask that ``draw`` gives with the colors, which take a third of its time, from a view with its samples as
    pixels."""
    faces = renderer.find_faces(fine_view.to(renderer.mesh.device, torch.float32))
    return torch.nn.functional.avg_pool2d((faces >= 0).float(), SAMPLES)


def _bounds(renderer: Renderer, camera: Camera) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of the mesh in the image, or None if nothing of it is in the image."""
    vertices = renderer.mesh.vertices.cpu().to(camera.rotation)
    uv, depth = camera.project(vertices[None])
    if depth.max() <= 0:
        return None
    if depth.min() <= 0:  # the camera is inside of the object: no projection bounds it
        return 0.0, 0.0, float(camera.width), float(camera.height)
    low, high = uv[0].amin(0).tolist(), uv[0].amax(0).tolist()
    left, top = (max(0.0, math.floor(value)) for value in low)
    right, bottom = (
        min(size, math.ceil(value)) for value, size in zip(high, (camera.width, camera.height), strict=True)
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def _common_window(
    bounds: list[tuple[float, float, float, float] | None],
) -> tuple[float, float, float, float] | None:
    """Left, top, width and height of the smallest window that holds all there are."""
    visible = [item for item in bounds if item is not None]
    if not visible:
        return None
    lefts, tops, rights, bottoms = zip(*visible, strict=True)
    return min(lefts), min(tops), max(rights) - min(lefts), max(bottoms) - min(tops)
