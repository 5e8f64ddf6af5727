"""What a segmenter is given: an upright picture, and where things are in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from camera_estimation.errors import InputError
from camera_estimation.io import split_frame_path
from camera_estimation.segmentation.categories import FOREGROUND
from camera_estimation.segmentation.prompts import Box, ImagePrompts, Prompt

SMALLEST_BOX = 8  # pixels a side
BOX_MARGIN = 0.1  # of a rough box's sides, by which it may be too small
FRAME_MARGIN = 0.04  # of a whole frame's sides, which the first cut takes for background
# Fewer pixels than these, of at least half coverage, show nothing.
FEWEST_OBJECT_PIXELS = 16
LOSSY_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".avif", ".heic", ".heif", ".hif"),
    *(".jp2", ".gif"),
)

Rgb = UInt8[np.ndarray, "H W 3"]
Mask = Float[np.ndarray, "H W"]  # float32 coverage in [0, 1]
# Instances of each category in their numbers' order; None: the category is not found at the person of that number.
Instances = dict[str, tuple[Mask | None, ...]]


@dataclass(frozen=True)
class Picture:
    """An upright picture, its file (which messages name), and what is known of where things are in it.

    Args:
        path: The image file.
        rgb: Levels, [H, W, 3].
        lossy: Whether it is compressed with losses.
        prompts: Where instances of categories are, the object's under "foreground".
    """

    path: Path
    rgb: Rgb
    lossy: bool = False
    prompts: ImagePrompts = field(default_factory=dict)

    @property
    def object_prompt(self) -> Prompt:
        """Where the picture's main object is; an empty prompt if nothing says so."""
        return next(iter(self.prompts.get(FOREGROUND, ())), Prompt())


def has_lossy_format(path: Path) -> bool:
    """Whether an image file of that name, or a video, is compressed with losses."""
    return path.suffix.lower() in LOSSY_SUFFIXES or split_frame_path(path) is not None


def inner_frame(width: int, height: int) -> Box:
    """The box of a first cut without another: the frame less a margin, for something must be background."""
    across, down = FRAME_MARGIN * width, FRAME_MARGIN * height
    return across, down, width - across, height - down


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
