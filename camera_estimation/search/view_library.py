"""A mesh seen from all directions, in a canonical frame."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from camera_estimation.configuration import SearchConfig
from camera_estimation.geometry import Camera, look_at_rotation
from camera_estimation.losses import screen_normals
from camera_estimation.rendering import Renderer, is_of_one_color
from camera_estimation.search._shape_descriptors import ShapeDescriptors, shape_descriptors
from camera_estimation.search.canonical import canonical_images, silhouette_frame

# Distances (in object radii) at which views are drawn; the nearest in perspective to the target's is used.
VIEW_DISTANCES = (1.5, 2.0, 3.0, 5.0, 10.0, 40.0)
DESCRIPTOR_SIZE = 32  # pixels a side of the canonical images that are compared
CONTRAST_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less
VIEWS_AT_ONCE = 64


@dataclass(frozen=True)
class ViewLibrary:
    """A mesh seen from all directions at one distance: poses, where each silhouette is, and what is compared."""

    distance: float  # in object radii
    rotation: Float[Tensor, "N 3 3"]  # world to the camera aimed at the silhouette
    translation: Float[Tensor, "N 3"]
    size: Float[Tensor, " N"]
    canonical: Float[Tensor, "N 4 R R"]
    masks: Float[Tensor, "N P"]
    colors: Float[Tensor, "N 3*P"]
    shape: ShapeDescriptors | None = None  # of a mesh of one color, which has no other appearance

    def poses(
        self, view: Int[Tensor, " M"], camera: Camera, aim: Float[Tensor, "M 3 3"], size: Float[Tensor, " M"]
    ) -> Camera:
        """Cameras like ``camera`` (a batch of one) that see the views ``view`` where the cameras turned by ``aim`` have
        their axis, at the distance at which the silhouettes have ``size``."""
        back = aim.transpose(1, 2)
        translation = (back @ self.translation[view, :, None])[..., 0] * (self.size[view] / size)[:, None]
        return replace(camera[[0] * len(view)], rotation=back @ self.rotation[view], translation=translation)


def fibonacci_sphere(count: int) -> Float[Tensor, "N 3"]:
    """Unit vectors spread evenly over the sphere (golden-angle spiral)."""
    index = torch.arange(count, dtype=torch.float64) + 0.5
    z = 1 - 2 * index / count
    angle = index * math.pi * (3 - math.sqrt(5))
    radius = (1 - z * z).sqrt()
    return torch.stack([radius * angle.cos(), z, radius * angle.sin()], dim=-1).float()


def canonical_descriptors(
    canonical: Float[Tensor, "B 4 N N"],
) -> tuple[Float[Tensor, "B P"], Float[Tensor, "B 3*P"]]:
    """Coverage, and colours without their mean and contrast (what light and exposure change), as vectors.

    The colour vector has length 1 where there is contrast, less where there is little.
    """
    mask = canonical[:, 3:]
    total = mask.sum((2, 3), keepdim=True).clamp(min=1e-6)
    mean = canonical[:, :3].sum((2, 3), keepdim=True) / total
    centered = canonical[:, :3] - mean * mask
    energy = centered.square().sum((1, 2, 3), keepdim=True) + CONTRAST_FLOOR**2 * total
    return mask.flatten(1), (centered / energy.sqrt()).flatten(1)


@torch.no_grad()
def build_view_library(renderer: Renderer, distance: float, config: SearchConfig) -> ViewLibrary:
    """Draw the mesh from ``config.viewpoints`` directions, from ``distance`` object radii."""
    device = renderer.mesh.device
    directions = fibonacci_sphere(config.viewpoints).to(device)
    up = torch.tensor([0.0, 1.0, 0.0], device=device)
    # The bounding sphere fills the view: its silhouette's tangent is 1 / sqrt(distance^2 - 1).
    focal = config.resolution / 2 * math.sqrt(distance**2 - 1)
    camera = Camera(
        rotation=look_at_rotation(-directions, up),
        translation=torch.tensor([0.0, 0.0, distance], device=device).expand(len(directions), 3),
        focal=torch.full((len(directions), 2), focal, device=device),
        principal_point=torch.full((len(directions), 2), config.resolution / 2, device=device),
        width=config.resolution,
        height=config.resolution,
    )
    parts, shapes = [], []
    plain = is_of_one_color(renderer)
    for start in range(0, len(directions), VIEWS_AT_ONCE):
        views = camera[start : start + VIEWS_AT_ONCE]
        rgba, points = renderer.draw(views)
        aim, size = silhouette_frame(rgba[:, 3:], views)
        canonical = canonical_images(rgba, views, aim, size, DESCRIPTOR_SIZE)
        turned = (aim @ views.translation[..., None])[..., 0]
        parts.append((aim @ views.rotation, turned, size, canonical, *canonical_descriptors(canonical)))
        if plain:
            normals = torch.cat([screen_normals(points), rgba[:, 3:]], dim=1)
            shapes.append(canonical_images(normals, views, aim, size, DESCRIPTOR_SIZE))
    shape = shape_descriptors(*torch.cat(shapes).split([3, 1], dim=1)) if shapes else None
    rotation, translation, size, canonical, masks, colors = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    return ViewLibrary(distance, rotation, translation, size, canonical, masks, colors, shape)
