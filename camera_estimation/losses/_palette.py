"""The colors of a picture as shares of a few that it has: histograms of these need no more bins than that."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

COLORS = 32
SAMPLED = 4096  # pixels of which the palette is made
ITERATIONS = 6  # of k-means
SPREAD = 0.03  # standard deviation of a pixel's color about that of the palette: noise and shading
SEED = 0


def color_memberships(picture: Float[Tensor, "1 3 H W"]) -> Float[Tensor, "1 K H W"]:
    """How probably each pixel is of each color of the picture's palette; they sum to one."""
    pixels = picture[0].flatten(1).T
    palette = _cluster(pixels[:: max(1, len(pixels) // SAMPLED)])
    shares = torch.softmax(-torch.cdist(pixels, palette).square() / (2 * SPREAD**2), dim=1)
    return shares.T.reshape(1, len(palette), *picture.shape[-2:])


def nearest_colors(picture: Float[Tensor, "B 3 H W"]) -> tuple[Int[Tensor, "B H W"], int]:
    """Of each pixel the number of the color of the pictures' common palette that is nearest; and how many there are."""
    pixels = picture.permute(0, 2, 3, 1).reshape(-1, 3)
    palette = _cluster(pixels[:: max(1, len(pixels) // SAMPLED)])
    label = torch.cat([torch.cdist(part, palette).argmin(1) for part in pixels.split(SAMPLED)])
    return label.reshape(len(picture), *picture.shape[-2:]), len(palette)


def _cluster(pixels: Float[Tensor, "N 3"]) -> Float[Tensor, "K 3"]:
    """Means of clusters (k-means; each start is a pixel far from those before it, as in Arthur and Vassilvitskii,
    "k-means++: the advantages of careful seeding", 2007)."""
    generator = torch.Generator().manual_seed(SEED)
    draws = torch.rand(COLORS, generator=generator).to(pixels)
    means = pixels[:1]
    distance = torch.full_like(pixels[:, 0], torch.inf)
    for draw in draws[1:]:
        distance = torch.minimum(distance, (pixels - means[-1]).square().sum(1))
        total = distance.cumsum(0)
        chosen = torch.searchsorted(total, draw * total[-1]).clamp(max=len(pixels) - 1)
        means = torch.cat([means, pixels.index_select(0, chosen[None])])  # an index without axes would be waited for
    for _ in range(ITERATIONS):
        nearest = torch.cdist(pixels, means).argmin(1)
        count = torch.zeros_like(means[:, 0]).index_add_(0, nearest, torch.ones_like(pixels[:, 0]))
        total = torch.zeros_like(means).index_add_(0, nearest, pixels)
        means = torch.where(count[:, None] > 0, total / count[:, None].clamp(min=1), means)
    return means
