"""All masks of one picture: the foreground, what it leaves, lighting on it, and what a segmenter finds by category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from camera_estimation.errors import InputError
from camera_estimation.segmentation._instances import union
from camera_estimation.segmentation._lighting import lighting_mask
from camera_estimation.segmentation.categories import BACKGROUND, DEFAULT_CATEGORIES, FOREGROUND, LIGHTING, Category
from camera_estimation.segmentation.picture import FEWEST_OBJECT_PIXELS, Instances, Mask, Picture
from camera_estimation.segmentation.segmenter import Segmenter


@dataclass(frozen=True)
class RegionMasks:
    """All masks of a picture.

    Args:
        masks: Of the picture's size by name: "foreground", "face"; where there are several also "face_1", "face_2".
        missing: Categories that were looked for and are not in the picture.
        unsought: Categories that the segmenter cannot look for.
    """

    masks: dict[str, Mask]
    missing: tuple[str, ...] = ()
    unsought: tuple[str, ...] = ()


def region_masks(
    picture: Picture, segmenter: Segmenter, categories: Sequence[Category], alpha: Mask | None = None
) -> RegionMasks:
    """The masks of the foreground and of categories.

    Args:
        picture: What is looked at.
        segmenter: What looks.
        categories: What is looked for.
        alpha: The foreground where the picture itself says what that is.

    Raises:
        InputError: The segmenter does, or finds no foreground.
    """
    sought = {category.name: category for category in categories}
    if alpha is None:
        sought.setdefault(FOREGROUND, DEFAULT_CATEGORIES[FOREGROUND])
    else:
        sought.pop(FOREGROUND, None)
    found = segmenter.segment(picture, tuple(sought.values()))
    if alpha is not None:
        found = {FOREGROUND: (alpha,), **found}
    masks = masks_by_name(found)
    if FOREGROUND not in masks:
        raise InputError(
            f"{picture.path}: {segmenter.name} finds no object; say where it is with --boxes, "
            "or choose another --segmenter"
        )
    names = [category.name for category in categories]
    if BACKGROUND in names:
        masks[BACKGROUND] = 1 - masks[FOREGROUND]
    if LIGHTING in names:
        masks[LIGHTING] = lighting_mask(picture.rgb) * masks[FOREGROUND]  # a white backdrop is no highlight
    able = {category.name for category in categories if segmenter.can_find(category, picture.prompts)}
    lacking = [name for name in names if name not in masks]
    return RegionMasks(
        masks,
        missing=tuple(name for name in lacking if name in able),
        unsought=tuple(name for name in lacking if name not in able),
    )


def object_mask(picture: Picture, segmenter: Segmenter) -> Mask:
    """The foreground alone; nothing where the segmenter finds none. Raises InputError as the segmenter does."""
    found = segmenter.segment(picture, (DEFAULT_CATEGORIES[FOREGROUND],))
    masks = [mask for mask in found.get(FOREGROUND, ()) if mask is not None]
    return union(masks) if masks else np.zeros(picture.rgb.shape[:2], dtype=np.float32)


def masks_by_name(found: Instances) -> dict[str, Mask]:
    """The union of a category's instances under its name; several under their numbers too, from 1."""
    masks: dict[str, Mask] = {}
    for name, instances in found.items():
        shown = {number: mask for number, mask in enumerate(instances, 1) if mask is not None and _visible(mask)}
        if not shown:
            continue
        masks[name] = union(list(shown.values()))
        if len(instances) > 1:
            masks |= {f"{name}_{number}": mask for number, mask in shown.items()}
    return masks


def _visible(mask: Mask) -> bool:
    return bool(np.count_nonzero(mask >= 0.5) >= FEWEST_OBJECT_PIXELS)
