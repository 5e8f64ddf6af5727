"""The table of objectives that ``--list_losses`` prints."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from camera_estimation.losses.objective import LossObjective

HEADINGS = ("name", "made of", "good for", "needs", "ready here")
NARROWEST_COLUMN = 12
GAP = "  "


def loss_table(losses: Mapping[str, type[LossObjective]], width: int | None = None) -> str:
    """One row for each class of objective, then what those that are not ready lack.

    ``width`` is in characters, by default that of the terminal.
    """
    width = width or shutil.get_terminal_size(fallback=(120, 24)).columns
    missing = {name: loss.missing() for name, loss in losses.items()}
    rows = [
        (name, loss.made_of, loss.good_for, loss.needs, "no" if missing[name] else "yes")
        for name, loss in losses.items()
    ]
    widths = _column_widths([HEADINGS, *rows], width)
    rule = GAP.join("-" * column for column in widths)
    table = [*_lines(HEADINGS, widths), rule, *(line for row in rows for line in _lines(row, widths))]
    lacking = [line for line in missing.values() if line]
    return "\n".join([*table, "", *lacking] if lacking else table)


def _column_widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """As wide as their contents; if that is too wide, the widest columns shrink alike, but never the names."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    room = width - len(GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths[1:]) > NARROWEST_COLUMN:
        widths[widths.index(max(widths[1:]), 1)] -= 1
    return widths


def _lines(cells: Sequence[str], widths: Sequence[int]) -> Iterable[str]:
    wrapped = [textwrap.wrap(cell, column) or [""] for cell, column in zip(cells, widths, strict=True)]
    for index in range(max(map(len, wrapped))):
        parts = [lines[index] if index < len(lines) else "" for lines in wrapped]
        yield GAP.join(part.ljust(column) for part, column in zip(parts, widths, strict=True)).rstrip()
