"""Tables as text of CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

# With what spreadsheets begin formulas, which are commands too; behind a quote they are text for them.
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
QUOTE = "'"


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """A line for each row, ended as Unix does; None is an empty cell, and text that a spreadsheet would take for a
    formula has a quote before it, see ``plain_cell``. Numbers, and numbers with spaces between them, are none."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([_harmless(cell) for cell in row] for row in rows)
    return stream.getvalue()


def plain_cell(cell: str) -> str:
    """The text that ``csv_text`` was given for a cell."""
    return cell[1:] if cell.startswith(QUOTE) and cell[1:].startswith(FORMULA_MARKS) else cell


def _harmless(cell: Any) -> Any:
    if not isinstance(cell, str) or not cell.startswith(FORMULA_MARKS) or _is_numeric(cell):
        return cell
    return f"{QUOTE}{cell}"


def _is_numeric(cell: str) -> bool:
    try:
        for word in cell.split(" "):
            float(word)
    except ValueError:
        return False
    return True
