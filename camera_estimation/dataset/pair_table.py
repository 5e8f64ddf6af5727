"""Pairs as a table lists them: a mesh and an image a row and, where an image shows several objects, which is meant.

The columns are ``mesh`` and ``image``; if wanted ``mask`` (``FILE`` or ``FILE#OBJECT``), ``instance`` (the object's
number in the mask, or its id in a COCO file), ``box`` ("left top right bottom") and ``fx, fy, cx, cy``. Paths are
relative to the table, or URLs of cloud storage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from camera_estimation.dataset.known_intrinsics import NAMES, Intrinsics, check_intrinsics
from camera_estimation.dataset.object_mark import UNMARKED, ObjectMark
from camera_estimation.dataset.pairing import PairedFiles, Pairing, make_samples
from camera_estimation.errors import InputError
from camera_estimation.io import input_path, read_table, table_rows
from camera_estimation.segmentation import Box

PATHS = ("mesh", "image")
MARKS = ("mask", "instance", "box")
PATHS_KEPT = 1024  # of meshes
COLUMNS = (*PATHS, *MARKS, *NAMES)
# Columns that say something about a pair to people or other commands, of which nobody expects that they change a pose.
DESCRIPTIVE = (
    *(
        "gt",
        "ground_truth",
        "name",
        "id",
        "category",
        "generator",
        "model",
        "method",
        "difficulty",
        "source",
        "license",
    ),
    *("split", "comment", "comments", "note", "notes", "today", "description", "url", "title"),
)


@dataclass(frozen=True)
class _Row:
    cells: dict[str, str]
    folder: Path
    where: str  # which begins messages

    def files(self) -> PairedFiles:
        """What the row is about. Raises InputError for a cell that cannot be used."""
        if any("\0" in cell for cell in self.cells.values()):
            raise InputError(f"{self.where} has a zero byte; save the table as UTF-8 text")
        if not self.cells["mesh"] or not self.cells["image"]:
            raise InputError(f"{self.where} lacks its mesh or image; fill it in or delete the row")
        mesh, image = self._path(self.cells["mesh"], _path_of_many), self._path(self.cells["image"])
        return PairedFiles(mesh, image, self.mark(), self._intrinsics())

    def mark(self) -> ObjectMark:
        """Which object it is about. Raises InputError likewise."""
        return ObjectMark(*self._mask(), self._box()) if any(map(self.cells.get, MARKS)) else UNMARKED

    def _path(self, cell: str, make: Callable[[str, Path], Path] = input_path) -> Path:
        try:
            return make(cell, self.folder)
        except InputError as error:
            raise InputError(f"{self.where}: {error}") from error

    def _mask(self) -> tuple[Path | None, str]:
        text, instance = self.cells.get("mask", ""), self.cells.get("instance", "")
        name, _, number = text.rpartition("#")
        if not name or "." in number:  # no number, and perhaps a # in the name of the file
            name, number = text, ""
        if number and instance and number != instance:
            raise InputError(f"{self.where} has the instance {instance}, and {number} in its mask; leave one of them")
        return (self._path(name) if name else None), number.strip() or instance

    def _box(self) -> Box | None:
        text = self.cells.get("box", "")
        if not text:
            return None
        try:
            sides = [float(word) for word in text.strip("[]()").replace(",", " ").split()]
        except ValueError:
            sides = []
        if len(sides) != 4 or not all(map(math.isfinite, sides)) or sides[0] >= sides[2] or sides[1] >= sides[3]:
            raise InputError(f"{self.where} has the box '{text}'; give left top right bottom in pixels, with spaces")
        return sides[0], sides[1], sides[2], sides[3]

    def _intrinsics(self) -> Intrinsics | None:
        if not any(map(self.cells.get, NAMES)):
            return None
        given = {name: self.cells.get(name, "") for name in NAMES}
        values: dict[str, float | None] = {}
        for name, text in given.items():
            try:
                values[name] = float(text)
            except ValueError:
                values[name] = None
        return check_intrinsics(values, self.where)


@lru_cache(PATHS_KEPT)
def _path_of_many(name: str, folder: Path) -> Path:
    """Of a file that many rows name: one object for all of them."""
    return input_path(name, folder)


def pair_by_csv(csv_path: Path) -> Pairing:
    """Pairs of a table.

    Args:
        csv_path: With columns as the module's text describes them; files need not exist.

    Raises:
        InputError: It cannot be read, lacks a column, has a row without a path or with a cell that cannot be used, or
            has no row.
    """
    text = read_table(csv_path, "pairs")
    rows = [row for row in table_rows(text, csv_path) if any(cell.strip() for cell in row)]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    missing = [column for column in PATHS if column not in header]
    if missing:
        raise InputError(f"{csv_path}: has no column {' and no column '.join(missing)}; name them in its first line")
    if twice := [column for column in COLUMNS if header.count(column) > 1]:
        raise InputError(f"{csv_path}: has the column {twice[0]} more than once; keep the one that is meant")
    if len(rows) == 1:
        raise InputError(f"{csv_path}: has no rows; give one mesh and image a line")
    places = {column: header.index(column) for column in COLUMNS if column in header}
    paired = []
    for number, row in enumerate(rows[1:], start=1):
        cells = {column: row[place].strip() if place < len(row) else "" for column, place in places.items()}
        paired.append(_Row(cells, csv_path.parent, f"{csv_path}: row {number}").files())
    different = list(dict.fromkeys(paired))
    remarks = [
        *_tell_unused(csv_path, rows[0]),
        *_tell_needless_boxes(csv_path, paired),
        *_tell_repeated(csv_path, len(paired) - len(different), len(paired)),
    ]
    return Pairing(make_samples(different), remarks=tuple(remarks))


def mark_of_row(cells: Mapping[str, str | None], csv_path: Path, number: int) -> ObjectMark:
    """Which object a row is about, of a table that another module reads.

    Args:
        cells: Of the row by column; only the marks are looked at.
        csv_path: The table.
        number: Of the row, from 1.

    Raises:
        InputError: A cell cannot be used.
    """
    texts = {name: (cells.get(name) or "").strip() for name in MARKS}
    return _Row(texts, csv_path.parent, f"{csv_path}: row {number}").mark()


def _tell_needless_boxes(csv_path: Path, paired: list[PairedFiles]) -> list[str]:
    count = sum(pair.mark.mask_path is not None and pair.mark.box is not None for pair in paired)
    return [f"{csv_path.name}: {count} of {len(paired)} rows have a mask, so their box is not used"] if count else []


def _tell_repeated(csv_path: Path, repeated: int, count: int) -> list[str]:
    if not repeated:
        return []
    return [f"{csv_path.name}: {repeated} of {count} rows say again what a row above says; they are estimated once"]


def _tell_unused(csv_path: Path, header: list[str]) -> list[str]:
    known = (*COLUMNS, *DESCRIPTIVE)
    unused = [column.strip() for column in header if column.strip() and column.strip().lower() not in known]
    if not unused:
        return []
    return [f"{csv_path.name}: not used: {', '.join(unused)}; the columns that are read are {', '.join(COLUMNS)}"]
