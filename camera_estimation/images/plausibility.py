"""Whether a mask looks like one: alpha that only trims a picture is none, and some masks are probably inverted."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from camera_estimation.images.source_image import HALF_COVERED
from camera_estimation.segmentation import FEWEST_OBJECT_PIXELS

FOUR_NEIGHBORS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

# A picture that is trimmed (by a frame, rounded corners, a few clear pixels) is this share of the box about what is
# visible, and leaves no more than this share of a side, or these pixels, beside it.
LEAST_FILLED = 0.94
WIDEST_FRAME, NARROW_FRAME = 0.03, 4
# Alpha of a shadow is between these, farther from the object than its soft edge is wide (pixels); and its area as a
# share of the object's.
FAINTEST_SHADOW, DARKEST_SHADOW, EDGE_WIDTH = 13, 208, 3
LEAST_SHADOW, MOST_SHADOW = 0.03, 2.0
# A mask that reaches all sides of the picture and covers this share of its border is probably inverted.
LEAST_BORDER = 0.6


def hides_something(alpha: UInt8[np.ndarray, "H W"]) -> bool:
    """Whether alpha may be an object's mask: it is clear somewhere, and not only about the picture's edge or in specks.

    A picture between clear bars is a picture too.
    """
    visible = alpha >= HALF_COVERED
    if visible.all():
        return False
    box = visible_box(visible)
    if box is None:  # nothing is visible
        return True
    filled = visible[box].mean()
    return not (filled >= LEAST_FILLED and (_spans_frame(box, visible.shape) or _is_between_bars(alpha, box)))


def visible_box(visible: Bool[np.ndarray, "H W"]) -> tuple[slice, slice] | None:
    """The box about all that is visible; None if nothing is."""
    rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
    if len(rows) == 0:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def looks_inverted(mask: UInt8[np.ndarray, "H W"]) -> bool:
    """Whether a mask probably shows what is around the object: it reaches all sides and most of the border, and leaves
    something out."""
    inside = mask >= HALF_COVERED
    if np.count_nonzero(~inside) < FEWEST_OBJECT_PIXELS:
        return False
    sides = inside[0], inside[-1], inside[:, 0], inside[:, -1]
    return all(side.any() for side in sides) and float(np.concatenate(sides).mean()) >= LEAST_BORDER


def without_soft_shadow(alpha: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"] | None:
    """Alpha without the areas that are clear in part, as a shadow is; None if there are none, or nothing else."""
    solid = alpha > DARKEST_SHADOW
    near = cv2.dilate(solid.astype(np.uint8), FOUR_NEIGHBORS, iterations=EDGE_WIDTH) > 0
    area, shadow = np.count_nonzero(solid), np.count_nonzero((alpha >= FAINTEST_SHADOW) & ~near)
    if not LEAST_SHADOW * area <= shadow <= MOST_SHADOW * area:
        return None
    from scipy import ndimage

    rows, columns = ndimage.distance_transform_edt(near, return_distances=False, return_indices=True)
    beside = np.minimum(alpha, DARKEST_SHADOW)[rows, columns].astype(np.float32)
    coverage = 255 * (alpha - beside) / (255 - beside)  # of what the shadow beside it leaves
    return np.round(np.where(near, np.clip(coverage, 0, 255), 0)).astype(np.uint8)


def covers_all(mask: UInt8[np.ndarray, "H W"]) -> bool:
    """Whether a mask leaves nothing out."""
    return bool(np.count_nonzero(mask < HALF_COVERED) < FEWEST_OBJECT_PIXELS)


def _spans_frame(box: tuple[slice, slice], shape: tuple[int, ...]) -> bool:
    """Whether a box leaves but a narrow frame."""
    return all(
        max(part.start, size - part.stop) <= max(NARROW_FRAME, WIDEST_FRAME * size)
        for part, size in zip(box, shape, strict=True)
    )


def _is_between_bars(alpha: UInt8[np.ndarray, "H W"], box: tuple[slice, slice]) -> bool:
    """Whether all of a box is opaque to the last pixel, and reaches two opposite sides: an object's edge is soft."""
    reaches = any(part.stop - part.start == size for part, size in zip(box, alpha.shape, strict=True))
    return reaches and bool((alpha[box] == 255).all()) and int(alpha.sum(dtype=np.int64)) == 255 * alpha[box].size
