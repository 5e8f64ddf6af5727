"""Tables as plain text, as Markdown and for LaTeX. The first column is aligned left, the others right."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

Rows = Sequence[Sequence[str]]
GAP = "  "
LATEX_ESCAPES = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
TABLE_WIDTH = 120  # characters of a line in a file


def terminal_width() -> int:
    """How many characters a line of what is printed may have: the terminal's, or those of a file."""
    return shutil.get_terminal_size((TABLE_WIDTH, 0)).columns if sys.stdout.isatty() else TABLE_WIDTH


def text_table(headings: Sequence[str], rows: Rows, width: int = TABLE_WIDTH, together: int = 1) -> list[str]:
    """Lines of plain text. A table that is too wide is cut into several, one below the other, each with the first
    column.

    Args:
        headings: Of the columns.
        rows: Of as many cells.
        width: Characters of a line, if the first column and those that stay together need no more.
        together: How many columns after the first stay side by side.
    """
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    ruled = [headings, ["-" * width for width in widths], *rows]
    lines: list[str] = []
    for columns in _columns_that_fit(widths, width, together):
        lines += [""] if lines else []
        chosen = [widths[column] for column in columns]
        lines += [GAP.join(_justify([row[column] for column in columns], chosen)).rstrip() for row in ruled]
    return lines


def _columns_that_fit(widths: Sequence[int], most: int, together: int) -> list[list[int]]:
    """The columns of each part."""
    parts = [[0]]
    for start in range(1, len(widths), together):
        group = list(range(start, min(start + together, len(widths))))
        wide = sum(widths[column] + len(GAP) for column in (*parts[-1], *group)) - len(GAP)
        if wide > most and len(parts[-1]) > 1:
            parts.append([0])
        parts[-1] += group
    return parts


def markdown_table(headings: Sequence[str], rows: Rows) -> list[str]:
    """Lines for a Markdown file.

    Args:
        headings: Of the columns.
        rows: Of as many cells; bars in them are escaped.
    """
    rule = ["---", *["---:"] * (len(headings) - 1)]
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in (headings, *rows)]
    return [f"| {' | '.join(row)} |" for row in (escaped[0], rule, *escaped[1:])]


def latex_table(headings: Sequence[str], rows: Rows) -> list[str]:
    """Lines of a LaTeX table with the rules of booktabs.

    Args:
        headings: Of the columns.
        rows: Of as many cells, whose special characters are escaped.
    """
    first, *others = ([_escape_latex(cell) for cell in row] for row in (headings, *rows))
    lines = [" & ".join(row) + r" \\" for row in (first, *others)]
    return [
        rf"\begin{{tabular}}{{l{'r' * (len(headings) - 1)}}}",
        r"\toprule",
        lines[0],
        r"\midrule",
        *lines[1:],
        r"\bottomrule",
        r"\end{tabular}",
    ]


def _escape_latex(cell: str) -> str:
    return "".join(LATEX_ESCAPES.get(character, character) for character in cell)


def _justify(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
