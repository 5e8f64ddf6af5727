"""Points on objects in images, one click or several: a JSON file, image name to [x, y] or to a list of these, or a CSV
file with the columns image, x, y and a line for each point. In pixels of the upright image from its top left corner."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import parse_json, read_table
from camera_estimation.segmentation import Point

COLUMNS = ("image", "x", "y")
FORM = "give [x, y] in pixels, or a list of them"


def load_points(path: str | Path) -> dict[str, tuple[Point, ...]]:
    """Points by the names of images.

    Args:
        path: A JSON or CSV file as the module's text describes it.

    Raises:
        InputError: The file cannot be used; one line.
    """
    path = Path(path)
    text = read_table(path, "points")
    entries = _csv_points(text, path) if path.suffix.lower() == ".csv" else _json_points(text, path)
    if not entries:
        raise InputError(f"{path}: names no images; give each image with a point on its object")
    return {
        name: tuple(_parse_point(value, f"{path}: image '{name}'") for value in values)
        for name, values in entries.items()
    }


def _json_points(text: str, path: Path) -> dict[str, list[Any]]:
    tree = parse_json(text, path)
    if not isinstance(tree, dict):
        raise InputError(f"{path}: is not an object of image names with [x, y] each; write it so")
    found = {}
    for name, values in tree.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"{path}: image '{name}' has no point; {FORM}")
        found[name] = values if isinstance(values[0], list) else [values]
    return found


def _csv_points(text: str, path: Path) -> dict[str, list[Any]]:
    rows = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or [])]
    if missing:
        raise InputError(f"{path}: has no column {', '.join(missing)}; give {', '.join(COLUMNS)}")
    found: dict[str, list[Any]] = {}
    for row in rows:
        if row["image"]:
            found.setdefault(row["image"], []).append([row["x"], row["y"]])
    return found


def _parse_point(values: Any, where: str) -> Point:
    try:
        x, y = (float(value) for value in values if not isinstance(value, bool))
    except (TypeError, ValueError):
        raise InputError(f"{where} has something else than two numbers; {FORM}") from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise InputError(f"{where} has a number that is not finite; {FORM}")
    return x, y
