"""Which keypoints lie on surfaces that the camera does not see."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.rendering import Renderer

LONGEST_SIDE = 512  # pixels that the mesh is drawn at, whatever the size of the image
# Keypoints are placed by hand, on generated meshes too: a point this far under the surface, in radii, still lies on it.
DEPTH_TOLERANCE = 0.03


@torch.no_grad()
def find_hidden_points(
    renderer: Renderer, camera_normalized: Camera, xyz_normalized: Float[Tensor, "N 3"]
) -> Bool[Tensor, " N"]:
    """True for points farther from the camera than the surface drawn at their pixel.

    One camera and points in the mesh's normalised frame. The surface's depth is the farthest of 3 x 3 pixels, for on
    slanted surfaces it changes within a pixel, and background counts as infinitely far. Points outside of the image or
    behind the camera are not flagged.
    """
    camera = _camera_to_draw(camera_normalized).to(renderer.mesh.device, torch.float32)
    _, surface = renderer.draw(camera)
    depth = surface[:, 3:4]
    infinite = torch.full_like(depth, math.inf)
    farthest = F.max_pool2d(torch.where(depth > 0, depth, infinite), 3, stride=1, padding=1)[0, 0].cpu()
    uv, distance = (
        values[0].cpu() for values in camera.to(torch.float64).project(xyz_normalized[None].to(camera.device).double())
    )
    inside = (distance > 0) & (uv >= 0).all(-1) & (uv[:, 0] < camera.width) & (uv[:, 1] < camera.height)
    hidden = torch.zeros(len(uv), dtype=torch.bool)
    column, row = uv[inside].floor().long().unbind(-1)
    hidden[inside] = distance[inside] > farthest[row, column] + DEPTH_TOLERANCE
    return hidden.to(xyz_normalized.device)


def _camera_to_draw(camera: Camera) -> Camera:
    scale = LONGEST_SIDE / max(camera.width, camera.height)
    return camera.resize(max(1, round(scale * camera.width)), max(1, round(scale * camera.height)))
