"""Rough boxes of objects in images: a JSON file, image name to [left, top, right, bottom], or a CSV file with the
columns image, left, top, right, bottom. In pixels of the upright image from its top left corner."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from camera_estimation.dataset._image_marks import read_image_marks
from camera_estimation.dataset.naming import entry_of
from camera_estimation.errors import InputError
from camera_estimation.io import input_path
from camera_estimation.segmentation import Box

SIDES = ("left", "top", "right", "bottom")


def load_boxes(path: str | Path) -> dict[str, Box]:
    """Boxes by the names of images.

    Args:
        path: A JSON or CSV file as the module's text describes it.

    Returns:
        (left, top, right, bottom) in pixels.

    Raises:
        InputError: The file cannot be used; one line.
    """
    path = input_path(path)
    entries = dict(read_image_marks(path, "boxes", SIDES))
    if not entries:
        raise InputError(f"{path}: names no images; give each image with its {', '.join(SIDES)}")
    return {name: _parse_box(values, f"{path}: image '{name}'") for name, values in entries.items()}


def box_of(boxes: dict[str, Box], image_path: Path) -> Box | None:
    """The box with the image's file name, else the one with its stem, else None; folders in names do not count."""
    return entry_of(boxes, image_path)


def _parse_box(values: Any, where: str) -> Box:
    wanted = f"give [{', '.join(SIDES)}] in pixels"
    if not isinstance(values, list) or len(values) != len(SIDES):
        raise InputError(f"{where} has no four numbers; {wanted}")
    try:
        left, top, right, bottom = (float(value) for value in values if not isinstance(value, bool))
    except (TypeError, ValueError):
        raise InputError(f"{where} has something else than four numbers; {wanted}") from None
    if not all(math.isfinite(value) for value in (left, top, right, bottom)):
        raise InputError(f"{where} has a number that is not finite; {wanted}")
    if left >= right or top >= bottom:
        raise InputError(f"{where} has an empty box: left < right and top < bottom; {wanted}")
    return left, top, right, bottom
