"""Views of a mesh as templates, and patches of a frame that they are compared with.

A view is compared with what the frame shows where the view is: by the correlation of colours over the view's
silhouette, which no background enters, and by the correlation of edge directions over the silhouette and a rim about
it, which tells the outline from the background whatever that is (edge directions without their sign: Hinterstoisser et
al., "Gradient Response Maps for Real-Time Detection of Textureless Objects", TPAMI 2012).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera
from camera_estimation.losses import edge_directions
from camera_estimation.search.canonical import canonical_images

TEMPLATE_SIZE = 16  # pixels a side of the canonical images that are compared
DRAWN_SIZE = 32  # pixels a side at which their edges are found
LEAST_INSIDE = 0.8  # of a view's silhouette, within the frame
COLOR_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less
# Standard deviations of what light does to mean colors: to the shares of the channels in their sum, and to its
# logarithm; and what is added to that, for dark colors have no shares.
CHROMA_DEVIATION, EXPOSURE_DEVIATION, DARK = 0.06, 0.6, 0.15
MOST_CHROMA = 40.0  # of the squared deviations of the shares that count
# What ``template_features`` weigh, as a conditional logit weighs them that tells near views from others in photographs
# (scripts/fit_frame_search.py).
WEIGHTS = {
    "edges": 1.0,
    "color": 0.4,
    "chroma": -0.018,
    "exposure": -0.075,
    "contrast": 0.48,
    "deviation": 0.6,
    "energy": 0.12,
}
VIEWS_AT_ONCE = 16


@dataclass(frozen=True)
class Templates:
    """Views at all rolls.

    ``mask`` sums to 1, ``mean`` is the color over it; ``centered``, colors about their mean, and ``edges`` are scaled
    so that their products with a patch, over the root of the patch's variance and energy there, are correlations.
    """

    mask: Float[Tensor, "N P"]
    mean: Float[Tensor, "N 3"]
    centered: Float[Tensor, "N 3*P"]
    support: Float[Tensor, "N P"]  # the silhouette and its rim
    rim: Float[Tensor, "N P"]  # sums to 1
    edges: Float[Tensor, "N 2*P"]


def make_templates(canonical: Float[Tensor, "V 4 R R"], turns: Float[Tensor, "K 3 3"]) -> Templates:
    """Of canonical views, every view at every roll: roll varies fastest."""
    parts = [
        _templates(roll_images(canonical[start : start + VIEWS_AT_ONCE], turns))
        for start in range(0, len(canonical), VIEWS_AT_ONCE)
    ]
    return Templates(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


def _templates(images: Float[Tensor, "N 4 R R"]) -> tuple[Tensor, ...]:
    """Of premultiplied images, the fields of ``Templates``."""
    edges = edge_directions(images, TEMPLATE_SIZE)
    mask = F.adaptive_avg_pool2d(images[:, 3:], TEMPLATE_SIZE)
    color = F.adaptive_avg_pool2d(images[:, :3], TEMPLATE_SIZE)
    total = mask.sum((2, 3), keepdim=True).clamp(min=1e-6)
    mask, color = mask / total, color / total
    mean = color.sum((2, 3), keepdim=True)
    centered = color - mean * mask
    energy = (centered.square() / mask.clamp(min=1e-9)).sum((1, 2, 3), keepdim=True) + COLOR_FLOOR**2
    support = (F.max_pool2d(mask * total, 3, 1, 1) > 0.1).float()
    rim = support * (1 - mask * total)
    rim = rim / rim.sum((2, 3), keepdim=True).clamp(min=1e-6)
    edges = edges * support
    edges = edges / edges.square().sum((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-6)
    colors = mean.flatten(1), (centered / energy.sqrt()).flatten(1)
    return mask.flatten(1), *colors, support.flatten(1), rim.flatten(1), edges.flatten(1)


def roll_images(canonical: Float[Tensor, "N 4 R R"], turns: Float[Tensor, "K 3 3"]) -> Float[Tensor, "N*K 4 R R"]:
    """What cameras see that are turned back by ``turns``, of which roll varies fastest."""
    resolution, count = canonical.shape[-1], len(turns)
    ticks = (torch.arange(resolution, device=canonical.device) + 0.5) / resolution * 2 - 1
    y, x = torch.meshgrid(ticks, ticks, indexing="ij")
    plane = torch.stack([x, y], dim=-1).reshape(-1, 2)
    grid = (plane @ turns[:, :2, :2].transpose(1, 2)).reshape(count, resolution, resolution, 2)
    parts = [
        F.grid_sample(canonical, turn.expand(len(canonical), -1, -1, -1), padding_mode="zeros", align_corners=False)
        for turn in grid
    ]
    return torch.stack(parts, dim=1).flatten(0, 1)


def patches_of(
    frame: Float[Tensor, "1 4 H W"], camera: Camera, aim: Float[Tensor, "M 3 3"], size: float
) -> Float[Tensor, "M 4 R R"]:
    """What the cameras so aimed see of the frame, in canonical windows of that size."""
    count = len(aim)
    sizes = torch.full((count,), size, device=aim.device)
    seen = canonical_images(frame.expand(count, -1, -1, -1), camera[[0] * count], aim, sizes, DRAWN_SIZE)
    known = seen[:, 3:]
    mean = seen[:, :3].sum((2, 3), keepdim=True) / known.sum((2, 3), keepdim=True).clamp(min=1e-3)
    return torch.cat([seen[:, :3] + (1 - known) * mean, known], dim=1)


def match_templates(templates: Templates, patches: Float[Tensor, "M 4 R R"]) -> Float[Tensor, "N M"]:
    """Scores of all templates at all patches."""
    score = patches.new_zeros((len(templates.mask), len(patches)))
    for name, feature in template_features(templates, patches):
        score.add_(feature, alpha=WEIGHTS[name])
    known = F.adaptive_avg_pool2d(patches[:, 3:], TEMPLATE_SIZE).flatten(1)
    if bool((known < 0.99).any()):
        score[templates.mask @ known.T < LEAST_INSIDE] = -torch.inf
    return score


def template_features(
    templates: Templates, patches: Float[Tensor, "M 4 R R"]
) -> Iterator[tuple[str, Float[Tensor, "N M"]]]:
    """What is compared of all templates and all patches, one after the other: correlations of edges and of colors;
    squared deviations of mean colors, in their shares and in exposure; the contrast of the silhouette with its rim; and
    what is seen within it, the standard deviation of its colors and the logarithm of the energy of its edges."""
    color = F.adaptive_avg_pool2d(patches[:, :3], TEMPLATE_SIZE)
    edges = edge_directions(patches[:, :3], TEMPLATE_SIZE)
    energy = (templates.support @ edges.square().sum(1).flatten(1).T).clamp_(min=1e-3)
    yield "edges", (templates.edges @ edges.flatten(1).T).mul_(energy.rsqrt())
    yield "energy", energy.log_()
    means, variance = _color_moments(templates.mask, color)
    yield "color", (templates.centered @ color.flatten(1).T).mul_((variance + COLOR_FLOOR**2).rsqrt_())
    deviation = variance.sqrt_()
    yield "deviation", deviation
    yield "contrast", _outline_contrast(means, deviation, *_color_moments(templates.rim, color))
    yield from _color_deviations(templates.mean, means)


def _color_moments(
    weights: Float[Tensor, "N P"], color: Float[Tensor, "M 3 R R"]
) -> tuple[list[Float[Tensor, "N M"]], Float[Tensor, "N M"]]:
    """Weighted means of the channels, and the sum of their variances."""
    variance = weights @ color.square().sum(1).flatten(1).T
    means = [weights @ color[:, channel].flatten(1).T for channel in range(3)]
    for mean in means:
        variance.addcmul_(mean, mean, value=-1)
    return means, variance.clamp_(min=0)


def _outline_contrast(
    within: list[Float[Tensor, "N M"]],
    deviation: Float[Tensor, "N M"],
    about: list[Float[Tensor, "N M"]],
    about_variance: Float[Tensor, "N M"],
) -> Float[Tensor, "N M"]:
    """Distance of the mean colors, as a share of itself and what colors vary by: 0 to 1."""
    squared = torch.zeros_like(deviation)
    for inner, outer in zip(within, about, strict=True):
        squared.add_((inner - outer).square_())
    distance = squared.sqrt_()
    return distance / (distance + (deviation + about_variance.sqrt_()) / 2 + COLOR_FLOOR)


def _color_deviations(
    drawn: Float[Tensor, "N 3"], seen: list[Float[Tensor, "N M"]]
) -> Iterator[tuple[str, Float[Tensor, "N M"]]]:
    """Of mean colors, squared, in standard deviations of what light does to them."""
    total = seen[0] + seen[1] + seen[2] + DARK
    drawn_total = drawn.sum(1, keepdim=True) + DARK
    squared = torch.zeros_like(total)
    for channel in range(3):
        squared.add_((seen[channel] / total - drawn[:, channel, None] / drawn_total).square_())
    yield "chroma", squared.mul_(1 / CHROMA_DEVIATION**2).clamp_(max=MOST_CHROMA)
    yield "exposure", (total / drawn_total).log_().square_().mul_(1 / EXPOSURE_DEVIATION**2)
