"""Where poses of an image without a mask are sought from.

Views slid over the frame tell places, where something may be the object. About each, as in a box that is given, views
are slid once more, as densely as is worth it there; in the box, or the best of the places, a cut of the picture gives a
mask that is searched as others are.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.estimation.unmasked._masks import rgb_array, with_mask
from camera_estimation.estimation.unmasked._region_refinement import outline_boxes
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import SourceImage, TargetView, frame_view, make_target
from camera_estimation.poses import Candidates
from camera_estimation.search import FrameSearch
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS, Box, Point, grabcut_from_box

FRAME_SIZE = 128  # pixels of the frame's longer side, or of a box and what is about it
CUT_SIZE = 96  # of the window about a cut
PLACES, CUT_PLACES = 12, 3  # that are looked at, and those of them in which the picture is cut
SAME_PLACE = 0.7  # object radii
# Candidates in a box that is given, and in each of the places: of views that are slid, and of a cut that may lack
# parts or have more than the object, and of one that is right.
IN_BOX = (60, 20, 12)
IN_PLACE = (24, 8, 4)

# How well cameras of the full image agree with it; higher is better.
Ranking = Callable[[Camera], Float[Tensor, " B"]]


@torch.no_grad()
def propose_poses(search: FrameSearch, image: SourceImage, full: Camera, rank: Ranking) -> Candidates:
    """Candidates as cameras of the full image, best first.

    Args:
        search: Knows the mesh.
        image: Without a mask.
        full: A camera of it (a batch of one); its pose is ignored.
        rank: How they are compared, and places.
    """
    mask = image.proposed_mask
    cameras = [] if mask is None else _fit_mask(search, image, mask[0].numpy(), full, IN_BOX)
    anywhere = []
    if image.box is None:
        anywhere.append(_slide_anywhere(search, image, full, rank))
        cameras += _cut_best(search, image, full, anywhere[0])
    else:
        view = frame_view(image, image.box, FRAME_SIZE, full.device)
        slid = search(view.rgba, view.camera(full), IN_BOX[0], _scale(image.box, view))
        cameras.append(view.full_camera(slid.camera, full.width, full.height))
        cameras += _search_cut(search, image, full, image.box, IN_BOX)
    found = Candidates.concatenate([*anywhere, *(Candidates(part, rank(part)) for part in cameras)])
    return found[found.score.argsort(descending=True)]


def _slide_anywhere(search: FrameSearch, image: SourceImage, full: Camera, rank: Ranking) -> Candidates:
    """Places, and what is about each."""
    frame = frame_view(image, None, FRAME_SIZE, full.device)
    found = search.places(frame.rgba, frame.camera(full), PLACES, _mean_point(image, frame))
    places = frame.full_camera(found.camera, full.width, full.height)
    slid = [places]
    for place, box in enumerate(outline_boxes(search.search.renderer, places, FRAME_SIZE)):
        if box is not None:
            view = frame_view(image, box, FRAME_SIZE, full.device)
            about = search.about(view.rgba, view.camera(full), IN_PLACE[0], view.camera(places[[place]]))
            slid.append(view.full_camera(about.camera, full.width, full.height))
    cameras = concatenate(slid)
    return Candidates(cameras, rank(cameras))


def _cut_best(search: FrameSearch, image: SourceImage, full: Camera, slid: Candidates) -> list[Camera]:
    """Poses of the cut in each of the best places."""
    best = slid.suppress_neighbors(CUT_PLACES, math.pi, SAME_PLACE)
    boxes = outline_boxes(search.search.renderer, best.camera, FRAME_SIZE) if len(best) else []
    return [camera for box in boxes if box is not None for camera in _search_cut(search, image, full, box, IN_PLACE)]


def _mean_point(image: SourceImage, view: TargetView) -> Point | None:
    """Of the points that are given, in pixels of a view; None where there is none."""
    if not image.points:
        return None
    scale = view.rgba.shape[-1] / view.window[2]
    count = len(image.points)
    x, y = (sum(point[axis] for point in image.points) / count for axis in range(2))
    return (x - view.window[0]) * scale, (y - view.window[1]) * scale


def _search_cut(
    search: FrameSearch, image: SourceImage, full: Camera, box: Box, counts: tuple[int, ...]
) -> list[Camera]:
    return _fit_mask(search, image, grabcut_from_box(rgb_array(image), box), full, counts)


def _fit_mask(
    search: FrameSearch, image: SourceImage, mask: Bool[np.ndarray, "H W"], full: Camera, counts: tuple[int, ...]
) -> list[Camera]:
    """Of a mask that may lack parts, or have more than the object, and of one that is right."""
    if mask.sum() < FEWEST_OBJECT_PIXELS:
        return []
    target = make_target(with_mask(image, mask), full.device).view(CUT_SIZE)
    found = []
    for partial, count in ((True, counts[1]), (False, counts[2])):
        shaped = search.search(target.rgba, target.camera(full), partial=partial)
        found.append(target.full_camera(shaped.camera[:count], full.width, full.height))
    return found


def _scale(box: Box, view: TargetView) -> Box:
    """A box of the full image in pixels of a view."""
    scale = view.rgba.shape[-1] / view.window[2]
    left, top = view.window[:2]
    return (box[0] - left) * scale, (box[1] - top) * scale, (box[2] - left) * scale, (box[3] - top) * scale
