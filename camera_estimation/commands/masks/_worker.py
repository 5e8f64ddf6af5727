"""From one image to the files of its masks."""

from __future__ import annotations

import time
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from camera_estimation.batch import RunProgress
from camera_estimation.commands.masks.plan import MasksPlan, is_findable
from camera_estimation.errors import InputError, internal_error
from camera_estimation.images import HALF_COVERED, hides_something, read_upright
from camera_estimation.io import write_image
from camera_estimation.segmentation import (
    FOREGROUND,
    Category,
    ImagePrompts,
    Mask,
    MaskOrigin,
    Picture,
    RegionMasks,
    cache_path,
    foreground_levels,
    has_lossy_format,
    read_masks,
    region_masks,
    write_masks,
)
from camera_estimation.visualization import image_from_pixels, mask_preview

BEHIND_ALPHA = 128  # grey, for what a transparent pixel stores is not to be seen


class MaskWorker:
    """Turns images into masks and their files."""

    def __init__(self, plan: MasksPlan, progress: RunProgress) -> None:
        self.plan, self.progress = plan, progress

    def process(self, image: Path, same_name: Path | None) -> tuple[dict[str, Any], str | None]:
        """What came of the image and, where it failed, the traceback. ``same_name`` is another image that has taken the
        names of its files already."""
        try:
            if same_name is not None:
                raise InputError(f"{image}: its masks would have the names of those of {same_name.name}; rename one")
            return self._make(image), None
        except InputError as error:
            reason, details = str(error), traceback.format_exc()
        except Exception as error:  # one image's trouble, a lack of memory too, must not cost the others
            reason, details = f"{image}: {internal_error(error)}", traceback.format_exc()
        return {"name": image.name, "status": "failed", "error": reason}, details

    def _make(self, path: Path) -> dict[str, Any]:
        start = time.perf_counter()
        rgba = read_upright(path)
        picture, alpha = picture_of(path, rgba, self.plan.prompts_of(path))
        categories = self._categories(picture)
        origin = MaskOrigin.of(picture, self.plan.segmenter, categories)
        if not self.plan.overwrite and self._is_made(path, origin):
            return {"name": path.name, "status": "skipped"}
        if alpha is None and rgba[..., 3].min() < HALF_COVERED:
            self.progress.remark(f"{path.name}: its alpha only trims the picture, and is not taken as the mask")
        self.progress.stage(self.plan.segmenter.name, None)
        regions = region_masks(picture, self.plan.segmenter, categories, alpha)
        self.progress.stage("writing", None)
        self._write(path, picture, regions, origin)
        if regions.missing:
            self.progress.remark(f"{path.name}: no {', no '.join(regions.missing)} found")
        shares = {name: float(mask.mean()) for name, mask in regions.masks.items()}
        return {"name": path.name, "status": "ok", "shares": shares, "seconds": time.perf_counter() - start}

    def _categories(self, picture: Picture) -> tuple[Category, ...]:
        if not self.plan.all_categories:
            return tuple(self.plan.categories)
        segmenter, prompts = self.plan.segmenter, picture.prompts
        return tuple(category for category in self.plan.categories if is_findable(category, segmenter, prompts))

    def _is_made(self, path: Path, origin: MaskOrigin) -> bool:
        """Whether all files are there and of this origin; a damaged one is told of, and made again."""
        folder = self.plan.output_dir
        if not all(place.is_file() for place in (*_mask_pictures(path, folder), cache_path(path, folder))):
            return False
        try:
            return read_masks(cache_path(path, folder)).origin == origin
        except InputError:
            self.progress.remark(f"{cache_path(path, folder)}: is damaged; made again")
            return False

    def _write(self, path: Path, picture: Picture, regions: RegionMasks, origin: MaskOrigin) -> None:
        """The cache last: where it is, the others are."""
        mask_file, preview_file = _mask_pictures(path, self.plan.output_dir)
        write_image(mask_file, image_from_pixels(foreground_levels(regions.masks[FOREGROUND])))
        write_image(preview_file, mask_preview(picture.rgb, regions))
        cache = cache_path(path, self.plan.output_dir)
        write_masks(cache, regions, origin, self.plan.segmenter.working_size)


def picture_of(path: Path, rgba: np.ndarray, prompts: ImagePrompts) -> tuple[Picture, Mask | None]:
    """The picture for a segmenter, and its alpha channel if that hides more than the picture's edge: then it is the
    foreground."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    lossy = has_lossy_format(path)
    if rgba[..., 3].min() >= HALF_COVERED or not hides_something(rgba[..., 3]):
        return Picture(path, np.ascontiguousarray(rgba[..., :3]), lossy, prompts), None
    shown = np.round(alpha * rgba[..., :3] + (1 - alpha) * BEHIND_ALPHA).astype(np.uint8)
    return Picture(path, shown, lossy, prompts), alpha[..., 0]


def _mask_pictures(path: Path, folder: Path) -> tuple[Path, Path]:
    return folder / f"{path.stem}.png", folder / f"{path.stem}_masks.png"
