"""Excel workbooks: sheets of plain values, where text stays text and numbers stay numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Cell: TypeAlias = "str | int | float | None"

# What Excel forbids: characters, a name of its own, and how long names may be.
FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
RESERVED_NAME = "history"
LONGEST_NAME = 31
NARROWEST, WIDEST = 9, 46  # characters of a column, without its margin
MARGIN = 2


@dataclass(frozen=True)
class Sheet:
    """A table with its headings in bold type.

    Attributes:
        name: One that Excel allows, see ``sheet_names``.
        headings: Of the columns.
        rows: Of as many cells as there are headings; None leaves a cell empty.
        frozen: The first cell that scrolls: rows above and columns left of it stay in sight.
        decimals: Of fractions as they are shown, while the cells hold all digits; None leaves it to Excel.
        has_filter: Whether rows can be chosen by the values of columns.
    """

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    frozen: str = "B2"
    decimals: int | None = None
    has_filter: bool = False


def workbook_bytes(sheets: Iterable[Sheet]) -> bytes:
    """The content of an xlsx file with these sheets."""
    from openpyxl import Workbook

    book = Workbook()
    del book[book.sheetnames[0]]  # the one that new books have
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet_names(
    titles: Iterable[str], taken: Iterable[str] = (), separator: str = "~", unnamed: str = "_"
) -> list[str]:
    """A name that Excel allows for each title; they differ by more than case.

    Args:
        titles: What the sheets are about.
        taken: Names of the workbook's other sheets.
        separator: Stands before the number of a title that comes again.
        unnamed: The name where nothing of a title is allowed.
    """
    used = {name.casefold() for name in (*taken, RESERVED_NAME)}
    names = []
    for title in titles:
        base = FORBIDDEN_IN_NAMES.sub("_", title).strip("'") or unnamed
        name, number = base[:LONGEST_NAME].rstrip("'"), 1
        while name.casefold() in used:
            number += 1
            ending = f"{separator}{number}"
            name = base[: LONGEST_NAME - len(ending)] + ending
        used.add(name.casefold())
        names.append(name)
    return names


def _fill(page: Worksheet, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    for row, values in enumerate([sheet.headings, *sheet.rows], start=1):
        for column, value in enumerate(values, start=1):
            _put(page, row, column, value, sheet.decimals)
    for column, heading in enumerate(sheet.headings, start=1):
        values = [row[column - 1] for row in sheet.rows]
        longest = max(len(_cell_text(value, sheet.decimals)) for value in (heading, *values))
        width = min(max(longest, NARROWEST), WIDEST) + MARGIN
        page.column_dimensions[get_column_letter(column)].width = width
        title = page.cell(1, column)
        title.font = Font(bold=True)
        if any(isinstance(value, int | float) for value in values):
            title.alignment = Alignment(horizontal="right")
    page.freeze_panes = sheet.frozen
    if sheet.has_filter:
        page.auto_filter.ref = page.dimensions


def _put(page: Worksheet, row: int, column: int, value: Cell, decimals: int | None) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if value is None:
        return
    cell = page.cell(row, column)
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)
        cell.data_type = "s"  # text that begins like a formula stays text
        return
    cell.value = value
    if isinstance(value, float) and decimals is not None:
        cell.number_format = f"{0:.{decimals}f}"


def _cell_text(value: Cell, decimals: int | None) -> str:
    if value is None:
        return ""
    return f"{value:.{decimals}f}" if isinstance(value, float) and decimals is not None else str(value)
