"""What ``camera-masks`` does once its arguments are parsed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from camera_estimation.batch import RunSummary
from camera_estimation.commands.masks.runner import MaskOptions, make_masks
from camera_estimation.configuration import check_device_name
from camera_estimation.dataset import IMAGE_EXTENSIONS, MASK_SUFFIX, Box, box_of, load_boxes, natural_order
from camera_estimation.errors import InputError
from camera_estimation.segmentation import (
    FOREGROUND,
    Category,
    ImagePrompts,
    Prompt,
    Prompts,
    SegmenterName,
    load_prompts,
    select_categories,
)

# Of what this command itself writes, or others lay beside images.
NO_IMAGES = (MASK_SUFFIX, "_masks")


@dataclass(frozen=True)
class MasksRequest:
    """The command line in words. Without ``categories``, all that the segmenter can look for."""

    source_images_dir: Path
    output_dir: Path
    segmenter: SegmenterName
    categories: Sequence[str] = ()
    prompts: Path | None = None
    boxes: Path | None = None
    device: str = "auto"
    max_samples: int | None = None
    overwrite: bool = False
    verbose: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class PlacedPrompts:
    """Prompts of a file, and boxes of another, which count where the first has no box for the object."""

    prompts: Prompts = field(default_factory=Prompts)
    boxes: Mapping[str, Box] = field(default_factory=dict)

    def of(self, image_path: Path) -> ImagePrompts:
        """The prompts of one image by category."""
        own = dict(self.prompts.of(image_path))
        box = box_of(dict(self.boxes), image_path)
        prompt = next(iter(own.get(FOREGROUND, ())), Prompt())
        if box is not None and prompt.box is None:
            own[FOREGROUND] = (replace(prompt, box=box),)
        return own


def run_masks(request: MasksRequest) -> int:
    """Make the masks; returns the exit code. Raises InputError for wrong usage."""
    images = images_of(request.source_images_dir)
    _check_output(request.output_dir, images)
    prompts = Prompts() if request.prompts is None else load_prompts(request.prompts)
    placed = PlacedPrompts(prompts, {} if request.boxes is None else load_boxes(request.boxes))
    check_device_name(request.device)
    named = select_categories(request.categories, prompts.categories)
    from camera_estimation.segmentation import create_segmenter

    segmenter = create_segmenter(str(request.segmenter), request.device)
    samples = images[: request.max_samples]
    options = MaskOptions(
        request.output_dir,
        categories=with_foreground(named or tuple(prompts.categories.values()), prompts.categories),
        all_categories=not named,
        overwrite=request.overwrite,
        verbose=request.verbose,
        quiet=request.quiet,
    )
    if not request.quiet and len(samples) < len(images):
        click.echo(f"the first {len(samples)} of {len(images)} images (--max_samples)", err=True)
    summary = make_masks(samples, segmenter, placed.of, options)
    if not request.quiet:
        click.echo(_masks_summary_line(summary, request.output_dir))
    return summary.exit_code


def with_foreground(categories: Sequence[Category], known: Mapping[str, Category]) -> tuple[Category, ...]:
    """The foreground first, for it is always made."""
    return known[FOREGROUND], *(category for category in categories if category.name != FOREGROUND)


def images_of(place: Path) -> list[Path]:
    """An image, or a folder's in natural order without the masks among them. Raises InputError if there is none."""
    if not place.exists():
        raise InputError(f"{place}: no such file or folder; check --source_images_dir")
    if not place.is_dir():
        return [place]
    found = [path for path in place.iterdir() if path.suffix.lower() in IMAGE_EXTENSIONS and path.is_file()]
    stems = {path.stem.casefold() for path in found}
    found = [path for path in found if not path.name.startswith(".") and not _is_mask(path, stems)]
    if not found:
        raise InputError(f"{place}: holds no image ({', '.join(IMAGE_EXTENSIONS)}); give another folder or one file")
    return sorted(found, key=lambda path: natural_order(path.name))


def _is_mask(path: Path, stems: set[str]) -> bool:
    stem = path.stem.casefold()
    return any(stem.endswith(suffix) and stem.removesuffix(suffix) in stems for suffix in NO_IMAGES)


def _check_output(output_dir: Path, images: Sequence[Path]) -> None:
    if output_dir.exists() and not output_dir.is_dir():
        raise InputError(f"--output_dir {output_dir}: is a file; choose a folder")
    if any(image.parent.resolve() == output_dir.resolve() for image in images):
        raise InputError(f"--output_dir {output_dir}: that is where the images are, which masks have the names of")


def _masks_summary_line(summary: RunSummary, output_dir: Path) -> str:
    state = "interrupted: " if summary.interrupted else ""
    counts = f"{summary.ok} ok, {summary.failed} failed, {summary.skipped} skipped"
    files = "NAME.png, NAME_masks.safetensors, NAME_masks.png"
    return f"{state}{counts}; masks in {output_dir} ({files}), for camera-estimate --masks_dir {output_dir}"
