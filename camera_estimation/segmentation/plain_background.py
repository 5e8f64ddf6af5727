"""The object's mask from a background of one colour, or of the checkerboard that stands for none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from camera_estimation.segmentation._plain_ground import PlainGround, find_ground
from camera_estimation.segmentation._shadow import ground_beside, soft_shadow
from camera_estimation.segmentation.reduction import enlarge_levels, reduce_levels, reduction_to_area

# Levels by which some pixel of every piece of the object, as a multiple of the tolerance, differs from the background.
CERTAIN_CONTRAST = 2.0
SMALLEST_PIECE = 0.002  # of the largest piece's area
SMALLEST_PART = 0.01  # of the largest piece's area, without the shadow that held them together
SMALLEST_HOLE = 0.003  # of the object's area
HOLE_SHARPNESS = 0.5  # contrast at a hole's rim, as a part of that at the silhouette
DARK_CONTRAST = 20.0  # levels; below it paint of the background's colour cannot be told from a hole
# Pictures of four times as many pixels and more are looked at with about these, and once more around the object.
WORKING_PIXELS = 1 << 22
LOOK_MARGIN = 0.05  # of the object's box, around it
LARGEST_LOOK = 0.5  # of the frame; a part that is larger is not looked at again
EIGHT_NEIGHBORS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class PlainBackgroundMask:
    """An object before a plain background.

    Args:
        coverage: 255 where a pixel is whole object: all that differs from the background.
        without_shadow: The same without what may be the object's soft shadow; None: nothing may.
    """

    coverage: UInt8[np.ndarray, "H W"]
    without_shadow: UInt8[np.ndarray, "H W"] | None = None

    def map(self, change: Callable[[np.ndarray], np.ndarray]) -> PlainBackgroundMask:
        """Both masks changed alike."""
        without = self.without_shadow
        return PlainBackgroundMask(change(self.coverage), None if without is None else change(without))


def plain_background_mask(rgb: UInt8[np.ndarray, "H W 3"], lossy: bool) -> UInt8[np.ndarray, "H W"] | None:
    """``cut_plain_background`` without a look for shadows: all that differs from the background."""
    found = cut_plain_background(rgb, lossy, shadows=False)
    return None if found is None else found.coverage


def cut_plain_background(
    rgb: UInt8[np.ndarray, "H W 3"], lossy: bool, shadows: bool = True
) -> PlainBackgroundMask | None:
    """Soft coverage of the object before a background of one colour.

    The background is what is connected to the border; the object may reach over part of it. A region of background
    colour inside of the object counts as a hole only where it is large and its rim stands out like the silhouette:
    highlights, and black paint on a dark object, are part of the object. Bars on opposite sides of the picture are
    not its background.

    Args:
        rgb: The picture.
        lossy: Whether it was compressed with losses.
        shadows: Whether soft shadows are looked for.

    Returns:
        The masks; None if the picture's border is not of one colour.
    """
    height, width = rgb.shape[:2]
    factor = reduction_to_area(height, width, WORKING_PIXELS)
    found = _cut(reduce_levels(rgb, factor), lossy, shadows)
    if found is None or factor == 1:
        return found
    found = found.map(lambda mask: enlarge_levels(mask, height, width))
    window = _object_window(found.coverage)
    closer = None if window is None else cut_plain_background(rgb[window], lossy, shadows)
    return found if window is None or closer is None else _pad_to(closer, window, (height, width))


def _object_window(mask: UInt8[np.ndarray, "H W"]) -> tuple[slice, slice] | None:
    """Rows and columns around the object; None where they are most of the frame, or there is no object."""
    spans = []
    for axis, size in enumerate(mask.shape):
        places = np.flatnonzero(mask.any(axis=1 - axis))
        if len(places) == 0:
            return None
        margin = 1 + round(LOOK_MARGIN * (places[-1] - places[0]))
        spans.append(slice(max(0, int(places[0]) - margin), min(size, int(places[-1]) + 1 + margin)))
    rows, columns = spans
    share = (rows.stop - rows.start) * (columns.stop - columns.start) / mask.size
    return (rows, columns) if share < LARGEST_LOOK else None


def _cut(rgb: UInt8[np.ndarray, "H W 3"], lossy: bool, shadows: bool) -> PlainBackgroundMask | None:
    """As ``cut_plain_background``, at the size of the picture."""
    ground = find_ground(rgb, lossy)
    if ground is None:
        return None
    contrast = ground.contrast(rgb)
    outside = _border_region(contrast <= ground.tolerance)
    inside = _without_specks(~outside, contrast, ground.tolerance)
    framed = _frame_between_bars(inside)
    if framed is not None:
        found = _cut(rgb[framed], lossy, shadows)
        return None if found is None else _pad_to(found, framed, inside.shape)
    inside &= ~_holes(inside, contrast, ground.tolerance)
    without = _without_shadow(rgb, ground, inside, contrast, lossy) if shadows else None
    return PlainBackgroundMask(_soft_coverage(inside, contrast), without)


def _without_shadow(
    rgb: UInt8[np.ndarray, "H W 3"],
    ground: PlainGround,
    inside: Bool[np.ndarray, "H W"],
    contrast: Float[np.ndarray, "H W"],
    lossy: bool,
) -> UInt8[np.ndarray, "H W"] | None:
    """Coverage by the object less its shadow, against which its contrast counts there."""
    if len(ground.colors) > 1:
        return None
    shadow = soft_shadow(rgb, ground.colors[0], inside, lossy)
    if shadow is None:
        return None
    left = inside & ~shadow
    contrast = np.where(left, ground_beside(rgb, shadow, ~inside, contrast), contrast)
    labels, _ = ndimage.label(left, EIGHT_NEIGHBORS)
    areas = np.bincount(labels.reshape(-1))
    kept = areas >= SMALLEST_PART * areas[1:].max()
    kept[0] = False
    return _soft_coverage(kept[labels], contrast)


def _border_region(region: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    labels, _ = ndimage.label(region)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    touches = np.zeros(labels.max() + 1, dtype=bool)
    touches[rim] = True
    touches[0] = False
    return touches[labels]


def _without_specks(
    inside: Bool[np.ndarray, "H W"], contrast: Float[np.ndarray, "H W"], tolerance: float
) -> Bool[np.ndarray, "H W"]:
    """The pieces of the object that are not noise: those that stand out somewhere and are not tiny."""
    labels, count = ndimage.label(inside, EIGHT_NEIGHBORS)
    if count == 0:
        return inside
    areas = np.bincount(labels.reshape(-1))
    stands_out = np.zeros(count + 1, dtype=bool)
    stands_out[labels[contrast > CERTAIN_CONTRAST * tolerance]] = True
    kept = stands_out & (areas >= SMALLEST_PIECE * areas[1:].max())
    kept[0] = False
    return kept[labels]


def _frame_between_bars(inside: Bool[np.ndarray, "H W"]) -> tuple[slice, slice] | None:
    """The picture between bars: a filled rectangle as high or as wide as the whole, and smaller than it."""
    boxes = ndimage.find_objects(inside.astype(np.int8))
    if not boxes or inside.all() or not inside[boxes[0]].all():
        return None
    spans = [box.stop - box.start == size for box, size in zip(boxes[0], inside.shape, strict=True)]
    return boxes[0] if any(spans) else None


def _pad_to(found: PlainBackgroundMask, box: tuple[slice, slice], shape: tuple[int, int]) -> PlainBackgroundMask:
    def pad(mask: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "H W"]:
        whole = np.zeros(shape, dtype=np.uint8)
        whole[box] = mask
        return whole

    return found.map(pad)


def _holes(
    inside: Bool[np.ndarray, "H W"], contrast: Float[np.ndarray, "H W"], tolerance: float
) -> Bool[np.ndarray, "H W"]:
    """Large regions in the object through which the background is seen."""
    labels, count = ndimage.label(inside & (contrast <= tolerance))
    if count == 0:
        return np.zeros_like(inside)
    sharp = max(DARK_CONTRAST, HOLE_SHARPNESS * _rim_contrast(~inside, inside, contrast))
    areas = ndimage.sum_labels(inside, labels, np.arange(1, count + 1))
    holes = np.zeros_like(inside)
    for index in np.flatnonzero(areas >= SMALLEST_HOLE * inside.sum()):
        region = labels == index + 1
        if _rim_contrast(region, inside & ~region, contrast) >= sharp:
            holes |= region
    return holes


def _rim_contrast(
    region: Bool[np.ndarray, "H W"], around: Bool[np.ndarray, "H W"], contrast: Float[np.ndarray, "H W"]
) -> float:
    """Lower quartile of the contrast two to three pixels away from a region."""
    near = ndimage.binary_dilation(region, EIGHT_NEIGHBORS, iterations=1)
    rim = ndimage.binary_dilation(near, EIGHT_NEIGHBORS, iterations=2) & ~near & around
    return float(np.percentile(contrast[rim], 25)) if rim.any() else 0.0


def _soft_coverage(inside: Bool[np.ndarray, "H W"], contrast: Float[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"]:
    """Coverage of the silhouette's pixels: their contrast as a part of the strongest among their inner neighbours."""
    edge = inside & ~ndimage.binary_erosion(inside, EIGHT_NEIGHBORS, border_value=1)
    strongest = ndimage.maximum_filter(np.where(inside, contrast, 0.0), size=3)
    coverage = np.where(edge, contrast / np.maximum(strongest, 1.0), inside)
    return np.round(255 * np.clip(coverage, 0.0, 1.0)).astype(np.uint8)
