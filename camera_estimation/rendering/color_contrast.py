"""Whether a mesh has colors to tell its sides by."""

from __future__ import annotations

import itertools

import torch
from torch.nn import functional as F

from camera_estimation.geometry import Camera, look_at_rotation
from camera_estimation.rendering.renderer import Renderer

ONE_COLOR = 0.02  # standard deviation of the colors, in all views together, below which a mesh has none to compare
VIEW_SIZE = 48  # pixels
VIEW_DISTANCE = 4.0  # object radii
INSIDE = 0.99  # coverage from which a pixel shows nothing but the mesh


def is_of_one_color(renderer: Renderer) -> bool:
    """Whether the renderer's mesh looks nearly the same color all over, as shapes without textures do.

    Seen from the eight corners of a cube about it.
    """
    device = renderer.mesh.device
    sides = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=3)), device=device)
    count = len(sides)
    camera = Camera(
        rotation=look_at_rotation(-F.normalize(sides, dim=1), torch.tensor([0.0, 1.0, 0.0], device=device)),
        translation=torch.tensor([0.0, 0.0, VIEW_DISTANCE], device=device).expand(count, 3),
        focal=torch.full((count, 2), VIEW_SIZE / 2 * VIEW_DISTANCE, device=device),
        principal_point=torch.full((count, 2), VIEW_SIZE / 2, device=device),
        width=VIEW_SIZE,
        height=VIEW_SIZE,
    )
    rgba, _ = renderer.draw(camera)
    colors = rgba[:, :3].permute(0, 2, 3, 1)[rgba[:, 3] > INSIDE]
    return len(colors) < 2 or float(colors.std(0).max()) < ONE_COLOR
