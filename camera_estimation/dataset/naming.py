"""Names of samples: unique, the same in every run, and in the order that people count in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


def natural_order(name: str) -> tuple:
    """Sorting key that puts 2 before 10."""
    parts = re.split(r"(\d+)", name.casefold())
    return (*(int(part) if index % 2 else part for index, part in enumerate(parts)),), name


def unique_names(pairs: Sequence[tuple[Path, Path]], marks: Sequence[str] | None = None) -> list[str]:
    """A name for every (mesh, image): the image's stem; where two share that, ``IMAGE__MESH``; then ``IMAGE__MESH_2``.

    Names differ by more than case, for they become folders. Numbers follow the paths' order, not the order given, and
    of one mesh and image that of ``marks``, which tell its objects apart.
    """
    told = marks or [""] * len(pairs)

    stems = [image.stem for _, image in pairs]
    keys = [stem.casefold() for stem in stems]
    counts = Counter(keys)
    names = [""] * len(pairs)
    taken: set[str] = set()
    crowded = []
    for index, (stem, key) in enumerate(zip(stems, keys, strict=True)):
        if counts[key] == 1:
            names[index] = stem
            taken.add(key)
        else:
            crowded.append(index)

    def order(index: int) -> tuple:
        return *(natural_order(path.as_posix()) for path in pairs[index]), natural_order(told[index])

    for index in sorted(crowded, key=order):
        mesh, image = pairs[index]
        base = name = f"{image.stem}__{mesh.stem}"
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}_{number}"
        names[index] = name
        taken.add(name.casefold())
    return names


class NamedEntries(Generic[Entry]):
    """What a table says of images, found by the names of their files; folders in the table's names do not count.

    Args:
        entries: By the names that the table has.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._by_file: dict[str, list[Entry]] = {}
        for name, entry in entries.items():
            self._by_file.setdefault(PurePosixPath(name).name, []).append(entry)

    def of(self, image_path: Path) -> Entry | None:
        """The entry with the image's file name, else the one with its stem, else None; several that differ are none."""
        for wanted in (image_path.name, image_path.stem):
            found = self._by_file.get(wanted)
            if found and all(entry == found[0] for entry in found):
                return found[0]
        return None


def entry_of(entries: Mapping[str, Entry], image_path: Path) -> Entry | None:
    """As ``NamedEntries.of``, of one image alone."""
    return NamedEntries(entries).of(image_path)
