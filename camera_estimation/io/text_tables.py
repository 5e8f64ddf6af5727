"""Tables as plain text and as Markdown. The first column is aligned left, the others right."""

from __future__ import annotations

from collections.abc import Sequence

Rows = Sequence[Sequence[str]]
GAP = "  "


def text_table(headings: Sequence[str], rows: Rows) -> list[str]:
    """Lines for a terminal.

    Args:
        headings: Of the columns.
        rows: Of as many cells.
    """
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    ruled = [headings, ["-" * width for width in widths], *rows]
    return [GAP.join(_justify(row, widths)).rstrip() for row in ruled]


def markdown_table(headings: Sequence[str], rows: Rows) -> list[str]:
    """Lines for a Markdown file.

    Args:
        headings: Of the columns.
        rows: Of as many cells; bars in them are escaped.
    """
    rule = ["---", *["---:"] * (len(headings) - 1)]
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (headings, *rows)]
    return [f"| {' | '.join(row)} |" for row in (escaped[0], rule, *escaped[1:])]


def _justify(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
