"""BOP's files: scene_camera.json, scene_gt.json and results as CSV, as its toolkit documents them.

It counts pixels from the first one's centre, which here is at (0.5, 0.5); lengths are millimeters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from camera_estimation.dataset.known_intrinsics import KnownCamera, check_intrinsics, check_size
from camera_estimation.errors import InputError
from camera_estimation.io import parse_whole, read_json, read_table, table_rows

BOP_PIXEL_CENTER = 0.5
BOP_RESULT_COLUMNS = ("scene_id", "im_id", "obj_id", "score", "R", "t", "time")
MATRIX, ROTATION, TRANSLATION = "cam_K", "cam_R_m2c", "cam_t_m2c"
RESTORE = "write it again"


@dataclass(frozen=True)
class BopPose:
    """One object in one image.

    Args:
        scene: Its number, of results; None: the scene of the file.
        image: Its number.
        object: Its number.
        rotation: Model to camera, row by row.
        translation: Model to camera, in millimeters.
        score: Of results, larger for better ones.
        where: The file and the place in it, which begins messages.
    """

    scene: int | None
    image: int
    object: int
    rotation: tuple[float, ...]
    translation: tuple[float, ...]
    score: float
    where: str


def is_bop_cameras(tree: Any) -> bool:
    """Whether a tree of JSON is that of a scene_camera.json."""
    return (
        isinstance(tree, dict)
        and bool(tree)
        and all(
            parse_whole(name) is not None and isinstance(entry, dict) and MATRIX in entry
            for name, entry in tree.items()
        )
    )


def parse_bop_cameras(tree: dict[str, Any], path: Path) -> dict[int, KnownCamera]:
    """Cameras by the numbers of images.

    Args:
        tree: Of a scene_camera.json.
        path: Which messages name.

    Raises:
        InputError: One is none; one line.
    """
    found = {}
    for name, entry in tree.items():
        where = f"{path}: image {name}"
        fx, skew, cx, below, fy, cy, *last = _number_row(entry[MATRIX], 9, f"{where}: {MATRIX}")
        if skew or below or last != [0, 0, 1]:
            raise InputError(f"{where}: its {MATRIX} is not fx 0 cx, 0 fy cy, 0 0 1: it is transposed or has skew")
        values = {"fx": fx, "fy": fy, "cx": cx + BOP_PIXEL_CENTER, "cy": cy + BOP_PIXEL_CENTER}
        size = check_size(entry.get("width"), entry.get("height"), where)
        found[int(name)] = KnownCamera(check_intrinsics(values, where), None, size, where)
    return found


def read_bop_scene(path: Path) -> list[BopPose]:
    """The poses of a scene_gt.json. Raises InputError if it is none; one line."""
    tree = read_json(path)
    if not isinstance(tree, dict) or any(parse_whole(name) is None for name in tree):
        raise InputError(f"{path}: is not an object of numbers of images; {RESTORE}")
    return [pose for name, entries in tree.items() for pose in _poses_of_image(name, entries, path)]


def bop_scene_number(path: Path) -> int | None:
    """Of the scene that a file is of, which its folder is called; None where that is no number."""
    return parse_whole(path.resolve().parent.name)


def bop_picture_name(image: int) -> str:
    """What BOP calls the pictures of an image, without their ending."""
    return f"{image:06d}"


def is_bop_results(path: Path) -> bool:
    """Whether a CSV file begins as results do. Raises nothing."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            return stream.readline().strip() == ",".join(BOP_RESULT_COLUMNS)
    except (OSError, UnicodeDecodeError):
        return False


def read_bop_results(path: Path) -> list[BopPose]:
    """The poses of results, a CSV file. Raises InputError if one is none; one line."""
    rows = list(table_rows(read_table(path, "poses"), path))[1:]
    found = []
    for number, row in enumerate((row for row in rows if row), start=1):
        where = f"{path}: pose {number}"
        try:
            scene, image, item = (int(cell) for cell in row[:3])
            score, rotation, translation = float(row[3]), list(map(float, row[4].split())), row[5].split()
            values = [*rotation, *map(float, translation)]
        except (ValueError, IndexError):
            values = []
        if len(values) != 12 or not all(map(math.isfinite, values)):
            raise InputError(
                f"{where} is not {','.join(BOP_RESULT_COLUMNS)} with 9 numbers for R and 3 for t; {RESTORE}"
            )
        found.append(BopPose(scene, image, item, tuple(values[:9]), tuple(values[9:]), score, where))
    return found


def _poses_of_image(name: str, entries: Any, path: Path) -> Iterator[BopPose]:
    if not isinstance(entries, list):
        raise InputError(f"{path}: image {name} has no list of objects; {RESTORE}")
    for entry in entries:
        where = f"{path}: image {name}"
        if not isinstance(entry, dict) or type(entry.get("obj_id")) is not int:
            raise InputError(f"{where} has an object without obj_id; {RESTORE}")
        rotation = tuple(_number_row(entry.get(ROTATION), 9, f"{where}: {ROTATION}"))
        translation = tuple(_number_row(entry.get(TRANSLATION), 3, f"{where}: {TRANSLATION}"))
        yield BopPose(None, int(name), entry["obj_id"], rotation, translation, 0.0, where)


def _number_row(values: Any, count: int, where: str) -> list[float]:
    good = isinstance(values, list) and len(values) == count
    if not good or not all(isinstance(value, (int, float)) and math.isfinite(value) for value in values):
        raise InputError(f"{where} is not {count} numbers in a row; {RESTORE}")
    return [float(value) for value in values]
