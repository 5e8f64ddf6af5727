"""Categories of regions: what they are called, how much they weigh, and the words that a segmenter is asked for."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from camera_estimation.errors import InputError

FOREGROUND, BACKGROUND, LIGHTING = "foreground", "background", "lighting"
# These need no network: what the foreground leaves, and what edges and intensity tell.
FOUND_WITHOUT_NETWORK = (FOREGROUND, BACKGROUND, LIGHTING)
DEFAULT_WEIGHT = 1.0
NAME = re.compile(r"[a-z][a-z_]*")  # digits are for instances: person_1


@dataclass(frozen=True)
class Category:
    """A kind of region.

    Args:
        name: Small letters and _.
        weight: The region's share of objectives that weigh regions.
        words: What segmenters that read are asked for.
    """

    name: str
    weight: float = DEFAULT_WEIGHT
    words: tuple[str, ...] = ()


DEFAULT_CATEGORIES = {
    category.name: category
    for category in (
        Category(FOREGROUND, 1.0, ("main object",)),
        Category("face", 1.0, ("face", "head", "eyes", "nose", "mouth")),
        Category("body", 0.5, ("body", "torso", "arms", "legs")),
        Category("clothing", 0.8, ("dress", "shirt", "pants", "clothes")),
        Category("hair", 0.6, ("hair", "bangs")),
        Category(BACKGROUND, 0.1, ("background", "sky", "wall", "floor")),
        Category(LIGHTING, 0.3, ("light", "shadow", "highlight")),
    )
}


def select_categories(names: Iterable[str], known: Mapping[str, Category]) -> tuple[Category, ...]:
    """The categories of these names, each once.

    Args:
        names: As ``--categories`` takes them.
        known: All there are, by name.

    Raises:
        InputError: There is none of a name; tells the nearest one.
    """
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name.lower(), known, n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise InputError(
                f"--categories {name}: {meant}known are {', '.join(known)}; "
                "others are added in --prompts FILE.toml, as tables [categories.NAME]"
            )
    return tuple(known[name] for name in dict.fromkeys(names))


def merge_categories(tables: Any, source: str) -> dict[str, Category]:
    """The default categories, changed and added to.

    Args:
        tables: The tables ``[categories.NAME]`` of a TOML file.
        source: The file, which messages name.

    Raises:
        InputError: Something is no category.
    """
    if not isinstance(tables, dict):
        raise InputError(f"{source}: 'categories' is a table of tables [categories.NAME]; write it so")
    categories = dict(DEFAULT_CATEGORIES)
    for name, table in tables.items():
        where = f"{source}: [categories.{name}]"
        if not NAME.fullmatch(name):
            raise InputError(f"{where}: a category's name has small letters and _ only; choose another")
        if not isinstance(table, dict) or set(table) - {"weight", "words"}:
            raise InputError(f"{where}: is a table with weight and words; write it so")
        categories[name] = _override(
            categories.get(name, Category(name, words=(name.replace("_", " "),))), table, where
        )
    return categories


def _override(category: Category, table: dict[str, Any], where: str) -> Category:
    if "weight" in table:
        weight = table["weight"]
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise InputError(f"{where}: 'weight' is a number from 0, not {weight!r}")
        category = replace(category, weight=float(weight))
    if "words" in table:
        words = table["words"]
        if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
            raise InputError(f'{where}: \'words\' is a list such as ["hat", "cap"], not {words!r}')
        category = replace(category, words=tuple(words))
    return category
