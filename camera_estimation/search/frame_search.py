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
from camera_estimation.segmentation import Box, Point

TEMPLATE_SIZE = 16  # pixels a side of the canonical images that are compared
DRAWN_SIZE = 32  # pixels a side at which their edges are found
# Root-mean-square radii of silhouettes to look for, in halves of the frame's longer side: a disc that fills the frame
# has 0.71.
LEAST_SIZE, GREATEST_SIZE, SIZE_RATIO = 0.1, 0.8, 1.25
STEP = 0.4  # between positions, in root-mean-square radii
# The same of objects in boxes, in diagonals of these: a rod across has 0.29, a disc 0.25, and a part may be hidden.
BOX_SIZES = (0.2, 0.25, 0.31, 0.39)
MIDDLE = 0.5  # of a box's sides, within which the middle of the silhouette is looked for
POINT_REACH = 1.5  # root-mean-square radii of a silhouette from its middle that a point on it is off at most
# Object radii by which poses with the same direction of view differ, and by which places do.
PLACES_APART, SAME_PLACE = 1.0, 0.7
SIZE_BANDS = 3
LEAST_INSIDE = 0.8  # of a view's silhouette, within the frame
EDGE_WEIGHT = 0.7  # of the correlation of edges beside that of colours
COLOR_FLOOR = 0.05  # colours that vary less than this (standard deviation) count for less
# Standard deviations of what light does to mean colors: to the shares of the channels in their sum, and to its
# logarithm; what is added to that, for dark colors have no shares; and what their chi-squared halves weigh.
CHROMA_DEVIATION, EXPOSURE_DEVIATION, DARK, COLOR_WEIGHT = 0.06, 0.6, 0.15, 0.1
VIEWS_AT_ONCE = 16
PATCHES_AT_ONCE = 64
BEST_KEPT = 20000


@dataclass(frozen=True)
class Density:
    """Which of a library's views are templates: at least ``views`` of them, evenly spread, at ``rolls`` rolls."""

    views: int
    rolls: int

    def stride_in(self, library: ViewLibrary) -> int:
        """Every how many of its views are taken."""
        return max(1, len(library.size) // self.views)


SPARSE, DENSE = Density(views=200, rolls=12), Density(views=400, rolls=24)


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
    edges: Float[Tensor, "N 2*P"]


class FrameSearch:
    """Finds poses anywhere in frames, or in boxes of them, of the mesh that a search knows.

    Args:
        search: Knows the mesh.
    """

    def __init__(self, search: ViewpointSearch) -> None:
        self.search = search
        self._templates: dict[tuple[float, Density], Templates] = {}

    @torch.no_grad()
    def __call__(self, frame: Float[Tensor, "1 4 H W"], camera: Camera, count: int, box: Box) -> Candidates:
        """The best poses in a box that differ in their directions of view or their places.

        Args:
            frame: Premultiplied RGBA; alpha is 1 where the object may be and 0 where nothing is known.
            camera: Of the frame (a batch of one); its pose is ignored.
            count: At most so many poses are returned.
            box: Where the object is, in pixels of the frame, not exact: left, top, right, bottom.
        """
        found = self._slide(frame, camera, box_sizes(camera, box), DENSE, box)
        return self.search.select_best(found.camera, found.score, count, PLACES_APART)

    @torch.no_grad()
    def places(
        self, frame: Float[Tensor, "1 4 H W"], camera: Camera, count: int, point: Point | None = None
    ) -> Candidates:
        """The best pose of each of the places anywhere in a frame that look most like the object, as many small as
        large ones: of small ones there are more, which have less to tell them from it.

        Args:
            frame: As above.
            camera: As above.
            count: At most so many places are returned.
            point: On the object, in pixels of the frame; None for anywhere.
        """
        sizes = frame_sizes(camera)
        found = []
        for band in range(SIZE_BANDS):
            some = sizes[band * len(sizes) // SIZE_BANDS : (band + 1) * len(sizes) // SIZE_BANDS]
            slid = self._slide(frame, camera, some, SPARSE, point)
            found.append(slid.suppress_neighbors(count // SIZE_BANDS, math.pi, SAME_PLACE))
        return Candidates.concatenate(found)

    def _slide(
        self,
        frame: Float[Tensor, "1 4 H W"],
        camera: Camera,
        sizes: list[float],
        density: Density,
        where: Box | Point | None,
    ) -> Candidates:
        distance = max(1 / (math.sqrt(2) * sizes[len(sizes) // 2]), VIEW_DISTANCES[0])
        library = self.search.library(distance)
        stride, turns = density.stride_in(library), roll_rotations(density.rolls, camera.device)
        templates = self._templates_of(library, density, turns)
        scores, views, aims, found_sizes = [], [], [], []
        for size in sizes:
            aim = aims_of(camera, size, where)
            for start in range(0, len(aim), PATCHES_AT_ONCE):
                part = aim[start : start + PATCHES_AT_ONCE]
                score = match_templates(templates, patches_of(frame, camera, part, size))
                best = score.flatten().topk(min(BEST_KEPT // 16, score.numel()))
                template, patch = best.indices // score.shape[1], best.indices % score.shape[1]
                scores.append(best.values)
                views.append(stride * (template // density.rolls))
                aims.append(turns[template % density.rolls] @ part[patch])
                found_sizes.append(torch.full_like(best.values, size))
        score = torch.cat(scores)
        best = score.topk(min(BEST_KEPT, len(score)))
        poses = library.poses(
            torch.cat(views)[best.indices], camera, torch.cat(aims)[best.indices], torch.cat(found_sizes)[best.indices]
        )
        return Candidates(poses, best.values)

    def _templates_of(self, library: ViewLibrary, density: Density, turns: Float[Tensor, "K 3 3"]) -> Templates:
        """Those of a library, made once."""
        key = library.distance, density
        if key not in self._templates:
            self._templates[key] = templates_of(library, turns, density.stride_in(library))
        return self._templates[key]


def frame_sizes(camera: Camera) -> list[float]:
    """Angular sizes to look for anywhere in a frame."""
    half = max(camera.width, camera.height) / 2 / float(camera.focal.mean())
    steps = math.floor(math.log(GREATEST_SIZE / LEAST_SIZE) / math.log(SIZE_RATIO)) + 1
    return [LEAST_SIZE * SIZE_RATIO**index * half for index in range(steps)]


def box_sizes(camera: Camera, box: Box) -> list[float]:
    """Angular sizes of objects that have that box, or of which a part has it."""
    diagonal = math.hypot(box[2] - box[0], box[3] - box[1]) / float(camera.focal.mean())
    return [share * diagonal for share in BOX_SIZES]


def aims_of(camera: Camera, size: float, where: Box | Point | None = None) -> Float[Tensor, "M 3 3"]:
    """Rotations that aim the camera at points ``STEP`` sizes apart: over the whole frame, the middle of a box, or about
    a point on something of that size."""
    focal, center = camera.focal[0], camera.principal_point[0]
    left, top, right, bottom = 0.0, 0.0, float(camera.width), float(camera.height)
    if where is not None and len(where) == 2:
        reach = POINT_REACH * size * float(focal.mean())
        left, top, right, bottom = where[0] - reach, where[1] - reach, where[0] + reach, where[1] + reach
    elif where is not None:
        left, top, right, bottom = middle_of(where)
    extent = torch.tensor([right - left, bottom - top], device=camera.device) / focal
    first = (torch.tensor([left, top], device=camera.device) - center) / focal
    ticks = []
    for axis in range(2):
        cells = max(1, math.ceil(float(extent[axis]) / (STEP * size)))
        ticks.append(first[axis] + extent[axis] * (torch.arange(cells, device=camera.device) + 0.5) / cells)
    points = F.pad(torch.cartesian_prod(*ticks), (0, 1), value=1.0)
    forward = torch.tensor([0.0, 0.0, 1.0], device=camera.device).expand_as(points)
    return rotation_between(F.normalize(points, dim=1), forward)


def middle_of(box: Box) -> Box:
    """The part of a box in which the middle of its object is."""
    across, down = (1 - MIDDLE) / 2 * (box[2] - box[0]), (1 - MIDDLE) / 2 * (box[3] - box[1])
    return box[0] + across, box[1] + down, box[2] - across, box[3] - down


def templates_of(library: ViewLibrary, turns: Float[Tensor, "K 3 3"], stride: int) -> Templates:
    """Every ``stride``-th view at every roll: roll varies fastest."""
    canonical = library.canonical[::stride]
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
    edges = edges * support
    edges = edges / edges.square().sum((1, 2, 3), keepdim=True).sqrt().clamp(min=1e-6)
    colors = mean.flatten(1), (centered / energy.sqrt()).flatten(1)
    return mask.flatten(1), *colors, support.flatten(1), edges.flatten(1)


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
    means = [templates.mask @ color[:, channel].flatten(1).T for channel in range(3)]
    for mean in means:
        variance.addcmul_(mean, mean, value=-1)
    variance.clamp_(min=0).add_(COLOR_FLOOR**2)
    score = (templates.centered @ color.flatten(1).T).mul_(variance.rsqrt_())
    edges = edge_directions(patches[:, :3], TEMPLATE_SIZE)
    energy = templates.support @ edges.square().sum(1).flatten(1).T
    score.addcmul_(templates.edges @ edges.flatten(1).T, energy.clamp_(min=1e-3).rsqrt_(), value=EDGE_WEIGHT)
    score.sub_(_color_penalty(templates.mean, means))
    if bool((known < 0.99).any()):
        score[templates.mask @ known.T < LEAST_INSIDE] = -torch.inf
    return score


def _color_penalty(drawn: Float[Tensor, "N 3"], seen: list[Float[Tensor, "N M"]]) -> Float[Tensor, "N M"]:
    """For mean colors that light of another color or strength can hardly explain."""
    total = seen[0] + seen[1] + seen[2] + DARK
    drawn_total = drawn.sum(1, keepdim=True) + DARK
    squared = torch.zeros_like(total)
    for channel in range(3):
        squared.add_((seen[channel] / total - drawn[:, channel, None] / drawn_total).square_())
    exposure = (total / drawn_total).log_().square_()
    return squared.mul_(0.5 / CHROMA_DEVIATION**2).add_(exposure, alpha=0.5 / EXPOSURE_DEVIATION**2).mul_(COLOR_WEIGHT)
