"""Viewpoint search without a mask: rendered views as templates that are slid over the frame in several sizes.

Anywhere in a frame few views are slid, which tell places; at a place, or in a box that is given, many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.geometry import Camera, rotation_between
from camera_estimation.poses import Candidates
from camera_estimation.rendering import SharedValues
from camera_estimation.search._frame_templates import Templates, make_templates, match_templates, patches_of
from camera_estimation.search.canonical import roll_rotations, silhouette_frame
from camera_estimation.search.view_library import VIEW_DISTANCES, ViewLibrary
from camera_estimation.search.viewpoint_search import ViewpointSearch
from camera_estimation.segmentation import Box, Point

# Root-mean-square radii of silhouettes to look for, in halves of the frame's longer side: a disc that fills the frame
# has 0.71.
LEAST_SIZE, GREATEST_SIZE, SIZE_RATIO = 0.1, 0.8, 1.25
STEP = 0.4  # between positions, in root-mean-square radii
# The same of objects in boxes, in diagonals of these: a rod across has 0.29, a disc 0.25, and a part may be hidden.
BOX_SIZES = (0.2, 0.25, 0.31, 0.39)
MIDDLE = 0.5  # of a box's sides, within which the middle of the silhouette is looked for
# At a place, as shares of the size that is found there; and how far the middle may be off, in root-mean-square radii:
# of a pan whose handle is on the other side it is.
PLACE_SIZES, PLACE_REACH = (0.64, 0.8, 1.0, 1.25, 1.56), 0.8
POINT_REACH = 1.5  # root-mean-square radii of a silhouette from its middle that a point on it is off at most
# Object radii by which poses with the same direction of view differ, and by which places do.
PLACES_APART, SAME_PLACE = 1.0, 0.7
SIZE_BANDS = 3
PRODUCTS_AT_ONCE = 1 << 18  # of templates and patches
BEST_KEPT = 20000


@dataclass(frozen=True)
class Density:
    """Which of a library's views are templates: at least ``views`` of them, evenly spread, at ``rolls`` rolls.

    Attributes:
        views: Of the library.
        rolls: Of the templates or, where there are fewer of them, of the patches.
        roll_patches: Whether it is these.
    """

    views: int
    rolls: int
    roll_patches: bool

    @property
    def template_rolls(self) -> int:
        return 1 if self.roll_patches else self.rolls

    def stride_in(self, library: ViewLibrary) -> int:
        """Every how many of its views are taken."""
        return max(1, len(library.size) // self.views)


SPARSE, DENSE = Density(views=200, rolls=12, roll_patches=False), Density(views=400, rolls=24, roll_patches=True)
PLACE = Density(views=400, rolls=16, roll_patches=True)


@dataclass(frozen=True)
class Grid:
    """Where silhouettes of one angular size are looked for: by cameras so aimed."""

    size: float
    aim: Float[Tensor, "M 3 3"]


class FrameSearch:
    """Finds poses anywhere in frames, or in boxes of them, of the mesh that a search knows.

    Args:
        search: Knows the mesh.
    """

    def __init__(self, search: ViewpointSearch) -> None:
        self.search = search
        self._templates: SharedValues[tuple[float, int, int], Templates] = SharedValues()

    @torch.no_grad()
    def __call__(self, frame: Float[Tensor, "1 4 H W"], camera: Camera, count: int, box: Box) -> Candidates:
        """The best poses in a box that differ in their directions of view or their places.

        Args:
            frame: Premultiplied RGBA; alpha is 1 where the object may be and 0 where nothing is known.
            camera: Of the frame (a batch of one); its pose is ignored.
            count: At most so many poses are returned.
            box: Where the object is, in pixels of the frame, not exact: left, top, right, bottom.
        """
        grids = [Grid(size, aims_of(camera, size, middle_of(box))) for size in box_sizes(camera, box)]
        found = self._slide(frame, camera, grids, DENSE)
        return self.search.select_best(found.camera, found.score, count, PLACES_APART)

    @torch.no_grad()
    def about(self, frame: Float[Tensor, "1 4 H W"], camera: Camera, count: int, place: Camera) -> Candidates:
        """The best poses where another one is, which may be turned and of another size, that differ.

        Args:
            frame: As above, as the next two.
            camera: As above.
            count: As above.
            place: The other one, as a camera of the frame.
        """
        found = self._slide(frame, camera, self.grids_about(camera, place), PLACE)
        return self.search.select_best(found.camera, found.score, count, PLACES_APART)

    def grids_about(self, camera: Camera, place: Camera) -> list[Grid]:
        """Where poses are looked for where another one, ``place``, is."""
        aim, rms = silhouette_frame(self.search.renderer.draw(place)[0][:, 3:], place)
        middle, size = aim[0, 2], float(rms)
        pixel = (middle[:2] / middle[2].clamp(min=1e-3) * camera.focal[0] + camera.principal_point[0]).tolist()
        reach = PLACE_REACH * size * float(camera.focal.mean())
        region = (pixel[0] - reach, pixel[1] - reach, pixel[0] + reach, pixel[1] + reach)
        return [Grid(share * size, aims_of(camera, share * size, region)) for share in PLACE_SIZES]

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
            grids = [Grid(size, aims_of(camera, size, _region_about(point, size, camera))) for size in some]
            slid = self._slide(frame, camera, grids, SPARSE)
            found.append(slid.suppress_neighbors(count // SIZE_BANDS, math.pi, SAME_PLACE))
        return Candidates.concatenate(found)

    def _slide(
        self, frame: Float[Tensor, "1 4 H W"], camera: Camera, grids: Sequence[Grid], density: Density
    ) -> Candidates:
        library, templates = self.templates_for(grids[len(grids) // 2].size, density)
        stride, turns = density.stride_in(library), roll_rotations(density.rolls, camera.device)
        rolls = density.template_rolls
        at_once = max(1, PRODUCTS_AT_ONCE // len(templates.mask))
        scores, views, aims, sizes = [], [], [], []
        for grid in grids:
            aim = (turns[:, None] @ grid.aim).flatten(0, 1) if density.roll_patches else grid.aim
            for start in range(0, len(aim), at_once):
                part = aim[start : start + at_once]
                score = match_templates(templates, patches_of(frame, camera, part, grid.size))
                best = score.flatten().topk(min(BEST_KEPT // 16, score.numel()))
                template, patch = best.indices // score.shape[1], best.indices % score.shape[1]
                scores.append(best.values)
                views.append(stride * (template // rolls))
                aims.append(turns[template % rolls] @ part[patch])
                sizes.append(torch.full_like(best.values, grid.size))
        score = torch.cat(scores)
        best = score.topk(min(BEST_KEPT, len(score)))
        poses = library.poses(
            torch.cat(views)[best.indices], camera, torch.cat(aims)[best.indices], torch.cat(sizes)[best.indices]
        )
        return Candidates(poses, best.values)

    def templates_for(self, size: float, density: Density) -> tuple[ViewLibrary, Templates]:
        """Views of the mesh in the perspective of silhouettes of that angular size, and their templates, made once."""
        library = self.search.library(max(1 / (math.sqrt(2) * size), VIEW_DISTANCES[0]))
        stride, rolls = density.stride_in(library), density.template_rolls
        key = library.distance, stride, rolls

        def make() -> Templates:
            return make_templates(library.canonical[::stride], roll_rotations(rolls, library.canonical.device))

        return library, self._templates.get(key, make)


def frame_sizes(camera: Camera) -> list[float]:
    """Angular sizes to look for anywhere in a frame."""
    half = max(camera.width, camera.height) / 2 / float(camera.focal.mean())
    steps = math.floor(math.log(GREATEST_SIZE / LEAST_SIZE) / math.log(SIZE_RATIO)) + 1
    return [LEAST_SIZE * SIZE_RATIO**index * half for index in range(steps)]


def box_sizes(camera: Camera, box: Box) -> list[float]:
    """Angular sizes of objects that have that box, or of which a part has it."""
    diagonal = math.hypot(box[2] - box[0], box[3] - box[1]) / float(camera.focal.mean())
    return [share * diagonal for share in BOX_SIZES]


def aims_of(camera: Camera, size: float, region: Box | None = None) -> Float[Tensor, "M 3 3"]:
    """Rotations that aim the camera at points ``STEP`` sizes apart: over the whole frame, or a region in its pixels."""
    focal, center = camera.focal[0], camera.principal_point[0]
    left, top, right, bottom = region or (0.0, 0.0, float(camera.width), float(camera.height))
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


def _region_about(point: Point | None, size: float, camera: Camera) -> Box | None:
    """Where the middle of a silhouette of that size may be that has a point; None for anywhere."""
    if point is None:
        return None
    reach = POINT_REACH * size * float(camera.focal.mean())
    return point[0] - reach, point[1] - reach, point[0] + reach, point[1] + reach
