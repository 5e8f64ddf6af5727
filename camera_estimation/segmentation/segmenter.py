"""What a segmenter is: a picture and categories in, soft masks out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.errors import InputError
from camera_estimation.segmentation.categories import FOREGROUND, Category
from camera_estimation.segmentation.names import segmenter_name
from camera_estimation.segmentation.prompts import Box, ImagePrompts, Prompt

SMALLEST_BOX = 8  # pixels a side
BOX_MARGIN = 0.1  # of a rough box's sides, by which it may be too small
FRAME_MARGIN = 0.04  # of a whole frame's sides, which the first cut takes for background

Rgb = UInt8[np.ndarray, "H W 3"]
Mask = Float[np.ndarray, "H W"]  # float32 coverage in [0, 1]
# Instances of each category in their numbers' order; None: the category is not found at the person of that number.
Instances = dict[str, tuple[Mask | None, ...]]


@dataclass(frozen=True)
class Picture:
    """An upright picture, its file (which messages name), and what is known of where things are in it."""

    path: Path
    rgb: Rgb
    lossy: bool = False  # compressed with losses
    prompts: ImagePrompts = field(default_factory=dict)

    @property
    def object_prompt(self) -> Prompt:
        return next(iter(self.prompts.get(FOREGROUND, ())), Prompt())


class Segmenter(Protocol):
    """Finds regions in pictures. Loaded when it is made, so that what is missing is told before any work."""

    name: str
    working_size: int | None  # pixels of the longer side that it sees; None: as many as there are

    @property
    def version(self) -> str:
        """What masks depend on beside the picture: library, model, their versions."""
        ...

    def can_find(self, category: Category, prompts: ImagePrompts) -> bool:
        """Whether it can look for ``category`` in an image with these prompts at all."""
        ...

    def segment(self, picture: Picture, categories: Sequence[Category]) -> Instances:
        """Those of ``categories`` that it can look for; what is not found has no instances.

        Raises InputError, in one line, if the picture is not for this segmenter.
        """
        ...


class PromptedSegmenter:
    """A segmenter that marks one thing at a time: the picture's object, or what a prompt points at."""

    name: str
    working_size: int | None = None
    version = "1"
    uses_points = False

    @abstractmethod
    def object_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        """Coverage of what ``prompt`` points at; if it is empty, of the picture's main object. Raises InputError."""

    def can_find(self, category: Category, prompts: ImagePrompts) -> bool:
        return category.name == FOREGROUND or category.name in prompts

    def segment(self, picture: Picture, categories: Sequence[Category]) -> Instances:
        found: Instances = {}
        for category in categories:
            if self.can_find(category, picture.prompts):
                prompts = picture.prompts.get(category.name, (Prompt(),))
                found[category.name] = tuple(self._checked_mask(picture, prompt) for prompt in prompts)
        return found

    def _checked_mask(self, picture: Picture, prompt: Prompt) -> Mask:
        if not self.uses_points and not prompt.empty and prompt.box is None:
            raise InputError(f"{picture.path}: {self.name} does not use points; give a box, or --segmenter sam2")
        return self.object_mask(picture, prompt)


def create_segmenter(text: str, device: str = "auto") -> Segmenter:
    """The segmenter ``NAME`` or ``NAME:MODEL``, loaded. ``device`` is for those that run in PyTorch.

    Raises InputError for an unknown one, and, with what to do about it, for missing libraries or weights.
    """
    name = segmenter_name(text)
    if name.segmenter == "plain":
        from camera_estimation.segmentation.plain_segmenter import PlainSegmenter

        return PlainSegmenter()
    if name.segmenter == "grabcut":
        from camera_estimation.segmentation.grabcut_segmenter import GrabcutSegmenter

        return GrabcutSegmenter()
    if name.segmenter == "rembg":
        from camera_estimation.segmentation.rembg_segmenter import RembgSegmenter

        return RembgSegmenter(name.model)
    if name.segmenter == "sam2":
        from camera_estimation.segmentation.sam2_segmenter import Sam2Segmenter

        return Sam2Segmenter(name.model, device)
    from camera_estimation.segmentation.sam3_segmenter import Sam3Segmenter

    return Sam3Segmenter(name.model, device)


def box_window(picture: Picture, box: Box, margin: float = BOX_MARGIN) -> tuple[slice, slice]:
    """Rows and columns of a rough box and ``margin`` of its sides more, within the picture.

    Raises InputError if that is next to nothing.
    """
    height, width = picture.rgb.shape[:2]
    across, down = margin * (box[2] - box[0]), margin * (box[3] - box[1])
    left, right = max(0, round(box[0] - across)), min(width, round(box[2] + across))
    top, bottom = max(0, round(box[1] - down)), min(height, round(box[3] + down))
    if min(right - left, bottom - top) < SMALLEST_BOX:
        raise InputError(
            f"{picture.path}: its box has fewer than {SMALLEST_BOX} pixels of the image's {width}x{height} on a side; "
            "give left, top, right, bottom in pixels of the image"
        )
    return slice(top, bottom), slice(left, right)
