"""Drawing a mesh from all directions, each view in its canonical frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import SearchConfig
from camera_estimation.geometry import Camera, look_at_rotation
from camera_estimation.losses import screen_normals
from camera_estimation.rendering import Renderer, is_of_one_color
from camera_estimation.search.canonical import canonical_images, silhouette_frame
from camera_estimation.search.simplification import simplify

DESCRIPTOR_SIZE = 32  # pixels a side of the canonical images
VIEWS_AT_ONCE = 64
# Outlines and colors of that few pixels need no more faces than this.
VIEW_FACES = 2000


@dataclass(frozen=True)
class DrawnViews:
    """A mesh from all directions at one distance: poses, where each silhouette is, and pictures, in half precision,
    whose steps are less than those of 8-bit colors.

    Attributes:
        rotation: World to the camera aimed at the silhouette.
        translation: Likewise.
        size: Of the silhouettes, see ``silhouette_frame``.
        canonical: Premultiplied colors and coverage.
        normals: Premultiplied, in the mesh's frame, with the coverage, of a mesh of one color; None of others.
    """

    rotation: Float[Tensor, "N 3 3"]
    translation: Float[Tensor, "N 3"]
    size: Float[Tensor, " N"]
    canonical: Float[Tensor, "N 4 R R"]
    normals: Float[Tensor, "N 4 R R"] | None = None


def fibonacci_sphere(count: int) -> Float[Tensor, "N 3"]:
    """Unit vectors spread evenly over the sphere (golden-angle spiral)."""
    index = torch.arange(count, dtype=torch.float64) + 0.5
    z = 1 - 2 * index / count
    angle = index * math.pi * (3 - math.sqrt(5))
    radius = (1 - z * z).sqrt()
    return torch.stack([radius * angle.cos(), z, radius * angle.sin()], dim=-1).float()


@torch.no_grad()
def draw_views(renderer: Renderer, distance: float, config: SearchConfig) -> DrawnViews:
    """Draw the mesh from ``config.viewpoints`` directions, from ``distance`` object radii."""
    plain = is_of_one_color(renderer)
    if not plain:  # creases, which are all that tells the sides of a mesh of one color, need more faces than outlines
        renderer = renderer.with_mesh(simplify(renderer.mesh, VIEW_FACES))
    cameras = _cameras_about(distance, config, renderer.mesh.device)
    parts = [
        _draw_part(renderer, cameras[start : start + VIEWS_AT_ONCE], plain)
        for start in range(0, len(cameras), VIEWS_AT_ONCE)
    ]
    return DrawnViews(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


def _draw_part(renderer: Renderer, cameras: Camera, plain: bool) -> tuple[Tensor, ...]:
    """Of some of the views, the fields of ``DrawnViews``."""
    rgba, points = renderer.sketch(cameras)
    aim, size = _frame_silhouettes(rgba[:, 3:], cameras)
    turned = (aim @ cameras.translation[..., None])[..., 0]
    pictures = [rgba, torch.cat([screen_normals(points), rgba[:, 3:]], dim=1)] if plain else [rgba]
    canonical = (canonical_images(picture, cameras, aim, size, DESCRIPTOR_SIZE).half() for picture in pictures)
    return aim @ cameras.rotation, turned, size, *canonical


def _cameras_about(distance: float, config: SearchConfig, device: torch.device) -> Camera:
    """Cameras in all directions, whose views the bounding sphere fills: its silhouette's tangent is
    1 / sqrt(distance^2 - 1)."""
    directions = fibonacci_sphere(config.viewpoints).to(device)
    up = torch.tensor([0.0, 1.0, 0.0], device=device)
    focal = config.resolution / 2 * math.sqrt(distance**2 - 1)
    return Camera(
        rotation=look_at_rotation(-directions, up),
        translation=torch.tensor([0.0, 0.0, distance], device=device).expand(len(directions), 3),
        focal=torch.full((len(directions), 2), focal, device=device),
        principal_point=torch.full((len(directions), 2), config.resolution / 2, device=device),
        width=config.resolution,
        height=config.resolution,
    )


def _frame_silhouettes(
    mask: Float[Tensor, "B 1 H W"], camera: Camera
) -> tuple[Float[Tensor, "B 3 3"], Float[Tensor, " B"]]:
    """``silhouette_frame`` of the masks at half their size, whose pixels are small enough for moments."""
    half = camera.resize(max(1, camera.width // 2), max(1, camera.height // 2))
    return silhouette_frame(F.adaptive_avg_pool2d(mask, (half.height, half.width)), half)
