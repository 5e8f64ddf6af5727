"""How well poses agree with a picture that has no mask: by what is within each silhouette, and by its outline."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.configuration import AppearanceConfig
from camera_estimation.estimation.unmasked._region_refinement import draw_outlines, own_view, windows_about
from camera_estimation.geometry import Camera
from camera_estimation.images import SourceImage, WindowStack, silhouette_boxes
from camera_estimation.losses import (
    PoseScorer,
    RegionFinder,
    detail_correlation,
    edge_directions,
    own_color_share,
    straight_color,
)
from camera_estimation.refinement import OBSERVATIONS
from camera_estimation.rendering import Renderer
from camera_estimation.segmentation import Box

# What counts beside details, as a conditional logit weighs it that tells right poses in photographs from wrong ones.
# The correlation of colors adds nothing to these: it is high for parts, and low for what is partly hidden.
EDGE_WEIGHT, CONTRAST_WEIGHT, BOX_WEIGHT, CHROMA_WEIGHT = 0.85, 0.8, 0.65, 0.9
CLICK = 3  # pixels by which a point may be beside the object
ROUGH_BOX = 0.8  # overlap from which a box fits: one that is 5 % off on each side has 0.83
DARK = 0.15  # that is added to the sum of the channels, for dark colors have no shares in it
RIM = 2  # cells about the silhouette where its outline may show
EDGE_CELL = 3  # pixels a side
# Of the logarithm of the cost of colors, which count as ``OBSERVATIONS`` independent ones; the logit's unit is 9 nats.
COST_WEIGHT, MOST_COST = OBSERVATIONS / 2 / 9, 0.15
SAME_OUTLINE = 0.75  # overlap of silhouettes: that of a small pose within a large one is less
FINAL_SIZE = 208  # pixels of the sides of the windows in which poses are compared at last
HALF_SEEN = 0.5  # share of what is about a pixel that must look like the object
GAP = 2.0  # pixels to either side of a contour that no colors are counted of


@torch.no_grad()
def agreement(renderer: Renderer, cameras: Camera, image: SourceImage, size: int) -> Float[Tensor, " B"]:
    """Higher is better: correlations of details and of the directions of edges, the contrast across the contour, less
    the difference of mean chromaticity and, where the image has a box, the overlap of the visible part's with it. Of
    what is not seen: -infinity.

    Args:
        renderer: Draws the mesh.
        cameras: Of the full image.
        image: Its mask is not looked at.
        size: Pixels of the sides of the windows that poses are looked at in.
    """
    score = torch.full((len(cameras),), -torch.inf, device=cameras.device)
    seen, windows = windows_about(renderer, cameras, image, size)
    if windows is None:
        return score
    score[seen] = _agreement_in(windows, renderer.draw(windows.camera(cameras[seen]))[0], image)
    return score


@torch.no_grad()
def final_agreement(
    renderer: Renderer, cameras: Camera, image: SourceImage, appearance: AppearanceConfig
) -> Float[Tensor, " B"]:
    """``agreement`` of poses that are as good as they get, whose colors tell those from others with the same outline:
    boxes from themselves the other way round. Between those of other outlines it does not: it is low in any part.

    Args:
        renderer: As in ``agreement``, as the next two.
        cameras: Of the full image.
        image: Its mask is not looked at.
        appearance: How colors are compared.
    """
    score = torch.full((len(cameras),), -torch.inf, device=cameras.device)
    seen, windows = windows_about(renderer, cameras, image, FINAL_SIZE)
    if windows is None:
        return score
    camera = windows.camera(cameras[seen])
    render = renderer.draw(camera)[0]
    cost = PoseScorer(own_view(windows, render[:, 3:]), 1.0, appearance)(renderer, camera).residuals.cost.log()
    least = torch.where(_same_outline(renderer, cameras[seen]), cost, torch.inf).amin(dim=1)
    score[seen] = _agreement_in(windows, render, image) - COST_WEIGHT * (cost - least).clamp(max=MOST_COST)
    return score


def _same_outline(renderer: Renderer, cameras: Camera) -> Bool[Tensor, "B B"]:
    """Which poses have silhouettes that are nearly those of others."""
    within = draw_outlines(renderer, cameras).flatten(1)
    common = torch.minimum(within[:, None], within).sum(-1)  # not products: specks cover parts of pixels
    areas = within.sum(1)
    return common >= SAME_OUTLINE * (areas[:, None] + areas - common)


def _agreement_in(windows: WindowStack, render: Float[Tensor, "B 4 S S"], image: SourceImage) -> Float[Tensor, " B"]:
    """Of renders in windows about them."""
    picture = torch.cat([windows.picture * windows.known, windows.known], dim=1)
    within = render[:, 3:] * windows.known
    visible = within * (own_color_share(render, windows.picture, windows.known) > HALF_SEEN)
    total = detail_correlation(render, picture, windows.known)
    total = total + EDGE_WEIGHT * _edge_correlation(render, windows.picture, within)
    total = total + CONTRAST_WEIGHT * RegionFinder(windows.picture, windows.known).look(render[:, 3:], GAP).contrast
    total = total - CHROMA_WEIGHT * _chroma_difference(straight_color(render), windows.picture, visible)
    if image.box is not None:
        pairs = zip(silhouette_boxes(visible), windows.boxes(image.box), strict=True)
        total = total + BOX_WEIGHT * torch.stack([_box_overlap(*pair) for pair in pairs]).clamp(max=ROUGH_BOX)
    for point in image.points:
        total = total + BOX_WEIGHT * _covers(render, windows.boxes((*point, *point))[:, :2])
    return total


def _edge_correlation(
    render: Float[Tensor, "B 4 H W"], picture: Float[Tensor, "B 3 H W"], within: Float[Tensor, "B 1 H W"]
) -> Float[Tensor, " B"]:
    """Over the silhouette and its rim."""
    size = render.shape[-1] // EDGE_CELL
    drawn, seen = edge_directions(render, size), edge_directions(picture, size)
    support = (F.max_pool2d(F.adaptive_avg_pool2d(within, size), 2 * RIM + 1, 1, RIM) > 0.1).float()
    drawn, seen = drawn * support, seen * support
    energies = drawn.square().sum((1, 2, 3)) * seen.square().sum((1, 2, 3))
    return (drawn * seen).sum((1, 2, 3)) / energies.clamp(min=1e-6).sqrt()


def _chroma_difference(
    render: Float[Tensor, "B 3 H W"], picture: Float[Tensor, "B 3 H W"], visible: Float[Tensor, "B 1 H W"]
) -> Float[Tensor, " B"]:
    """Of the mean colors: light makes them brighter or darker, but hardly of another color."""
    area = visible.sum((2, 3)).clamp(min=1e-6)
    means = [(visible * image).sum((2, 3)) / area for image in (render, picture)]
    shares = [mean / (mean.sum(1, keepdim=True) + DARK) for mean in means]
    return (shares[0] - shares[1]).norm(dim=1)


def _covers(render: Float[Tensor, "B 4 S S"], point: Float[Tensor, "B 2"]) -> Float[Tensor, " B"]:
    """1 where the object is about a point (pixels of the windows), or near to it: clicks are not exact."""
    grown = F.max_pool2d(render[:, 3:], 2 * CLICK + 1, 1, CLICK)
    column, row = point.floor().long().unbind(1)
    size = render.shape[-1]
    inside = (column >= 0) & (row >= 0) & (column < size) & (row < size)
    numbers = torch.arange(len(render), device=render.device)
    return grown[numbers, 0, row.clamp(0, size - 1), column.clamp(0, size - 1)] * inside


def _box_overlap(found: Box | None, given: Float[Tensor, "4"]) -> Float[Tensor, ""]:
    """Intersection over union."""
    if found is None:
        return given.new_zeros(())
    own = given.new_tensor(found)
    common = (torch.minimum(own[2:], given[2:]) - torch.maximum(own[:2], given[:2])).clamp(min=0).prod()
    areas = (own[2:] - own[:2]).prod() + (given[2:] - given[:2]).prod()
    return common / (areas - common)
