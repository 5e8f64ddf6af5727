"""Inner contours: creases and depth edges of a mesh against the edges of a picture.

They are what a mesh without colors has in common with a picture of the object, beside its silhouette: where the
direction of the surface jumps, light, color or depth mostly do so too.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses.normals import screen_normals

EDGE_FLOOR = 0.04  # change of color a pixel that counts as half an edge
CELL = 2  # pixels a side over which directions are averaged: a warped mesh has its contours a little aside
# Pixels inwards from the silhouettes' outline, and from what does not count: there are edges whatever the object looks
# like.
RIM = 2
COVERED = 0.9  # coverage from which a pixel is inside of a silhouette
LEAST_ENERGY = 1e-2  # of directions over all cells, below which there is nothing to compare


def edge_directions(image: Float[Tensor, "B C H W"], size: int | tuple[int, int]) -> Float[Tensor, "B 2 S T"]:
    """(cos 2a, sin 2a) of the changes of color, a their direction, averaged over ``size`` cells (a side); weak changes
    count for less.

    Directions have no sign, so that dark on bright is as bright on dark (Hinterstoisser et al., "Gradient Response
    Maps for Real-Time Detection of Textureless Objects", TPAMI 2012).
    """
    dx, dy = torch.zeros_like(image), torch.zeros_like(image)
    dx[..., 1:-1] = (image[..., 2:] - image[..., :-2]) / 2
    dy[..., 1:-1, :] = (image[..., 2:, :] - image[..., :-2, :]) / 2
    cosine = (dx * dx - dy * dy).sum(1)
    sine = (dx * dy).sum(1).mul_(2)
    scale = 1 / ((cosine * cosine + sine * sine).sqrt_() + EDGE_FLOOR**2)
    return F.adaptive_avg_pool2d(torch.stack([cosine * scale, sine * scale], dim=1), size)


@torch.no_grad()
def contour_correlation(
    render: Float[Tensor, "B 4 H W"],
    points: Float[Tensor, "B 5 H W"],
    target: Float[Tensor, "#B 4 H W"],
    pixel_weight: Float[Tensor, "#B 1 H W"],
) -> Float[Tensor, " B"]:
    """Correlation, in [-1, 1], of the edges of the mesh's normals with those of the target, inside of both silhouettes.

    Normals jump at creases, and at depth edges mostly too.

    Args:
        render: Premultiplied.
        points: The surface behind each of its pixels (see ``RenderedView.points``).
        target: Premultiplied.
        pixel_weight: How much each pixel counts.
    """
    height, width = render.shape[-2:]
    size = (max(1, height // CELL), max(1, width // CELL))
    counted = (render[:, 3:] * target[:, 3:] > COVERED) * pixel_weight
    weight = F.adaptive_avg_pool2d(-F.max_pool2d(-counted, 2 * RIM + 1, 1, RIM), size)
    drawn, seen = edge_directions(screen_normals(points), size), edge_directions(target[:, :3], size)
    energies = [(weight * edges.square()).sum((1, 2, 3)).clamp(min=LEAST_ENERGY) for edges in (drawn, seen)]
    return (weight * drawn * seen).sum((1, 2, 3)) / (energies[0] * energies[1]).sqrt()
