"""Foreground masks by GrabCut: colour mixtures of foreground and background, and a cut where colours change.

Rother, Kolmogorov and Blake, "GrabCut: interactive foreground extraction using iterated graph cuts", 2004, in OpenCV's
implementation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

ITERATIONS = 5
LONGEST_SIDE = 320  # pixels; larger pictures are cut at this size, since the cut's time grows faster than the area
# Half-width of the band about a silhouette in which its outline is sought, as a share of the square root of its area.
BAND = 0.12
POINT_REACH = 0.01  # of the picture's longer side: what is this near to a point is as it says
SEED = 0  # of the clustering that the mixtures start from


def grabcut_from_box(
    rgb: UInt8[np.ndarray, "H W 3"], box: tuple[float, float, float, float]
) -> Bool[np.ndarray, "H W"]:
    """The object within a box.

    Args:
        rgb: The picture.
        box: Left, top, right, bottom in pixels; all that is outside is background.

    Returns:
        The object's pixels; the box where it leaves no background, for there is nothing to tell the object from.
    """
    height, width = rgb.shape[:2]
    left, top = max(0, round(box[0])), max(0, round(box[1]))
    right, bottom = min(width, round(box[2])), min(height, round(box[3]))
    possible = np.zeros((height, width), dtype=bool)
    possible[top:bottom, left:right] = True
    return grabcut(rgb, likely=possible, possible=possible)


def grabcut_from_silhouette(
    rgb: UInt8[np.ndarray, "H W 3"], silhouette: Bool[np.ndarray, "H W"]
) -> Bool[np.ndarray, "H W"]:
    """The object that looks nearly like a silhouette.

    Args:
        rgb: The picture.
        silhouette: The outline is sought within a band about this one's. Nothing in it is certain, for something else
            may hide a part of the object.

    Returns:
        The object's pixels.
    """
    from scipy import ndimage

    reach = max(2.0, BAND * float(np.sqrt(silhouette.sum())))
    possible = ndimage.distance_transform_edt(~silhouette) <= reach
    return grabcut(rgb, likely=silhouette, possible=possible)


def grabcut(
    rgb: UInt8[np.ndarray, "H W 3"],
    likely: Bool[np.ndarray, "H W"],
    possible: Bool[np.ndarray, "H W"],
    certain: Bool[np.ndarray, "H W"] | None = None,
) -> Bool[np.ndarray, "H W"]:
    """The foreground of a picture.

    Args:
        rgb: The picture.
        likely: What the foreground is first taken to be.
        possible: What it may be.
        certain: What it is.

    Returns:
        The foreground; the likely one where either side has no pixels to begin with.
    """
    import cv2

    height, width = likely.shape
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    labels = np.full(likely.shape, cv2.GC_BGD, dtype=np.uint8)
    labels[possible] = cv2.GC_PR_BGD
    labels[possible & likely] = cv2.GC_PR_FGD
    if certain is not None:
        labels[certain] = cv2.GC_FGD
    cut: Any = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    foreground = (cut == cv2.GC_PR_FGD) | (cut == cv2.GC_FGD)
    if not foreground.any() or foreground.all():
        return likely
    small = cv2.resize(np.ascontiguousarray(rgb), size, interpolation=cv2.INTER_AREA)
    cv2.setRNGSeed(SEED)
    models: Any = (np.zeros((1, 65)), np.zeros((1, 65)))
    whole: Any = None  # a box, which marked pixels make needless
    cv2.grabCut(small, cut, whole, models[0], models[1], ITERATIONS, cv2.GC_INIT_WITH_MASK)
    found = ((cut == cv2.GC_PR_FGD) | (cut == cv2.GC_FGD)).astype(np.float32)
    return cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR) >= 0.5


def discs(points: Sequence[tuple[float, float]], shape: tuple[int, int]) -> Bool[np.ndarray, "H W"]:
    """What is near to any of the points, x and y in pixels of a picture of that height and width."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    reach = max(2.0, POINT_REACH * max(shape))
    near = np.zeros(shape, dtype=bool)
    for x, y in points:
        near |= (columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 <= reach**2
    return near
