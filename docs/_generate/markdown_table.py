"""Tables in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are Markdown on one line; bars may stand in them."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def as_code(text: object) -> str:
    """In backticks; nothing for an empty text."""
    return f"`{text}`" if str(text) else ""


def plain_markdown(text: str) -> str:
    """A docstring's or a help's text on one line, with double backticks and flags as code."""
    joined = " ".join(text.split()).replace("``", "`")
    return re.sub(r"(?<![`\w-])(--[a-z][a-z_]*)", r"`\1`", joined)


def _cell(text: str) -> str:
    """Bars are escaped, but not those in code, which do not end a cell."""
    pieces = " ".join(text.split()).split("`")
    return "`".join(piece if index % 2 else piece.replace("|", "&#124;") for index, piece in enumerate(pieces))
