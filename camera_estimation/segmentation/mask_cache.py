"""Region masks on disk: ``NAME_masks.safetensors`` in the folder of masks, or beside the image ``NAME.png``.

A file holds one float16 tensor [H, W] in [0, 1] for each region, ``foreground_mask``, ``face_mask``, and where there
are several ``face_1_mask``, ``face_2_mask``, at most ``LONGEST_SIDE`` pixels long; and as metadata which image,
segmenter and settings made them. Any program that reads safetensors can read it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.errors import InputError, short_reason
from camera_estimation.io import file_sha256, find_named_files, input_path
from camera_estimation.segmentation.categories import Category
from camera_estimation.segmentation.picture import Picture
from camera_estimation.segmentation.regions import RegionMasks
from camera_estimation.segmentation.segmenter import Segmenter

SUFFIX = "_masks.safetensors"
KEY_SUFFIX = "_mask"
LONGEST_SIDE = 1024  # pixels
FORMAT = "1"  # of the file; others are made again
MAKE_AGAIN = "run camera-masks on the image again"


@dataclass(frozen=True)
class MaskOrigin:
    """What masks were made of and with. Masks of another origin are not those that are asked for.

    Args:
        image_sha256: Of the image file.
        segmenter: Its name.
        segmenter_version: What its masks depend on beside the picture.
        settings_sha256: Of categories, their words and the image's prompts.
    """

    image_sha256: str
    segmenter: str
    segmenter_version: str
    settings_sha256: str

    @classmethod
    def of(cls, picture: Picture, segmenter: Segmenter, categories: Sequence[Category]) -> MaskOrigin:
        """Raises InputError if the image cannot be read."""
        prompts = {
            name: [[prompt.box, prompt.points, prompt.background_points] for prompt in instances]
            for name, instances in sorted(picture.prompts.items())
        }
        words = sorted((category.name, *category.words) for category in categories)
        settings = json.dumps({"categories": words, "prompts": prompts}, sort_keys=True)
        return cls(
            image_sha256=file_sha256(picture.path),
            segmenter=segmenter.name,
            segmenter_version=segmenter.version,
            settings_sha256=hashlib.sha256(settings.encode()).hexdigest(),
        )


@dataclass(frozen=True)
class CachedMasks:
    """The content of a file.

    Args:
        masks: Coverage in [0, 1], float32, by name.
        origin: What they were made of and with.
        image_size: (height, width) of the upright image.
        categories_found: Names of the masks.
        categories_missing: What was looked for and not found, or could not be looked for.
    """

    masks: dict[str, Float[Tensor, "H W"]]
    origin: MaskOrigin
    image_size: tuple[int, int]
    categories_found: tuple[str, ...]
    categories_missing: tuple[str, ...]


def load_category_masks(
    image_path: str | Path, masks_dir: str | Path | None = None, size: tuple[int, int] | None = None
) -> dict[str, Float[Tensor, "H W"]]:
    """The region masks of an image that ``camera-masks`` has written: float32 coverage in [0, 1].

    Args:
        image_path: The image.
        masks_dir: Folder of masks; their file is looked for there, then beside the image.
        size: (height, width) to bring masks to by bilinear interpolation; by default the image's own.

    Returns:
        Masks of the whole upright image. Keys are categories, "foreground", "background", "face" or those of the user;
        where there are several people also "face_1", "face_2", of which "face" is the union. Categories that are not in
        the image have no key.

    Raises:
        InputError: There is no file, it is damaged, or the image has changed since; one line.
    """
    image_path = input_path(image_path)
    path = existing_masks(image_path, masks_dir)
    if path is None:
        where = " and ".join(map(str, _folders(image_path, masks_dir)))
        raise InputError(f"{image_path}: has no {image_path.stem}{SUFFIX} in {where}; make it with camera-masks")
    cached = read_masks(path)
    if cached.origin.image_sha256 != file_sha256(image_path):
        raise InputError(f"{path}: is of another {image_path.name} than the one there now; {MAKE_AGAIN}")
    return {name: resize_mask(mask, size or cached.image_size) for name, mask in cached.masks.items()}


def existing_masks(image_path: Path, masks_dir: str | Path | None = None) -> Path | None:
    """The file that ``load_category_masks`` reads, or None."""
    name = image_path.stem + SUFFIX
    places = (place for folder in _folders(image_path, masks_dir) for place in find_named_files(folder, [name]))
    return next(places, None)


def _folders(image_path: Path, masks_dir: str | Path | None) -> list[Path]:
    return [image_path.parent] if masks_dir is None else [input_path(masks_dir), image_path.parent]


def read_categories(image_path: Path, masks_dir: str | Path | None = None) -> tuple[str, ...]:
    """Categories that were looked for in an image, found or not; none where it has no masks.

    Args:
        image_path: The image.
        masks_dir: As for ``load_category_masks``.

    Raises:
        InputError: The file is damaged.
    """
    path = existing_masks(image_path, masks_dir)
    if path is None:
        return ()
    cached = read_masks(path)
    return (*cached.categories_found, *cached.categories_missing)


def cache_path(image_path: Path, masks_dir: Path) -> Path:
    """Where an image's masks belong in a folder of masks."""
    return masks_dir / f"{image_path.stem}{SUFFIX}"


def write_masks(path: Path, regions: RegionMasks, origin: MaskOrigin, working_size: int | None) -> None:
    """Write a file of masks, whole or not at all, whoever else writes it.

    Args:
        path: The file.
        regions: The masks.
        origin: What they were made of and with.
        working_size: Pixels of the longer side that the segmenter sees; None for as many as there are.

    Raises:
        InputError: It cannot be written.
    """
    from safetensors.torch import save

    from camera_estimation.io import write_bytes

    height, width = next(iter(regions.masks.values())).shape
    scale = min(1.0, LONGEST_SIDE / max(height, width))
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    tensors = {
        f"{name}{KEY_SUFFIX}": resize_mask(torch.from_numpy(mask), size).half().contiguous()
        for name, mask in regions.masks.items()
    }
    longer = max(height, width)
    metadata = {
        "format": FORMAT,
        "segmenter": origin.segmenter,
        "segmenter_version": origin.segmenter_version,
        "image_height": str(height),
        "image_width": str(width),
        "image_sha256": origin.image_sha256,
        "settings_sha256": origin.settings_sha256,
        "working_size": str(min(longer, working_size or longer)),
        "categories_found": json.dumps(list(regions.masks)),
        "categories_missing": json.dumps([*regions.missing, *regions.unsought]),
    }
    write_bytes(path, save(tensors, metadata))


def read_masks(path: Path) -> CachedMasks:
    """Raises InputError if the file is damaged or is something else."""
    from safetensors import safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            masks = {key.removesuffix(KEY_SUFFIX): file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
        cached = _parse_masks(masks, metadata)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; {MAKE_AGAIN}") from None
    except Exception as error:  # safetensors' own errors, and KeyError and ValueError of odd metadata
        raise InputError(f"{path}: is damaged or no file of masks ({short_reason(error)}); {MAKE_AGAIN}") from error
    return cached


def _parse_masks(masks: dict[str, Tensor], metadata: dict[str, Any]) -> CachedMasks:
    if metadata["format"] != FORMAT:
        raise ValueError(f"format {metadata['format']}, not {FORMAT}")
    found = tuple(json.loads(metadata["categories_found"]))
    if set(found) != set(masks) or not masks:
        raise ValueError("masks are lacking")
    if any(mask.ndim != 2 or mask.shape != next(iter(masks.values())).shape for mask in masks.values()):
        raise ValueError("masks of several shapes")
    # In the order in which they were found; safetensors sorts them.
    return CachedMasks(
        masks={name: masks[name] for name in found},
        origin=MaskOrigin(
            metadata["image_sha256"],
            metadata["segmenter"],
            metadata["segmenter_version"],
            metadata["settings_sha256"],
        ),
        image_size=(int(metadata["image_height"]), int(metadata["image_width"])),
        categories_found=found,
        categories_missing=tuple(json.loads(metadata["categories_missing"])),
    )


def resize_mask(mask: Float[Tensor, "H W"], size: tuple[int, int]) -> Float[Tensor, "h w"]:
    """Bilinear; averaged where it becomes smaller."""
    if tuple(mask.shape) == tuple(size):
        return mask.clone()
    scaled = F.interpolate(mask[None, None].float(), size, mode="bilinear", antialias=True, align_corners=False)
    return scaled[0, 0].clamp(0, 1)


def foreground_levels(mask: np.ndarray) -> np.ndarray:
    """Coverage in 8 bits, as mask files have it."""
    return np.round(255 * np.clip(mask, 0, 1)).astype(np.uint8)
