"""Parts of the page as HTML; every text is escaped."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image

THUMBNAIL = 256  # pixels of the longer side
JPEG_QUALITY = 80
BACKGROUND = (205, 205, 205, 255)


@dataclass(frozen=True)
class Cell:
    """``value`` is what the column sorts by, None: at the end. ``note`` stands smaller after the text."""

    text: str
    value: float | str | None = None
    note: str = ""
    kind: str = ""  # "text", "reason" or "bad"


def table(headings: Sequence[str], rows: Sequence[Sequence[Cell]], sortable: bool = True) -> str:
    """``headings`` of columns of text end with a space."""
    head = "".join(_heading(heading, sortable) for heading in headings)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    kind = ' class="sortable"' if sortable else ""
    return f'<div class="scroll"><table{kind}><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'


def figure(picture: Path | None, window: tuple[float, float, float, float], caption: str, reason: str, alt: str) -> str:
    """A thumbnail with its caption (HTML), or the reason why there is none."""
    source = None if picture is None else thumbnail(picture, window)
    if source is None:
        return f'<figure><div class="missing">{escape(reason)}</div><figcaption>{caption}</figcaption></figure>'
    return f'<figure><img src="{source}" alt="{escape(alt)}"><figcaption>{caption}</figcaption></figure>'


def thumbnail(path: Path, window: tuple[float, float, float, float]) -> str | None:
    """The part of a picture within ``window`` (left, top, right, bottom as shares of it) as data of the page; None if
    it cannot be read."""
    try:
        with Image.open(path) as file:
            shown = file.convert("RGBA")
    except OSError:
        return None
    left, top, right, bottom = window
    width, height = shown.size
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    shown = Image.alpha_composite(Image.new("RGBA", shown.size, BACKGROUND), shown).crop(box)
    shown.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    shown.convert("RGB").save(stream, "JPEG", quality=JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def object_window(paths: Sequence[Path]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom, as shares of the image, of what renders of one frame show, with a margin."""
    parts = []
    for path in paths:
        with Image.open(path) as render:
            box = render.convert("RGBA").getchannel("A").getbbox()
            if box:
                parts.append([side / full for side, full in zip(box, render.size * 2, strict=True)])
    if not parts:
        return 0.0, 0.0, 1.0, 1.0
    lefts, tops, rights, bottoms = zip(*parts, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    x, y = 0.15 * (right - left), 0.15 * (bottom - top)
    return max(0.0, left - x), max(0.0, top - y), min(1.0, right + x), min(1.0, bottom + y)


def _heading(heading: str, sortable: bool) -> str:
    text = escape(re.sub(r" (\S{1,3})$", "\N{NO-BREAK SPACE}\\1", heading.strip()))  # the unit stays at its word
    kind = ' class="text"' if heading.endswith(" ") else ""
    inner = f'<button type="button">{text}</button>' if sortable and text else text
    return f'<th scope="col"{kind}>{inner}</th>'


def _cell(cell: Cell) -> str:
    kind = f' class="{cell.kind}"' if cell.kind else ""
    value = "" if cell.value is None else f' data-value="{escape(str(cell.value))}"'
    note = f" <small>{escape(cell.note)}</small>" if cell.note else ""
    return f"<td{kind}{value}>{escape(cell.text)}{note}</td>"
