"""Numbers of scenes, images and objects for BOP's files: from a table, or made."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from camera_estimation.dataset import BOP_COLUMNS, BopTable, natural_order
from camera_estimation.errors import InputError
from camera_estimation.export.exporter import PosedImage
from camera_estimation.export.pictures import path_between
from camera_estimation.io import csv_text, split_frame_path

PICTURE_FOLDERS = ("rgb", "gray")  # of a scene
MODEL_PREFIX = "obj_"


@dataclass(frozen=True)
class BopIds:
    """The numbers of one sample, and how many millimeters a unit of its mesh is."""

    scene: int
    image: int
    object: int
    unit: float


def make_ids(images: Sequence[PosedImage], unit: float) -> list[BopIds]:
    """Numbers in natural order: a scene for each folder or video, objects for meshes, both from 1, images of a scene
    from 0. Where all names are numbers (``000012.png``, ``obj_000005.ply``), these.

    Args:
        images: All that are written.
        unit: Of their meshes.
    """
    scenes = _number_paths([_scene_path(image.image_path) for image in images], first=1)
    meshes = _number_paths([image.mesh_path for image in images], first=1)
    pictures: dict[Path, int] = {}
    for scene in dict.fromkeys(scenes.values()):
        inside = [image.image_path for image in images if scenes[_scene_path(image.image_path)] == scene]
        pictures |= _number_paths(inside, first=0)
    return [
        BopIds(scenes[_scene_path(image.image_path)], pictures[image.image_path], meshes[image.mesh_path], unit)
        for image in images
    ]


def read_ids(images: Sequence[PosedImage], table: BopTable, unit: float) -> list[BopIds]:
    """Numbers from a table.

    Args:
        images: All that are written.
        table: What is known of them.
        unit: Of meshes of which the table does not say it.

    Raises:
        InputError: It lacks a number, or gives one to two images or two meshes; one line.
    """
    found = []
    for image in images:
        numbers = table.numbers_of(image.name, image.image_path, image.mesh_path)
        scene, picture, item = (numbers[name] for name in ("scene_id", "im_id", "obj_id"))
        found.append(BopIds(scene, picture, item, numbers["mm_per_unit"] or unit))
    pictures = [(ids.scene, ids.image) for ids in found]
    _check_distinct([image.image_path for image in images], pictures, f"{table.path}: scene and image")
    _check_distinct([image.mesh_path for image in images], [ids.object for ids in found], f"{table.path}: object")
    return found


def table_text(images: Sequence[PosedImage], ids: Sequence[BopIds], folder: Path) -> str:
    """The table of numbers that were used, a row for each sample.

    Args:
        images: All that are written.
        ids: Of each.
        folder: Of the table.
    """
    rows = [
        [
            image.name,
            path_between(image.image_path, folder),
            path_between(image.mesh_path, folder),
            *(number.scene, number.image, number.object, f"{number.unit:g}"),
        ]
        for image, number in zip(images, ids, strict=True)
    ]
    return csv_text([BOP_COLUMNS, *rows])


def _scene_path(image: Path) -> Path:
    """The video of a frame, or the folder of a picture, which BOP names rgb or gray inside of the scene's."""
    place = split_frame_path(image)
    if place is not None:
        return place[0]
    return image.parent.parent if image.parent.name in PICTURE_FOLDERS else image.parent


def _number_paths(paths: Iterable[Path], first: int) -> dict[Path, int]:
    distinct = sorted(set(paths), key=lambda path: natural_order(path.as_posix()))
    own = [_own_number(path) for path in distinct]
    if None not in own and len(set(own)) == len(own):
        return {path: number for path, number in zip(distinct, own, strict=True) if number is not None}
    return {path: number for number, path in enumerate(distinct, start=first)}


def _own_number(path: Path) -> int | None:
    """What the name is, where it is a number; of a frame of a video its number."""
    place = split_frame_path(path)
    if place is not None:
        return place[1]
    match = re.fullmatch(rf"(?:{MODEL_PREFIX})?(\d+)", path.stem, re.ASCII)
    return int(match[1]) if match else None


def _check_distinct(paths: Sequence[Path], numbers: Sequence[Hashable], what: str) -> None:
    owners: dict[Hashable, Path] = {}
    for path, number in zip(paths, numbers, strict=True):
        other = owners.setdefault(number, path)
        if other != path:
            raise InputError(f"{what} {number} is both {other.name} and {path.name}; give each its own number")
