"""The table of objectives that ``--list_losses`` prints."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from camera_estimation.losses import LossObjective

# Milliseconds of an evaluation, alone and with its gradient; or why they could not be measured.
Times: TypeAlias = "tuple[float, float] | str"

HEADINGS = ("name", "made of", "good for", "needs", "ready here")
TIME_HEADINGS = ("ms", "with gradient")
NARROWEST_COLUMN = 12
GAP = "  "


def loss_table(
    losses: Mapping[str, type[LossObjective]],
    missing: Mapping[str, str | None],
    times: Mapping[str, Times] | None = None,
    width: int | None = None,
) -> str:
    """One row for each class of objective, then what those that are not ready lack (``missing``).

    ``times`` adds columns for them. ``width`` is in characters, by default that of the terminal.
    """
    width = width or shutil.get_terminal_size(fallback=(120, 24)).columns
    headings = HEADINGS if times is None else (*HEADINGS, *TIME_HEADINGS)
    rows = [
        (*_description(name, loss), "no" if missing[name] else "yes", *_time_cells(name, missing, times))
        for name, loss in losses.items()
    ]
    widths = _column_widths([headings, *rows], width)
    rule = GAP.join("-" * column for column in widths)
    table = [*_lines(headings, widths), rule, *(line for row in rows for line in _lines(row, widths))]
    failures = [f"{name}: {reason}" for name, reason in (times or {}).items() if isinstance(reason, str)]
    remarks = [*filter(None, missing.values()), *failures]
    return "\n".join([*table, "", *remarks] if remarks else table)


def _description(name: str, loss: type[LossObjective]) -> tuple[str, str, str, str]:
    """A class of a user that does not say what it is made of may say so in its docstring."""
    first_line = (loss.__doc__ or "").strip().partition("\n")[0]
    return name, loss.formula or first_line, loss.description, loss.requirements


def _time_cells(name: str, missing: Mapping[str, str | None], times: Mapping[str, Times] | None) -> tuple[str, ...]:
    if times is None:
        return ()
    measured = times.get(name)
    if measured is None:
        return ("no weights", "") if missing[name] else ("", "")
    return ("fails", "") if isinstance(measured, str) else (f"{measured[0]:.1f}", f"{measured[1]:.1f}")


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
