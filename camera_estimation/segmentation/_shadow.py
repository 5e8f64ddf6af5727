"""Soft shadows, and pale reflections, of objects on a plain background: of its color, darker, without edges."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Integer, UInt8
from scipy import ndimage

DARKEST = 0.25  # of the background's brightness
# Levels by which channels differ from the background's color at the same brightness.
LOSSLESS_TINT, LOSSY_TINT = 5.0, 9.0
# Levels by which pixels differ within 3 x 3, or, where these are nearly a ramp, may differ; and those off a ramp.
LOSSLESS_STEP, LOSSY_STEP = 14.0, 18.0
STEEPEST, OFF_RAMP = 50.0, 2.5
# Share of the object's area of a region that it encloses and through which the ground may be seen; levels within 3 x 3
# pixels along most of its rim, no farther from it than so many pixels.
SMALLEST_HOLE, SHARP_RIM, RIM_REACH = 0.003, 30.0, 4
RIM = 2  # pixels beside the object that its edge, and rings of compression, keep from being smooth
SAME_AS_BESIDE = 6.0  # levels by which those differ from the smooth shadow beside them
LEAST_SHARE = 0.015  # of the object's area that a shadow has
LARGE_SHARE = 0.45  # from which it may be that what is lenient with compression has taken a pale object for shadow
LEAST_LEFT = 0.3  # of it that is left without the shadow
# Pixels of the longer side of what is looked at: all of so many, of more only every second, third, ... so that about
# as many as the steps above are for are left: the edges of large pictures are blurred.
LARGEST, WORKING_SIZE = 1280, 512
EIGHT_NEIGHBORS = np.ones((3, 3), dtype=bool)


def soft_shadow(
    rgb: UInt8[np.ndarray, "H W 3"],
    color: Float[np.ndarray, "3"],
    inside: Bool[np.ndarray, "H W"],
    lossy: bool,
) -> Bool[np.ndarray, "H W"] | None:
    """What of an object before a background of one color may be its shadow; None if nothing may.

    White and gray objects before white may have areas that look alike: whether they are shadow this cannot tell.

    Args:
        rgb: The picture.
        color: Of the background.
        inside: All that differs from it.
        lossy: Whether the picture was compressed with losses.
    """
    boxes = ndimage.find_objects(inside.astype(np.int8))
    if not boxes:
        return None
    rows, columns = (slice(max(part.start - RIM - 1, 0), part.stop + RIM + 1) for part in boxes[0])
    near, ground = inside[rows, columns], color.astype(np.float32)
    size = int(max(near.shape))
    stride = size // WORKING_SIZE if size > LARGEST else 1
    seen = near[::stride, ::stride]
    found = _flood(rgb[rows, columns][::stride, ::stride], ground, seen, lossy)
    if lossy and np.count_nonzero(found) > LARGE_SHARE * np.count_nonzero(seen):
        found = _flood(rgb[rows, columns][::stride, ::stride], ground, seen, lossy=False)
    if not _is_shadow(found, seen):
        return None
    shadow = np.zeros_like(inside)
    blocks = found.repeat(stride, axis=0).repeat(stride, axis=1)
    shadow[rows, columns] = blocks[: near.shape[0], : near.shape[1]] & near
    return shadow


def ground_beside(
    rgb: UInt8[np.ndarray, "H W 3"],
    shadow: Bool[np.ndarray, "H W"],
    outside: Bool[np.ndarray, "H W"],
    contrast: Float[np.ndarray, "H W"],
) -> Float[np.ndarray, "H W"]:
    """By how many levels pixels differ from what is beside them: ``contrast`` next to the background, which lies
    ``outside``, and next to the shadow their difference from that."""
    if max(contrast.shape) > 2 * LARGEST:  # a pixel at the edge counts for little, and takes long
        return contrast
    rows, columns = ndimage.distance_transform_edt(~(shadow | outside), return_distances=False, return_indices=True)
    from_shadow = np.abs(rgb.astype(np.float32) - rgb[rows, columns]).max(axis=-1)
    return np.where(shadow[rows, columns], from_shadow, contrast)


def _is_shadow(found: Bool[np.ndarray, "H W"], inside: Bool[np.ndarray, "H W"]) -> bool:
    share = np.count_nonzero(found) / np.count_nonzero(inside)
    return bool(LEAST_SHARE <= share <= 1 - LEAST_LEFT)


def _holes_of(
    labels: Integer[np.ndarray, "H W"], rise: Float[np.ndarray, "H W"], bright: Bool[np.ndarray, "H W"], area: int
) -> Bool[np.ndarray, " N"]:
    """Which smooth regions are large, mostly bright, and have a sharp rim, as the ground seen through an object has."""
    steepest = ndimage.maximum_filter(rise, 2 * RIM_REACH + 1)
    sizes = np.bincount(labels.reshape(-1))
    holes = np.zeros(len(sizes), dtype=bool)
    for label in np.flatnonzero(sizes >= SMALLEST_HOLE * area):
        if label == 0:
            continue
        region = labels == label
        rim = ndimage.binary_dilation(region, EIGHT_NEIGHBORS) & ~region
        is_ground = rim.any() and bright[region].mean() >= 0.5
        holes[label] = is_ground and np.percentile(steepest[rim], 25) >= SHARP_RIM
    return holes


def _flood(
    rgb: UInt8[np.ndarray, "H W 3"], color: Float[np.ndarray, "3"], inside: Bool[np.ndarray, "H W"], lossy: bool
) -> Bool[np.ndarray, "H W"]:
    """Pixels inside of the background's color that are reached from outside without a step; and, if these may be a
    shadow, those that are seen through the object."""
    tint, step = (LOSSY_TINT, LOSSY_STEP) if lossy else (LOSSLESS_TINT, LOSSLESS_STEP)
    levels = rgb.astype(np.float32)
    share = levels @ (color / np.maximum(color @ color, 1.0))
    of_ground = np.abs(levels - share[..., None] * color).max(axis=-1) <= tint
    of_ground &= share >= DARKEST
    rise = ndimage.morphological_gradient(levels, (3, 3, 1)).max(axis=-1)
    bend = np.abs(levels - ndimage.uniform_filter(levels, (3, 3, 1))).max(axis=-1)
    smooth = (rise <= step) | ((rise <= STEEPEST) & (bend <= OFF_RAMP))
    labels, _ = ndimage.label(~inside | (of_ground & smooth))
    reached = np.zeros(labels.max() + 1, dtype=bool)
    reached[labels[~inside]] = True
    shadow = reached[labels] & inside
    if _is_shadow(shadow, inside):
        bright = share >= np.percentile(share[shadow], 10)
        reached |= _holes_of(labels, rise, bright, int(np.count_nonzero(inside)))
    flooded = reached[labels]
    rows, columns = ndimage.distance_transform_edt(~flooded, return_distances=False, return_indices=True)
    beside = np.abs(levels - levels[rows, columns]).max(axis=-1) <= SAME_AS_BESIDE
    grown = ndimage.binary_dilation(flooded, EIGHT_NEIGHBORS, iterations=RIM, mask=flooded | (beside & of_ground))
    return grown & inside
