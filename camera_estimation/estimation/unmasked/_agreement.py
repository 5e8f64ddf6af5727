"""How well a render agrees with a picture that has no mask: by what is inside of its silhouette, and by its outline."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses import color_correlation, detail_correlation, edge_directions, straight_color

RIM = 2  # cells about the silhouette where its outline may show
EDGE_WEIGHT = 0.7
DETAIL_WEIGHT = 0.5


def agreement(render: Float[Tensor, "B 4 H W"], picture: Float[Tensor, "1 4 H W"]) -> Float[Tensor, " B"]:
    """Higher is better: correlations of colours, of details, and of the directions of edges.

    Renders are premultiplied; the picture's alpha is 1. No background enters but in the edges of a rim about the
    silhouette, where the render has its outline and the picture should too. Of objects beyond the border: -infinity.
    """
    color = straight_color(render)
    picture = picture.expand(len(render), -1, -1, -1)
    score = color_correlation(color, picture[:, :3], render[:, 3:])
    score = score + DETAIL_WEIGHT * detail_correlation(render, picture, torch.ones_like(picture[:, 3:]))
    score = score + EDGE_WEIGHT * _edge_correlation(render, picture)
    return torch.where(render[:, 3:].sum((1, 2, 3)) > 0, score, -torch.inf)


def _edge_correlation(render: Float[Tensor, "B 4 H W"], picture: Float[Tensor, "B 4 H W"]) -> Float[Tensor, " B"]:
    """Over the silhouette and its rim."""
    size = max(8, max(render.shape[-2:]) // 3)
    drawn, seen = edge_directions(render, size), edge_directions(picture[:, :3], size)
    mask = F.adaptive_avg_pool2d(render[:, 3:], size)
    support = (F.max_pool2d(mask, 2 * RIM + 1, 1, RIM) > 0.1).float()
    drawn, seen = drawn * support, seen * support
    energies = drawn.square().sum((1, 2, 3)) * seen.square().sum((1, 2, 3))
    return (drawn * seen).sum((1, 2, 3)) / energies.clamp(min=1e-6).sqrt()
