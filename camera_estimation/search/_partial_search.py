"""Viewpoint search for an object of which a part is hidden, cut off by the image's border, or added to by a wrong mask.

Position and size of the whole silhouette no longer follow from what is seen of it. A grid of hypotheses about them
takes their place, and scores are those of the part that the view and the target share.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera, rotation_between
from camera_estimation.search.canonical import canonical_images, roll_rotations
from camera_estimation.search.view_library import ViewLibrary

# The whole silhouette's size, and the offset of its centre, as multiples of the seen part's size. A quarter of a disc
# hidden at its rim moves the centre by a third of the size, the end quarter of a rod by 0.43 and makes it 1.33.
SIZES = (0.85, 1.0, 1.2, 1.45)
OFFSET_STEP = 0.3
LARGEST_OFFSET = 0.6
DESCRIPTOR_SIZE = 16  # pixels a side of the canonical images that are compared
COLOR_WEIGHT = 0.4  # of the colours' correlation beside the silhouettes' overlap, which is at most 1
CONTRAST_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less
# Weight, in the overlap, of what the view covers and the target does not, beside the reverse, which nothing hides
# (Tversky, "Features of similarity", 1977).
HIDDEN_WEIGHT = 0.3
BEST_KEPT = 20000


@dataclass(frozen=True)
class Descriptors:
    """Canonical images for scores of what two of them share: coverage, colours, their squares."""

    mask: Float[Tensor, "N P"]
    colors: Float[Tensor, "3 N P"]
    energy: Float[Tensor, "N P"]


def overlap_descriptors(canonical: Float[Tensor, "N 4 R R"], size: int) -> Descriptors:
    """Descriptors of premultiplied images, averaged to ``size`` pixels a side."""
    image = F.adaptive_avg_pool2d(canonical, size).flatten(2)
    colors = image[:, :3].permute(1, 0, 2).contiguous()
    energy = (image[:, :3].square() / image[:, 3:].clamp(min=1e-3)).sum(1)
    return Descriptors(image[:, 3].contiguous(), colors, energy)


def overlap_scores(views: Descriptors, targets: Descriptors) -> Float[Tensor, "N M"]:
    """Overlap, and correlation of the colours over what both cover, of every view with every target."""
    common = (views.mask @ targets.mask.T).clamp(min=1e-6)
    missing = targets.mask.sum(1)[None] - common
    hidden = views.mask.sum(1)[:, None] - common
    overlap = common / (common + missing.clamp(min=0) + HIDDEN_WEIGHT * hidden.clamp(min=0))
    covariance = torch.zeros_like(common)
    variance_v = views.energy @ targets.mask.T
    variance_t = views.mask @ targets.energy.T
    for channel in range(3):
        sum_v = views.colors[channel] @ targets.mask.T
        sum_t = views.mask @ targets.colors[channel].T
        covariance += views.colors[channel] @ targets.colors[channel].T - sum_v * sum_t / common
        variance_v -= sum_v * sum_v / common
        variance_t -= sum_t * sum_t / common
    floor = CONTRAST_FLOOR**2 * common
    correlation = covariance / ((variance_v.clamp(min=0) + floor) * (variance_t.clamp(min=0) + floor)).sqrt()
    return overlap + COLOR_WEIGHT * correlation


def frame_hypotheses(device: torch.device) -> Float[Tensor, "H 3"]:
    """(offset x, offset y, size) of the whole silhouette in sizes of the part that is seen."""
    ticks = torch.arange(-LARGEST_OFFSET, LARGEST_OFFSET + 1e-6, OFFSET_STEP, device=device)
    grid = torch.cartesian_prod(ticks, ticks, torch.tensor(SIZES, device=device))
    return grid[grid[:, :2].norm(dim=1) <= LARGEST_OFFSET + 1e-6]


def hypothetical_frames(
    aim: Float[Tensor, "1 3 3"], size: Float[Tensor, "1"]
) -> tuple[Float[Tensor, "H 3 3"], Float[Tensor, " H"]]:
    """Aims and sizes of the hypotheses about a silhouette of which a part is seen in the frame ``aim`` and ``size``."""
    hypotheses = frame_hypotheses(aim.device)
    axes = F.normalize(F.pad(hypotheses[:, :2] * size, (0, 1), value=1.0), dim=1)
    forward = torch.tensor([0.0, 0.0, 1.0], device=aim.device).expand_as(axes)
    return rotation_between(axes, forward) @ aim, hypotheses[:, 2] * size


@torch.no_grad()
def partial_matches(
    library: ViewLibrary,
    target: Float[Tensor, "1 4 H W"],
    camera: Camera,
    aim: Float[Tensor, "1 3 3"],
    size: Float[Tensor, "1"],
    rolls: int,
) -> tuple[Camera, Float[Tensor, " M"]]:
    """The best poses of the library's views under all hypotheses and rolls, with their scores."""
    aims, sizes = hypothetical_frames(aim, size)
    views = overlap_descriptors(library.canonical, DESCRIPTOR_SIZE)
    turns = roll_rotations(rolls, camera.device)
    rolled = (turns[None] @ aims[:, None]).flatten(0, 1)
    frame_sizes = sizes.repeat_interleave(rolls)
    canonical = canonical_images(
        target.expand(len(rolled), -1, -1, -1), camera[[0] * len(rolled)], rolled, frame_sizes, 2 * DESCRIPTOR_SIZE
    )
    scores = overlap_scores(views, overlap_descriptors(canonical, DESCRIPTOR_SIZE))
    best = scores.flatten().topk(min(BEST_KEPT, scores.numel()))
    view, frame = best.indices // scores.shape[1], best.indices % scores.shape[1]
    return library.poses(view, camera, rolled[frame], frame_sizes[frame]), best.values
