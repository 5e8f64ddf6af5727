"""Viewpoint search without a mask: rendered views as templates that are slid over the frame in several sizes.

A view is compared with what the frame shows where the view is: by the correlation of colours over the view's
silhouette, which no background enters, and by the correlation of edge directions over the silhouette and a rim about
it, which tells the outline from the background whatever that is (edge directions without their sign: Hinterstoisser et
al., "Gradient Response Maps for Real-Time Detection of Textureless Objects", TPAMI 2012).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera, rotation_between
from camera_estimation.losses import edge_directions
from camera_estimation.poses import Candidates
from camera_estimation.search.canonical import canonical_images, roll_rotations
from camera_estimation.search.view_library import VIEW_DISTANCES, ViewLibrary
from camera_estimation.search.viewpoint_search import ViewpointSearch

TEMPLATE_SIZE = 16  # pixels a side of the canonical images that are compared
DRAWN_SIZE = 32  # pixels a side at which their edges are found
ROLLS = 24
VIEW_STRIDE = 2  # of the library's views, which are denser than refinement needs
# Root-mean-square radii of silhouettes to look for, in halves of the frame's longer side: a disc that fills the frame
# has 0.71.
LEAST_SIZE, GREATEST_SIZE, SIZE_RATIO = 0.2, 0.8, 1.25
STEP = 0.4  # between positions, in root-mean-square radii
LEAST_INSIDE = 0.8  # of a view's silhouette, within the frame
EDGE_WEIGHT = 0.7  # of the correlation of edges beside that of colours
COLOR_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less
VIEWS_AT_ONCE = 16
PATCHES_AT_ONCE = 64
BEST_KEPT = 20000


@dataclass(frozen=True)
class Templates:
    """Views at all rolls. ``mask`` sums to 1; ``centred``, colours about their mean, and ``edges`` are scaled so that
    their products with a patch, over the root of the patch's variance and energy there, are correlations."""

    mask: Float[Tensor, "N P"]
    centered: Float[Tensor, "N 3*P"]
    support: Float[Tensor, "N P"]  # the silhouette and its rim
    edges: Float[Tensor, "N 2*P"]


@torch.no_grad()
def search_frame(search: ViewpointSearch, frame: Float[Tensor, "1 4 H W"], camera: Camera, count: int) -> Candidates:
    """The best poses that differ, anywhere in a frame.

    Args:
        search: Knows the mesh.
        frame: Premultiplied RGBA; alpha is 1 where the object may be and 0 where nothing is known.
        camera: Of the frame (a batch of one); its pose is ignored.
        count: At most so many poses are returned.
    """
    half = max(camera.width, camera.height) / 2 / float(camera.focal.mean())
    steps = math.floor(math.log(GREATEST_SIZE / LEAST_SIZE) / math.log(SIZE_RATIO)) + 1
    sizes = [LEAST_SIZE * SIZE_RATIO**index * half for index in range(steps)]
    middle = sizes[len(sizes) // 2]
    library = search.library(max(1 / (math.sqrt(2) * middle), VIEW_DISTANCES[0]))
    turns = roll_rotations(ROLLS, camera.device)
    templates = templates_of(library, turns)
    scores, views, aims, found_sizes = [], [], [], []
    for size in sizes:
        aim = aims_of(camera, size)
        for start in range(0, len(aim), PATCHES_AT_ONCE):
            part = aim[start : start + PATCHES_AT_ONCE]
            score = match_templates(templates, patches_of(frame, camera, part, size))
            best = score.flatten().topk(min(BEST_KEPT // 16, score.numel()))
            template, patch = best.indices // score.shape[1], best.indices % score.shape[1]
            view, roll = VIEW_STRIDE * (template // ROLLS), template % ROLLS
            scores.append(best.values)
            views.append(view)
            aims.append(turns[roll] @ part[patch])
            found_sizes.append(torch.full_like(best.values, size))
    score = torch.cat(scores)
    best = score.topk(min(BEST_KEPT, len(score)))
    poses = library.poses(
        torch.cat(views)[best.indices], camera, torch.cat(aims)[best.indices], torch.cat(found_sizes)[best.indices]
    )
    return search.select_best(poses, best.values, count)


def aims_of(camera: Camera, size: float) -> Float[Tensor, "M 3 3"]:
    """Rotations that aim the camera at points over the whole frame, ``STEP`` sizes apart."""
    extent = torch.tensor([camera.width, camera.height], device=camera.device) / camera.focal[0]
    first = -camera.principal_point[0] / camera.focal[0]
    ticks = []
    for axis in range(2):
        cells = max(1, math.ceil(float(extent[axis]) / (STEP * size)))
        ticks.append(first[axis] + extent[axis] * (torch.arange(cells, device=camera.device) + 0.5) / cells)
    points = F.pad(torch.cartesian_prod(*ticks), (0, 1), value=1.0)
    forward = torch.tensor([0.0, 0.0, 1.0], device=camera.device).expand_as(points)
    return rotation_between(F.normalize(points, dim=1), forward)


def templates_of(library: ViewLibrary, turns: Float[Tensor, "K 3 3"]) -> Templates:
    """Every ``VIEW_STRIDE``-th view at every roll: roll varies fastest."""
    canonical = library.canonical[::VIEW_STRIDE]
    parts = [
        _templates(roll_images(canonical[start : start + VIEWS_AT_ONCE], turns))
        for start in range(0, len(canonical), VIEWS_AT_ONCE)
    ]
    return Templates(*(torch.cat(tensors) for tensors in zip(*parts, strict=True)))


def _templates(images: Float[Tensor, "N 4 R R"]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of premultiplied images, the fields of ``Templates``."""
    edges = edge_directions(images, TEMPLATE_SIZE)
    mask = F.adaptive_avg_pool2d(images[:, 3:], TEMPLATE_SIZE)
    color = F.adaptive_avg_pool2d(images[:, :3], TEMPLATE_SIZE)
    total = mask.sum((2, 3), keepdim=True).clamp(min=1e-6)
    mask, color = mask / total, color / total
    centered = color - color.sum((2, 3), keepdim=True) * mask
    energy = (centered.square() / mask.clamp(min=1e-9)).sum((1, 2, 3), keepdim=True) + COLOR_FLOOR**2
    support = (F.max_pool2d(mask * total, 3, 1, 1) > 0.1).float()
    edges = edges * support
    edges = edges / edges.square().sum((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-6)
    return mask.flatten(1), (centered / energy.sqrt()).flatten(1), support.flatten(1), edges.flatten(1)


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
    pooled = F.adaptive_avg_pool2d(patches, TEMPLATE_SIZE)
    color, known = pooled[:, :3], pooled[:, 3].flatten(1)
    variance = templates.mask @ color.square().sum(1).flatten(1).T
    for channel in range(3):
        mean = templates.mask @ color[:, channel].flatten(1).T
        variance.addcmul_(mean, mean, value=-1)
    variance.clamp_(min=0).add_(COLOR_FLOOR**2)
    score = (templates.centered @ color.flatten(1).T).mul_(variance.rsqrt_())
    edges = edge_directions(patches[:, :3], TEMPLATE_SIZE)
    energy = templates.support @ edges.square().sum(1).flatten(1).T
    score.addcmul_(templates.edges @ edges.flatten(1).T, energy.clamp_(min=1e-3).rsqrt_(), value=EDGE_WEIGHT)
    if bool((known < 0.99).any()):
        score[templates.mask @ known.T < LEAST_INSIDE] = -torch.inf
    return score
