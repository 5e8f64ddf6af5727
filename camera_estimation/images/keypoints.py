"""Keypoints: points of a mesh and where they are in an image, from a file for each image.

JSON, a list of entries ``{"xyz": [x, y, z], "uv": [u, v], "confidence": 1, "name": "left eye"}``, or CSV with the
columns x, y, z, u, v, confidence, name. ``xyz`` is in the mesh's world coordinates as the GLB file gives them, ``uv``
in pixels of the original upright image with the first pixel's centre at (0.5, 0.5). Confidence (then 1) and name (then
the entry's number) may be left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.errors import InputError
from camera_estimation.io import input_path, parse_json, read_table, table_records

COLUMNS = ("x", "y", "z", "u", "v", "confidence", "name")
REQUIRED_COLUMNS = COLUMNS[:5]
KEYS = ("xyz", "uv", "confidence", "name")
WANTED = 'give {"xyz": [x, y, z], "uv": [u, v], "confidence": c, "name": "..."}, the last two if wanted'
WANTED_ROW = f"give numbers in {', '.join(REQUIRED_COLUMNS)}, and confidence and name if wanted"


@dataclass(frozen=True, eq=False)
class Keypoints:
    """N points of a mesh, and where they are in an image, in double precision.

    Args:
        xyz: In the mesh's world coordinates, as in its file.
        uv: In pixels of the original upright image; the first pixel's centre is at (0.5, 0.5).
        confidence: 0 or greater; what has 0 does not count.
        names: What messages and pictures call them.
    """

    xyz: Float[Tensor, "N 3"]
    uv: Float[Tensor, "N 2"]
    confidence: Float[Tensor, " N"]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


def load_keypoints(path: str | Path) -> Keypoints:
    """The keypoints of one image.

    Args:
        path: A JSON or CSV file as the module's text describes it.

    Raises:
        InputError: The file cannot be used; one line.
    """
    path = input_path(path)
    text = read_table(path, "keypoints")
    is_csv = path.suffix.lower() == ".csv"
    entries = _csv_keypoints(text, path) if is_csv else _json_keypoints(text, path)
    wanted = WANTED_ROW if is_csv else WANTED
    if not entries:
        raise InputError(f"{path}: holds no keypoints; {wanted} for each point")
    points = [
        _parse_keypoint(entry, f"{path}: entry {number}", wanted) for number, entry in enumerate(entries, start=1)
    ]
    xyz, uv, confidence = (torch.tensor(column, dtype=torch.float64) for column in list(zip(*points, strict=True))[:3])
    if not confidence.any():
        raise InputError(f"{path}: every keypoint has confidence 0; give those that count a greater one")
    names = tuple(point[3] or str(number) for number, point in enumerate(points, start=1))
    return Keypoints(xyz, uv, confidence, names)


def _json_keypoints(text: str, path: Path) -> list[Any]:
    tree = parse_json(text, path)
    if not isinstance(tree, list):
        raise InputError(f"{path}: is not a list of keypoints; {WANTED} for each point, in [...]")
    return tree


def _csv_keypoints(text: str, path: Path) -> list[Any]:
    """The rows in the form of the JSON file's entries, empty cells left out."""
    headings, records = table_records(text, path)
    columns = [column.strip().casefold() for column in headings]
    cells = list(records)
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in REQUIRED_COLUMNS if column not in columns]
    if columns and unknown:
        raise InputError(f"{path}: has an unknown column '{unknown[0]}'; name the columns {', '.join(COLUMNS)}")
    if columns and missing:
        raise InputError(f"{path}: has no column {', '.join(missing)}; {WANTED_ROW}")
    if len(set(columns)) < len(columns):
        raise InputError(f"{path}: has a column twice; name each of {', '.join(COLUMNS)} once")
    entries = []
    for number, row in enumerate(cells, start=1):
        if None in row:
            raise InputError(f"{path}: entry {number} has more cells than there are columns; {WANTED_ROW}")
        named = {column: (value or "").strip() for column, value in zip(columns, row.values(), strict=True)}
        optional = {column: named[column] for column in KEYS[2:] if named.get(column)}
        entries.append({"xyz": [named[c] for c in "xyz"], "uv": [named[c] for c in "uv"], **optional})
    return entries


def _parse_keypoint(entry: Any, where: str, wanted: str) -> tuple[list[float], list[float], float, str]:
    if not isinstance(entry, dict):
        raise InputError(f"{where} is not an object; {wanted}")
    unknown = [key for key in entry if key not in KEYS]
    if unknown:
        raise InputError(f"{where} has an unknown key '{unknown[0]}'; {wanted}")
    xyz = _coordinates(entry.get("xyz"), 3, f"{where}: xyz", wanted)
    uv = _coordinates(entry.get("uv"), 2, f"{where}: uv", wanted)
    (confidence,) = _coordinates([entry.get("confidence", 1.0)], 1, f"{where}: confidence", wanted)
    if confidence < 0:
        raise InputError(f"{where} has confidence {confidence:g}; give 0 (does not count) or greater")
    name = entry.get("name", "")
    if not isinstance(name, str):
        raise InputError(f'{where} has a name that is no text; put it in quotes: "name": "..."')
    return xyz, uv, confidence, " ".join(name.split())


def _coordinates(values: Any, count: int, where: str, wanted: str) -> list[float]:
    plural = "number" if count == 1 else "numbers"
    if not isinstance(values, list) or len(values) != count:
        raise InputError(f"{where} is not a list of {count} {plural}; {wanted}")
    try:
        numbers = [float(value) for value in values if not isinstance(value, bool)]
    except (TypeError, ValueError, OverflowError):
        numbers = []
    if len(numbers) != count:
        raise InputError(f"{where} is not {count} {plural}; {wanted}")
    if not all(math.isfinite(number) for number in numbers):
        raise InputError(f"{where} has a number that is not finite; {wanted}")
    return numbers
