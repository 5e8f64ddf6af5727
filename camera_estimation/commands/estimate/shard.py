"""A part of a run that is done by a run of its own, as in an array of jobs; ``merge`` puts them together.

Each shard writes into a folder of its own in the output folder, so that no two processes write to the same files, on
whatever file system they are.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from camera_estimation.dataset import Sample, natural_order
from camera_estimation.errors import InputError
from camera_estimation.io import json_text, read_json, write_text
from camera_estimation.results import SHARD_NAME

FORMAT, VERSION = "camera-estimation/shard", 1
PATTERN = re.compile(r"(\d+)/(\d+)")
FOLDER_PATTERN = re.compile(r"shard_(\d+)_of_(\d+)")


@dataclass(frozen=True)
class Shard:
    """The ``index``-th of ``count`` parts, from 1 on.

    Attributes:
        places: Of its samples in the whole run, by name, from 0 on; with those of no other shard.
        total: Samples of the whole run.
    """

    index: int
    count: int
    places: Mapping[str, int] = field(default_factory=dict)
    total: int = 0

    @property
    def folder_name(self) -> str:
        return f"shard_{self.index}_of_{self.count}"

    def __str__(self) -> str:
        return f"shard {self.index} of {self.count}"


def parse_shard(text: str) -> Shard:
    """From I/N. Raises InputError."""
    match = PATTERN.fullmatch(text.strip())
    index, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= index <= count:
        raise InputError(f"--shard {text}: give I/N, such as 1/8 to 8/8")
    return Shard(index, count)


def select_samples_of(
    shard: Shard, samples: Sequence[Sample], bound: Mapping[str, Hashable]
) -> tuple[Shard, list[Sample]]:
    """The samples of a shard, in their order, and the shard with their places.

    What depends on each other stays together, and a mesh's images as far as shards of one size allow. Shards are the
    same in whatever order samples are named.

    Args:
        shard: Of which index and count are known.
        samples: Of the whole run.
        bound: What samples depend on each other, by their names: those of the same value do.
    """
    units: dict[Hashable, list[Sample]] = {}
    for sample in samples:
        units.setdefault(bound.get(sample.name, (sample.name,)), []).append(sample)
    chosen: set[str] = set()
    before = 0
    for unit in sorted(units.values(), key=_unit_order):
        middle = before + len(unit) / 2
        before += len(unit)
        if int(middle * shard.count / len(samples)) == shard.index - 1:
            chosen.update(sample.name for sample in unit)
    places = {sample.name: place for place, sample in enumerate(samples) if sample.name in chosen}
    return Shard(shard.index, shard.count, places, len(samples)), [each for each in samples if each.name in chosen]


def write_shard(folder: Path, shard: Shard) -> None:
    """shard.json in the folder of a shard."""
    tree = {"format": FORMAT, "version": VERSION, "index": shard.index, "count": shard.count, "total": shard.total}
    write_text(folder / SHARD_NAME, json_text({**tree, "places": dict(shard.places)}) + "\n")


def read_shard(folder: Path) -> Shard:
    """Of a shard's folder. Raises InputError if it is none."""
    path = folder / SHARD_NAME
    if not path.is_file():
        raise InputError(f"{folder}: is not the folder of a shard, for it has no {SHARD_NAME}")
    tree = read_json(path)
    if not _is_shard(tree):
        raise InputError(f"{path}: is not a file of {FORMAT}, version {VERSION}; run that shard again")
    return Shard(tree["index"], tree["count"], tree["places"], tree["total"])


def find_shards(folder: Path) -> list[Path]:
    """The folders of shards in an output folder, in the order of their numbers."""
    found = [place for place in folder.iterdir() if FOLDER_PATTERN.fullmatch(place.name)] if folder.is_dir() else []
    return sorted(found, key=lambda place: natural_order(place.name))


def _unit_order(unit: Iterable[Sample]) -> tuple:
    return min((natural_order(sample.mesh_path.as_posix()), natural_order(sample.name)) for sample in unit)


def _is_shard(tree: Any) -> bool:
    if not isinstance(tree, dict) or tree.get("format") != FORMAT or tree.get("version") != VERSION:
        return False
    numbers = all(isinstance(tree.get(key), int) for key in ("index", "count", "total"))
    places = tree.get("places")
    return numbers and isinstance(places, dict) and all(isinstance(place, int) for place in places.values())
