"""The file of ``--prompts``: categories of the user's own, and points and boxes in single images.

[categories.hat]                 # a category more, or other values of a known one
weight = 0.7
words = ["hat", "cap"]

[images."photo.jpg"]             # where the object is: pixels of the upright image from its top left corner
box = [40, 30, 200, 220]
points = [[120, 80]]
background_points = [[10, 10]]

[[images."photo.jpg".person]]    # where something of a category is, a table for each instance
box = [40, 30, 90, 220]
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import read_toml
from camera_estimation.segmentation.categories import (
    BACKGROUND,
    DEFAULT_CATEGORIES,
    FOREGROUND,
    LIGHTING,
    Category,
    merge_categories,
)

Box = tuple[float, float, float, float]
Point = tuple[float, float]
KEYS = ("box", "points", "background_points")
FORM = "box = [left, top, right, bottom], points and background_points = [[x, y], ...]"


@dataclass(frozen=True)
class Prompt:
    """Where one thing is, in pixels; without any of these it is the main object of the picture.

    Args:
        box: It is in it: left, top, right, bottom.
        points: It is there.
        background_points: It is not there.
    """

    box: Box | None = None
    points: tuple[Point, ...] = ()
    background_points: tuple[Point, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return self.box is None and not self.points and not self.background_points


ImagePrompts = Mapping[str, tuple[Prompt, ...]]  # of one image: category to its instances; the object is "foreground"


@dataclass(frozen=True)
class Prompts:
    """All that a file says. ``images`` has names of image files, or their stems."""

    categories: Mapping[str, Category] = field(default_factory=lambda: DEFAULT_CATEGORIES)
    images: Mapping[str, ImagePrompts] = field(default_factory=dict)

    def of(self, image_path: Path) -> ImagePrompts:
        """Those of the image's file name, else of its stem, else none; folders in names do not count."""
        for wanted in (image_path.name, image_path.stem):
            for name, prompts in self.images.items():
                if PurePosixPath(name).name == wanted:
                    return prompts
        return {}


def load_prompts(path: Path) -> Prompts:
    """Prompts of a file.

    Args:
        path: A TOML file as the module's text describes it.

    Raises:
        InputError: It cannot be read, or says something else; one line.
    """
    tree = read_toml(path, "prompts")
    unknown = [key for key in tree if key not in ("categories", "images")]
    if unknown:
        raise InputError(f"{path}: unknown table '{unknown[0]}'; known are [categories.NAME] and [images.\"FILE\"]")
    categories = merge_categories(tree.get("categories", {}), str(path))
    images = tree.get("images", {})
    if not isinstance(images, dict) or not all(isinstance(table, dict) for table in images.values()):
        raise InputError(f"{path}: 'images' is a table of tables [images.\"FILE\"]; write it so")
    return Prompts(categories, {name: _of_image(table, categories, path, name) for name, table in images.items()})


def _of_image(table: dict[str, Any], categories: Mapping[str, Category], path: Path, image: str) -> ImagePrompts:
    own = {key: table[key] for key in KEYS if key in table}
    found: dict[str, tuple[Prompt, ...]] = {FOREGROUND: (_prompt(own, f'{path}: [images."{image}"]'),)} if own else {}
    for name, entries in table.items():
        if name in KEYS:
            continue
        where = f'{path}: [images."{image}".{name}]'
        if name not in categories or name in (FOREGROUND, BACKGROUND, LIGHTING):
            raise InputError(f"{where}: no category that can be pointed at; add [categories.{name}], or give {FORM}")
        instances = entries if isinstance(entries, list) else [entries]
        found[name] = tuple(_prompt(entry, where) for entry in instances)
    return found


def _prompt(table: Any, where: str) -> Prompt:
    if not isinstance(table, dict) or not table or set(table) - set(KEYS):
        raise InputError(f"{where}: give {FORM}")
    box = None
    if "box" in table:
        left, top, right, bottom = _parse_numbers(table["box"], 4, where)
        if left >= right or top >= bottom:
            raise InputError(f"{where}: has an empty box: left < right and top < bottom")
        box = (left, top, right, bottom)
    return Prompt(box, _points(table, "points", where), _points(table, "background_points", where))


def _points(table: dict[str, Any], key: str, where: str) -> tuple[Point, ...]:
    values = table.get(key, [])
    if not isinstance(values, list):
        raise InputError(f"{where}: give {FORM}")
    return tuple((x, y) for x, y in (_parse_numbers(value, 2, where) for value in values))


def _parse_numbers(values: Any, count: int, where: str) -> tuple[float, ...]:
    right = isinstance(values, list) and len(values) == count
    if not right or not all(
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) for value in values
    ):
        raise InputError(f"{where}: {values!r} is not {count} numbers; give {FORM}")
    return tuple(float(value) for value in values)
