"""Where poses of an image without a mask are sought from.

Views slid over the frame tell places, where something may be the object. In each, as in a box that is given, views are
slid once more, as densely as is worth it there, and a cut of the picture gives a mask that is searched as others are.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool

from camera_estimation.estimation.unmasked._masks import rgb_array, with_mask
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import SourceImage, TargetView, frame_view, make_target, silhouette_boxes
from camera_estimation.search import FrameSearch
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS, Box, Point, grabcut_from_box

FRAME_SIZE = 128  # pixels of the frame's longer side, or of a box and what is about it
CUT_SIZE = 96  # of the window about a cut
PLACES = 9
# Candidates in a box that is given, and in each of the places: of views that are slid, and of a cut that may lack
# parts or have more than the object, and of one that is right.
IN_BOX = (32, 20, 12)
IN_PLACE = (12, 8, 4)


@torch.no_grad()
def propose_poses(search: FrameSearch, image: SourceImage, full: Camera) -> Camera:
    """Candidates as cameras of the full image.

    Args:
        search: Knows the mesh.
        image: Without a mask.
        full: A camera of it (a batch of one); its pose is ignored.
    """
    cameras = (
        [] if image.proposed_mask is None else _fit_mask(search, image, image.proposed_mask[0].numpy(), full, IN_BOX)
    )
    if image.box is not None:
        return concatenate([*cameras, _propose_in_box(search, image, full, image.box, IN_BOX)])
    view = frame_view(image, None, FRAME_SIZE, full.device)
    point = _mean_point(image, view)
    places = search.places(view.rgba, view.camera(full), PLACES, point)
    silhouettes = search.search.renderer.draw(places.camera)[0][:, 3:]
    cameras.append(view.full_camera(places.camera, full.width, full.height))
    for box in silhouette_boxes(silhouettes):
        if box is not None:
            cameras.append(_propose_in_box(search, image, full, _unscale(box, view), IN_PLACE))
    return concatenate(cameras)


def _mean_point(image: SourceImage, view: TargetView) -> Point | None:
    """Of the points that are given, in pixels of a view; None where there is none."""
    if not image.points:
        return None
    scale = view.rgba.shape[-1] / view.window[2]
    count = len(image.points)
    x, y = (sum(point[axis] for point in image.points) / count for axis in range(2))
    return (x - view.window[0]) * scale, (y - view.window[1]) * scale


def _propose_in_box(search: FrameSearch, image: SourceImage, full: Camera, box: Box, counts: tuple[int, ...]) -> Camera:
    view = frame_view(image, box, FRAME_SIZE, full.device)
    slid = search(view.rgba, view.camera(full), counts[0], _scale(box, view))
    found = [view.full_camera(slid.camera, full.width, full.height)]
    return concatenate([*found, *_fit_mask(search, image, grabcut_from_box(rgb_array(image), box), full, counts)])


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


def _unscale(box: Box, view: TargetView) -> Box:
    """The inverse of ``_scale``."""
    scale = view.window[2] / view.rgba.shape[-1]
    left, top = view.window[:2]
    return box[0] * scale + left, box[1] * scale + top, box[2] * scale + left, box[3] * scale + top
