"""Work that finds the regions of a picture, and what weights make of them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from camera_estimation.errors import InputError

if TYPE_CHECKING:
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import Workplace
    from camera_estimation.studio.shelf import Subject

REST = "rest"  # what no region covers


def find_regions(job: Job, place: Workplace, subject: Subject, segmenter: str) -> None:
    """Write the regions that a segmenter finds, as ``camera-masks`` does.

    Args:
        job: Tells when they are there.
        place: Where it is done.
        subject: The sample.
        segmenter: Of the registry, with its default model.

    Raises:
        InputError: The segmenter cannot be used here, or finds no object.
    """
    from camera_estimation.images import HALF_COVERED, find_mask_file, hides_something, read_upright
    from camera_estimation.segmentation import (
        DEFAULT_CATEGORIES,
        FOUND_WITHOUT_NETWORK,
        MaskOrigin,
        Picture,
        create_segmenter,
        has_lossy_format,
        region_masks,
        segmenter_registry,
        write_masks,
    )

    segmenter_registry.get(segmenter)
    job.report(segmenter, None)
    made = create_segmenter(segmenter, place.session.options.device)
    path = subject.sample.image_path
    rgba = read_upright(path)
    hides = rgba[..., 3].min() < HALF_COVERED and hides_something(rgba[..., 3])
    picture = Picture(path, np.ascontiguousarray(rgba[..., :3]), has_lossy_format(path))
    categories = tuple(
        category
        for category in DEFAULT_CATEGORIES.values()
        if category.name in FOUND_WITHOUT_NETWORK or made.can_find(category, {})
    )
    job.check()
    regions = region_masks(picture, made, categories, rgba[..., 3].astype(np.float32) / 255 if hides else None)
    job.check()
    folder = subject.regions_path.parent
    folder.mkdir(parents=True, exist_ok=True)
    given = None if subject.mask_path.is_file() else find_mask_file(path, None, subject.sources.masks_dir)
    if given is not None and not hides:  # the folder of marks is looked into in the place of the one that was given
        shutil.copyfile(given, subject.mask_path)
    write_masks(subject.regions_path, regions, MaskOrigin.of(picture, made, categories), made.working_size)
    for name in regions.missing:
        job.remark(f"{subject.sample.name}: no {name} found")
    job.tell("regions", number=subject.number)


def region_rows(subject: Subject) -> list[dict[str, Any]]:
    """The regions of a picture: name, share of the picture, weight by default, and how many of its kind there are; none
    where they were not looked for.

    Raises:
        InputError: Their file is damaged.
    """
    from camera_estimation.segmentation import DEFAULT_CATEGORIES

    masks = _region_masks(subject) if _have_regions(subject) else {}
    return [
        {
            "name": name,
            "share": float(mask.mean()),
            "default": DEFAULT_CATEGORIES[name].weight if name in DEFAULT_CATEGORIES else 1.0,
            "instances": sum(other.startswith(f"{name}_") for other in masks),
        }
        for name, mask in masks.items()
        if name.rpartition("_")[0] not in masks
    ]


def region_levels(subject: Subject, name: str) -> np.ndarray:
    """The mask of one region in 8 bits. Raises InputError if there is none of that name."""
    masks = _region_masks(subject)
    if name not in masks:
        raise InputError(f"{subject.sample.name}: has no region '{name}'; find its regions again")
    return (masks[name].numpy() * 255).round().astype(np.uint8)


def evidence_levels(subject: Subject, weights: Any) -> np.ndarray:
    """How much every pixel counts under weights, in 8 bits. Raises InputError."""
    from camera_estimation.images import check_weights, pixel_weights

    masks = _region_masks(subject)
    if not isinstance(weights, dict):
        raise InputError("the weights are no table; reload the page")
    check_weights(weights, "weights")
    known = {name: float(weight) for name, weight in weights.items() if name in masks or name == REST}
    return (pixel_weights(masks, known).numpy() * 255).round().astype(np.uint8)


def _region_masks(subject: Subject) -> dict[str, Any]:
    from camera_estimation.segmentation import load_category_masks

    if not _have_regions(subject):
        raise InputError(f"{subject.sample.name}: its regions are not known; find them first, or give --masks_dir")
    return load_category_masks(subject.marked_sample.image_path, subject.marked_sources.masks_dir)


def _have_regions(subject: Subject) -> bool:
    from camera_estimation.segmentation import existing_masks

    return existing_masks(subject.marked_sample.image_path, subject.marked_sources.masks_dir) is not None
