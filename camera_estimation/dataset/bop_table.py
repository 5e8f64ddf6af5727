"""Which image, mesh and sample the numbers of BOP's files mean: ``ids.csv``.

Columns, each of which may be absent or empty in a row: ``sample``, ``image``, ``mesh`` say what a row is about,
``scene_id``, ``im_id``, ``obj_id`` its numbers, ``mm_per_unit`` how many millimeters a unit of the mesh file is. Paths
are relative to the table, or the ends of paths: as many folders as are needed to tell images apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from camera_estimation.errors import InputError
from camera_estimation.io import parse_whole, read_table, table_records

BOP_TABLE_NAME = "ids.csv"
SUBJECTS = ("sample", "image", "mesh")
NUMBERS = ("scene_id", "im_id", "obj_id")
UNIT = "mm_per_unit"
BOP_COLUMNS = (*SUBJECTS, *NUMBERS, UNIT)
LEVELS = 3  # of folders above a scene's files in which its table is looked for
LONGEST_SHOWN = 60  # characters of a cell in messages


@dataclass(frozen=True)
class BopRow:
    """A row of the table; what it does not say is "" or None.

    Args:
        sample: The name of a sample.
        image: Of a picture, as it is written.
        mesh: Of a mesh file, as it is written.
        numbers: By ``NUMBERS`` and ``UNIT``.
    """

    sample: str
    image: str
    mesh: str
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class BopTable:
    """A table and where it is."""

    path: Path
    rows: Sequence[BopRow]

    def numbers_of(self, sample: str, image: Path, mesh: Path) -> dict[str, Any]:
        """What the rows about a sample say together, by ``NUMBERS`` and ``UNIT``.

        Raises:
            InputError: A number of it is in no row, or in several that differ; one line.
        """
        rows = [row for row in self._rows_of(image) if self._is_about(row, sample, mesh)]
        found = {}
        for column in (*NUMBERS, UNIT):
            values = {row.numbers[column] for row in rows if column in row.numbers}
            if len(values) > 1:
                shown = ", ".join(f"{value:g}" for value in sorted(values))
                raise InputError(f"{self.path}: has several {column} ({shown}) for sample '{sample}'; leave one")
            if not values and column != UNIT:
                raise InputError(
                    f"{self.path}: has no {column} for sample '{sample}' ({image.name} with {mesh.name}); add it"
                )
            found[column] = values.pop() if values else None
        return found

    def rows_with(self, scene: int | None, image: int, item: int | None = None) -> list[BopRow]:
        """Rows about an image, or an object, of these numbers; those that do not say one are about any.

        Args:
            scene: None: any.
            image: In the scene.
            item: Of the object; None: any.
        """
        wanted = {"scene_id": scene, "im_id": image, "obj_id": item}
        rows = [*self._numbered.get(image, []), *self._numbered.get(None, [])]
        return [
            row
            for row in rows
            if (row.image or row.mesh)
            and all(value is None or row.numbers.get(key, value) == value for key, value in wanted.items())
        ]

    def place(self, cell: str) -> Path:
        """The path that a cell means."""
        return self.path.parent / cell.replace("\\", "/")

    @property
    def unit(self) -> float | None:
        """Millimeters in a unit of all meshes, if the table says one for all."""
        units = {row.numbers[UNIT] for row in self.rows if UNIT in row.numbers}
        return units.pop() if len(units) == 1 else None

    def _rows_of(self, image: Path) -> list[BopRow]:
        """Those about an image and those that name none: of rows with its path only these, else those with its end."""
        rows = [row for name in {image.name, image.stem} for row in self._named.get(name, [])]
        resolved = image.resolve()
        exact = [row for row in rows if self.place(row.image).resolve() == resolved]
        return [*(exact or [row for row in rows if _ends_with(image, row.image)]), *self._named.get("", [])]

    @cached_property
    def _named(self) -> dict[str, list[BopRow]]:
        """Rows by the last part of their image, "" for those that name none."""
        groups: dict[str, list[BopRow]] = {}
        for row in self.rows:
            groups.setdefault(PurePosixPath(row.image.replace("\\", "/")).name, []).append(row)
        return groups

    @cached_property
    def _numbered(self) -> dict[int | None, list[BopRow]]:
        """Rows by the number of their image, None for those that name none."""
        groups: dict[int | None, list[BopRow]] = {}
        for row in self.rows:
            groups.setdefault(row.numbers.get("im_id"), []).append(row)
        return groups

    def _is_about(self, row: BopRow, sample: str, mesh: Path) -> bool:
        if row.sample and row.sample != sample:
            return False
        return not row.mesh or self.place(row.mesh).resolve() == mesh.resolve() or _ends_with(mesh, row.mesh)


def read_bop_table(path: Path) -> BopTable:
    """The table in a file.

    Raises:
        InputError: It cannot be read, has none of the columns, or a number that is none; one line.
    """
    headings, records = table_records(read_table(path, "ids"), path)
    if not set(NUMBERS) & set(headings) and UNIT not in headings:
        raise InputError(f"{path}: has none of the columns {', '.join((*NUMBERS, UNIT))}; name them in its first line")
    unknown = [name for name in headings if name and name not in BOP_COLUMNS]
    if unknown:
        raise InputError(f"{path}: has a column {unknown[0]}, which is not known; it may have {', '.join(BOP_COLUMNS)}")
    rows = [_parse_row(row, f"{path}: row {number}") for number, row in enumerate(records, start=1)]
    return BopTable(path, rows)


def find_bop_table(file: Path) -> BopTable | None:
    """The table of BOP's file: in its folder, or one above. Raises InputError if it cannot be read."""
    folders = [file.resolve().parent, *file.resolve().parent.parents][: LEVELS + 1]
    path = next((folder / BOP_TABLE_NAME for folder in folders if (folder / BOP_TABLE_NAME).is_file()), None)
    return None if path is None else read_bop_table(path)


def _parse_row(cells: dict[str | None, Any], where: str) -> BopRow:
    texts = {key: (cells.get(key) or "").strip() for key in BOP_COLUMNS}
    numbers: dict[str, Any] = {name: _whole_number(texts[name], f"{where}: {name}") for name in NUMBERS if texts[name]}
    if texts[UNIT]:
        numbers[UNIT] = parse_unit(texts[UNIT], f"{where}: {UNIT}")
    return BopRow(texts["sample"], texts["image"], texts["mesh"], numbers)


def parse_unit(text: str, where: str) -> float:
    """Millimeters in a unit. Raises InputError if the text is no positive number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{where} is '{text}'; give a positive number of millimeters, 1000 for meshes in meters")
    return value


def _whole_number(text: str, where: str) -> int:
    number = parse_whole(text)
    if number is None:
        raise InputError(f"{where} is '{text[:LONGEST_SHOWN]}'; give a whole number")
    return number


def _ends_with(path: Path, cell: str) -> bool:
    """Whether the end of a path, with or without its suffix, is what a cell says; leading dots of the cell aside."""
    parts = [part for part in PurePosixPath(cell.replace("\\", "/")).parts if part not in ("..", ".", "/")]
    own = path.parts[-len(parts) :] if parts else ()
    return bool(parts) and list(own[:-1]) == parts[:-1] and parts[-1] in (path.name, path.stem)
