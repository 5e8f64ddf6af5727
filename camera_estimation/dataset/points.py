"""Points on objects in images, one click or several: a JSON file, image name to [x, y] or to a list of these, or a CSV
file with the columns image, x, y and a line for each point. In pixels of the upright image from its top left corner."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from camera_estimation.dataset._image_marks import read_image_marks
from camera_estimation.errors import InputError
from camera_estimation.io import input_path
from camera_estimation.segmentation import Point

COORDINATES = ("x", "y")
FORM = "give [x, y] in pixels, or a list of them"


def load_points(path: str | Path) -> dict[str, tuple[Point, ...]]:
    """Points by the names of images.

    Args:
        path: A JSON or CSV file as the module's text describes it.

    Raises:
        InputError: The file cannot be used; one line.
    """
    path = input_path(path)
    found: dict[str, tuple[Point, ...]] = {}
    for name, values in read_image_marks(path, "points", COORDINATES):
        found[name] = found.get(name, ()) + _parse_points(values, f"{path}: image '{name}'")
    if not found:
        raise InputError(f"{path}: names no images; give each image with a point on its object")
    return found


def _parse_points(values: Any, where: str) -> tuple[Point, ...]:
    """Those of one point, or of a list of them."""
    if not isinstance(values, list) or not values:
        raise InputError(f"{where} has no point; {FORM}")
    several = values if isinstance(values[0], list) else [values]
    return tuple(_parse_point(value, where) for value in several)


def _parse_point(values: Any, where: str) -> Point:
    try:
        x, y = (float(value) for value in values if not isinstance(value, bool))
    except (TypeError, ValueError):
        raise InputError(f"{where} has something else than two numbers; {FORM}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise InputError(f"{where} has a number that is not finite; {FORM}")
    return x, y
