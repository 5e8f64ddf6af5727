"""Masks of many images: one after the other, each on its own, and none that is there already."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from camera_estimation.batch import Progress, RunSummary, internal_error
from camera_estimation.errors import InputError
from camera_estimation.images import HALF_COVERED, read_upright
from camera_estimation.io import write_image
from camera_estimation.segmentation import (
    FOREGROUND,
    FOUND_WITHOUT_NETWORK,
    Category,
    ImagePrompts,
    Mask,
    MaskOrigin,
    Picture,
    RegionMasks,
    Segmenter,
    cache_path,
    foreground_levels,
    has_lossy_format,
    read_masks,
    region_masks,
    write_masks,
)
from camera_estimation.visualization import image_from_pixels, mask_preview

BEHIND_ALPHA = 128  # grey, for what a transparent pixel stores is not to be seen


@dataclass(frozen=True)
class MaskOptions:
    """``all_categories``: nobody named any, so that those which the segmenter cannot look for are left out silently."""

    output_dir: Path
    categories: tuple[Category, ...]
    all_categories: bool = True
    overwrite: bool = False
    verbose: bool = False
    quiet: bool = False


class _MaskProgress(Progress):
    def skip(self) -> None:
        """The present image has its masks."""
        self.done += 1
        if self._bar is not None:
            self._bar.update()

    def _line(self, entry: dict[str, Any]) -> str:
        shares = ", ".join(f"{name} {100 * share:.1f} %" for name, share in entry["shares"].items())
        return f"[{self.done}/{self.total}] {entry['name']}: {shares}; {entry['seconds']:.1f} s"


def make_masks(
    images: Sequence[Path],
    segmenter: Segmenter,
    prompts_of: Callable[[Path], ImagePrompts],
    options: MaskOptions,
) -> RunSummary:
    """Make and write the masks of every image whose present masks are not of the same image, segmenter and settings.

    An image that fails does not stop the others.
    """
    progress = _MaskProgress(len(images), 0, quiet=options.quiet, verbose=options.verbose)
    worker = _MaskWorker(segmenter, prompts_of, options, progress)
    statuses: list[str] = []
    taken: dict[str, Path] = {}
    interrupted = False
    _tell_unsought(images, segmenter, prompts_of, options, progress)
    try:
        for image in images:
            progress.start(image.name)
            other = taken.setdefault(image.stem.casefold(), image)
            entry, details = worker.process(image, None if other == image else other)
            statuses.append(entry["status"])
            if entry["status"] == "skipped":
                progress.skip()
            else:
                progress.finish(entry, details)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        progress.close()
    counts = {status: statuses.count(status) for status in ("ok", "failed", "skipped")}
    if counts["skipped"]:
        progress.remark(
            f"skipped what has its masks: {counts['skipped']} of {len(images)}; --overwrite makes them again"
        )
    return RunSummary(**counts, interrupted=interrupted)


class _MaskWorker:
    def __init__(
        self,
        segmenter: Segmenter,
        prompts_of: Callable[[Path], ImagePrompts],
        options: MaskOptions,
        progress: Progress,
    ) -> None:
        self.segmenter, self.prompts_of = segmenter, prompts_of
        self.options, self.progress = options, progress

    def process(self, image: Path, same_name: Path | None) -> tuple[dict[str, Any], str | None]:
        """What came of the image and, where it failed, the traceback. ``same_name`` is another image that has taken the
        names of its files already."""
        try:
            if same_name is not None:
                raise InputError(f"{image}: its masks would have the names of those of {same_name.name}; rename one")
            return self._made(image), None
        except InputError as error:
            reason, details = str(error), traceback.format_exc()
        except Exception as error:  # one image's trouble, a lack of memory too, must not cost the others
            reason, details = f"{image}: {internal_error(error)}", traceback.format_exc()
        return {"name": image.name, "status": "failed", "error": reason}, details

    def _made(self, path: Path) -> dict[str, Any]:
        start = time.perf_counter()
        rgba = read_upright(path)
        picture, alpha = picture_of(path, rgba, self.prompts_of(path))
        categories = self._categories(picture)
        origin = MaskOrigin.of(picture, self.segmenter, categories)
        if not self.options.overwrite and self._is_made(path, origin):
            return {"name": path.name, "status": "skipped"}
        self.progress.stage(self.segmenter.name, None)
        regions = region_masks(picture, self.segmenter, categories, alpha)
        self.progress.stage("writing", None)
        self._write(path, picture, regions, origin)
        if regions.missing:
            self.progress.remark(f"{path.name}: no {', no '.join(regions.missing)} found")
        shares = {name: float(mask.mean()) for name, mask in regions.masks.items()}
        return {"name": path.name, "status": "ok", "shares": shares, "seconds": time.perf_counter() - start}

    def _categories(self, picture: Picture) -> tuple[Category, ...]:
        if not self.options.all_categories:
            return self.options.categories
        return tuple(
            category for category in self.options.categories if is_findable(category, self.segmenter, picture.prompts)
        )

    def _is_made(self, path: Path, origin: MaskOrigin) -> bool:
        """Whether all files are there and of this origin; a damaged one is told of, and made again."""
        folder = self.options.output_dir
        if not all(place.is_file() for place in (*_mask_pictures(path, folder), cache_path(path, folder))):
            return False
        try:
            return read_masks(cache_path(path, folder)).origin == origin
        except InputError:
            self.progress.remark(f"{cache_path(path, folder)}: is damaged; made again")
            return False

    def _write(self, path: Path, picture: Picture, regions: RegionMasks, origin: MaskOrigin) -> None:
        """The cache last: where it is, the others are."""
        mask_file, preview_file = _mask_pictures(path, self.options.output_dir)
        write_image(mask_file, image_from_pixels(foreground_levels(regions.masks[FOREGROUND])))
        write_image(preview_file, mask_preview(picture.rgb, regions))
        cache = cache_path(path, self.options.output_dir)
        write_masks(cache, regions, origin, self.segmenter.working_size)


def picture_of(path: Path, rgba: np.ndarray, prompts: ImagePrompts) -> tuple[Picture, Mask | None]:
    """The picture for a segmenter, and its alpha channel if that hides anything: then it is the foreground."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    lossy = has_lossy_format(path)
    if rgba[..., 3].min() >= HALF_COVERED:
        return Picture(path, np.ascontiguousarray(rgba[..., :3]), lossy, prompts), None
    shown = np.round(alpha * rgba[..., :3] + (1 - alpha) * BEHIND_ALPHA).astype(np.uint8)
    return Picture(path, shown, lossy, prompts), alpha[..., 0]


def is_findable(category: Category, segmenter: Segmenter, prompts: ImagePrompts) -> bool:
    """By the segmenter, or without one."""
    return category.name in FOUND_WITHOUT_NETWORK or segmenter.can_find(category, prompts)


def _tell_unsought(
    images: Sequence[Path],
    segmenter: Segmenter,
    prompts_of: Callable[[Path], ImagePrompts],
    options: MaskOptions,
    progress: Progress,
) -> None:
    """One line about the categories that were asked for and that the segmenter cannot look for."""
    if options.all_categories:
        return
    unsought = [
        category.name
        for category in options.categories
        if not any(is_findable(category, segmenter, prompts_of(image)) for image in images)
    ]
    if unsought:
        progress.remark(
            f"{segmenter.name} cannot find {', '.join(unsought)}: it knows foreground, background and lighting, "
            "and what --prompts points at; sam3 finds categories by their words"
        )


def _mask_pictures(path: Path, folder: Path) -> tuple[Path, Path]:
    return folder / f"{path.stem}.png", folder / f"{path.stem}_masks.png"
