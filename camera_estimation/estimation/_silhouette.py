"""Where a pose has the object in the whole image, drawn in no more pixels than that needs."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera
from camera_estimation.rendering import Renderer


@torch.no_grad()
def silhouette_mask(renderer: Renderer, camera: Camera, most_pixels: int) -> Bool[np.ndarray, "H W"]:
    """Where the object is at a pose.

    Args:
        renderer: Draws the mesh.
        camera: Of the full image (a batch of one).
        most_pixels: Of the longer side at which it is drawn.
    """
    return half_covered(draw_bounded(renderer, camera, most_pixels)[:, 3:], camera)


def draw_bounded(renderer: Renderer, camera: Camera, most_pixels: int) -> Float[Tensor, "1 4 h w"]:
    """The render of a full image, whose longer side has ``most_pixels`` at most."""
    scale = min(1.0, most_pixels / max(camera.width, camera.height))
    return renderer.draw(camera.resize(*(max(1, round(scale * side)) for side in (camera.width, camera.height))))[0]


def half_covered(coverage: Float[Tensor, "1 1 h w"], camera: Camera) -> Bool[np.ndarray, "H W"]:
    """Where a coverage is at least a half, in the pixels of the full image."""
    full = F.interpolate(coverage, (camera.height, camera.width), mode="bilinear", align_corners=False)
    return (full[0, 0] >= 0.5).cpu().numpy()
