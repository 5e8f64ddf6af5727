"""What a run of ``camera-masks`` is to do, read and checked before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from camera_estimation.configuration import check_device_name
from camera_estimation.dataset import (
    IMAGE_EXTENSIONS,
    MASK_SUFFIX,
    Box,
    FrameChoice,
    box_of,
    frames_of_video,
    load_boxes,
    natural_order,
)
from camera_estimation.errors import InputError
from camera_estimation.io import is_video
from camera_estimation.segmentation import (
    FOREGROUND,
    FOUND_WITHOUT_NETWORK,
    Category,
    ImagePrompts,
    Prompt,
    Prompts,
    Segmenter,
    SegmenterName,
    create_segmenter,
    load_prompts,
    select_categories,
)

# Of what this command itself writes, or others lay beside images.
NO_IMAGES = (MASK_SUFFIX, "_masks")


@dataclass(frozen=True)
class MasksRequest:
    """What is asked for. Without ``categories``, all that the segmenter can look for."""

    source_images_dir: Path
    output_dir: Path
    segmenter: SegmenterName
    categories: Sequence[str] = ()
    prompts: Path | None = None
    boxes: Path | None = None
    device: str = "auto"
    frames: FrameChoice | None = None
    max_samples: int | None = None
    overwrite: bool = False
    verbose: bool = False
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class MasksPlan:
    """All that a run needs. ``all_categories``: nobody named any, so that those which the segmenter cannot look for are
    left out silently."""

    images: Sequence[Path]
    segmenter: Segmenter
    prompts_of: Callable[[Path], ImagePrompts]
    categories: Sequence[Category]
    output_dir: Path
    all_categories: bool = True
    overwrite: bool = False
    verbose: bool = False
    quiet: bool = False
    remarks: Sequence[str] = ()  # lines that are told before the first image


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


def plan_masks(request: MasksRequest) -> MasksPlan:
    """The plan of a run; the segmenter is loaded by then.

    Raises:
        InputError: Something that is asked for cannot be used, does not exist or cannot run here.
    """
    images = images_of(request.source_images_dir, request.frames)
    _check_output(request.output_dir, images)
    prompts = Prompts() if request.prompts is None else load_prompts(request.prompts)
    placed = PlacedPrompts(prompts, {} if request.boxes is None else load_boxes(request.boxes))
    check_device_name(request.device)
    named = select_categories(request.categories, prompts.categories)
    segmenter = create_segmenter(str(request.segmenter), request.device)
    plan = MasksPlan(
        images=images[: request.max_samples],
        segmenter=segmenter,
        prompts_of=placed.of,
        categories=with_foreground(named or tuple(prompts.categories.values()), prompts.categories),
        output_dir=request.output_dir,
        all_categories=not named,
        overwrite=request.overwrite,
        verbose=request.verbose,
        quiet=request.quiet,
    )
    remarks = []
    if len(plan.images) < len(images):
        remarks.append(f"the first {len(plan.images)} of {len(images)} images (--max_samples)")
    return replace(plan, remarks=[*remarks, *_unsought_remarks(plan)])


def with_foreground(categories: Sequence[Category], known: Mapping[str, Category]) -> tuple[Category, ...]:
    """The foreground first, for it is always made."""
    return known[FOREGROUND], *(category for category in categories if category.name != FOREGROUND)


def is_findable(category: Category, segmenter: Segmenter, prompts: ImagePrompts) -> bool:
    """By the segmenter, or without one."""
    return category.name in FOUND_WITHOUT_NETWORK or segmenter.can_find(category, prompts)


def _unsought_remarks(plan: MasksPlan) -> list[str]:
    """One line about the categories that were asked for and that the segmenter cannot look for."""
    if plan.all_categories:
        return []
    unsought = [
        category.name
        for category in plan.categories
        if not any(is_findable(category, plan.segmenter, plan.prompts_of(image)) for image in plan.images)
    ]
    if not unsought:
        return []
    return [
        f"{plan.segmenter.name} cannot find {', '.join(unsought)}: it knows foreground, background and lighting, "
        "and what --prompts points at; sam3 finds categories by their words"
    ]


def images_of(place: Path, frames: FrameChoice | None = None) -> list[Path]:
    """An image, the frames of a video, or a folder's images in natural order without the masks among them.

    Raises InputError if there is none, or if frames are chosen and it is no video.
    """
    if is_video(place):
        return frames_of_video(place, frames)
    if frames is not None:
        raise InputError(f"{place}: is no video, of which --every and --frames choose frames; leave them away")
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
