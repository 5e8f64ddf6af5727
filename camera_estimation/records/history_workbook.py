"""history.xlsx: the histories of a run, a sheet for each sample, and one of totals."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.io import write_bytes
from camera_estimation.records.history_table import HISTORY_NAME, Cell, read_history
from camera_estimation.results import sample_folder

if TYPE_CHECKING:
    from openpyxl import Workbook

WORKBOOK_NAME = "history.xlsx"
TOTALS = "Totals"
TOTALS_COLUMNS = (
    *("sample", "sheet", "status", "start", "iterations", "first objective", "last objective", "loss type", "loss"),
    *("silhouette IoU", "ambiguous", "seconds", "error"),
)
# What Excel forbids: characters, a name of its own, and how long names may be.
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
RESERVED_NAME = "history"
LONGEST_NAME = 31
SHOWN = "0.00000"  # how numbers are shown; the cells hold 16 digits
WIDEST, NARROWEST = 40, 9  # characters of a column


def sheet_names(samples: Iterable[str], taken: Iterable[str] = (TOTALS,)) -> list[str]:
    """A name that Excel allows for each sample; they differ by more than case."""
    used = {name.casefold() for name in (*taken, RESERVED_NAME)}
    names = []
    for sample in samples:
        base = FORBIDDEN_IN_NAMES.sub("_", sample).strip("'") or "_"
        name, number = base[:LONGEST_NAME].rstrip("'"), 1
        while name.casefold() in used:
            number += 1
            ending = f"~{number}"
            name = base[: LONGEST_NAME - len(ending)] + ending
        used.add(name.casefold())
        names.append(name)
    return names


def write_workbook(output_dir: Path, entries: Sequence[dict[str, Any]]) -> None:
    """From the histories in the samples' folders; ``entries`` are those of poses.json. Failed samples have no sheet."""
    from openpyxl import Workbook

    recorded = [entry for entry in entries if entry["status"] == "ok" and _has_history(output_dir, entry)]
    names = dict(zip((entry["name"] for entry in recorded), sheet_names(e["name"] for e in recorded), strict=True))
    histories = {name: read_history(sample_folder(output_dir, name)) for name in names}
    book = Workbook()
    del book[book.sheetnames[0]]  # the one that new books have
    totals = [_total(entry, names.get(entry["name"]), histories.get(entry["name"])) for entry in entries]
    _add_sheet(book, TOTALS, list(TOTALS_COLUMNS), totals)
    for name, (headings, rows) in histories.items():
        _add_sheet(book, names[name], headings, rows)
    stream = io.BytesIO()
    book.save(stream)
    write_bytes(output_dir / WORKBOOK_NAME, stream.getvalue())


def _has_history(output_dir: Path, entry: dict[str, Any]) -> bool:
    return (sample_folder(output_dir, entry["name"]) / HISTORY_NAME).is_file()


def _total(entry: dict[str, Any], sheet: str | None, history: tuple[list[str], list[list[Cell]]] | None) -> list[Cell]:
    objectives: list[Cell] = []
    if history is not None:
        column = history[0].index("objective")
        objectives = [row[column] for row in history[1]]
    seconds = entry["seconds"]
    return [
        entry["name"],
        sheet,
        entry["status"],
        entry["start"],
        len(objectives) - 1 if objectives else None,  # the last row is the answer
        objectives[0] if objectives else None,
        objectives[-1] if objectives else None,
        entry["loss_type"],
        entry["loss"],
        entry["silhouette_iou"],
        entry["ambiguous"],
        None if seconds is None else sum(seconds.values()),
        entry["error"],
    ]


def _add_sheet(book: Workbook, name: str, headings: list[str], rows: Sequence[Sequence[Cell]]) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    for row, cells in enumerate([headings, *rows], start=1):
        for column, value in enumerate(cells, start=1):
            cell = sheet.cell(row, column)
            if isinstance(value, str):
                # Text that begins like a formula stays text.
                cell.value, cell.data_type = _printable(value), "s"
            elif value is not None:
                cell.value = value
                if isinstance(value, float):
                    cell.number_format = SHOWN
    for column, heading in enumerate(headings, start=1):
        longest = max([len(heading), *(len(_shown(cells[column - 1])) for cells in rows)])
        sheet.column_dimensions[get_column_letter(column)].width = 2 + min(max(longest, NARROWEST), WIDEST)
        title = sheet.cell(1, column)
        title.font = Font(bold=True)
        if any(isinstance(cells[column - 1], int | float) for cells in rows):
            title.alignment = Alignment(horizontal="right")
    sheet.freeze_panes = "D2" if name != TOTALS else "B2"


def _shown(value: Cell) -> str:
    return "" if value is None else f"{value:.5f}" if isinstance(value, float) else str(value)


def _printable(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("�", text)
