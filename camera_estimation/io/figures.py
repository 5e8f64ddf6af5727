"""Figures of matplotlib as files: PNG to look at, PDF and SVG for papers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camera_estimation.io.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_SUFFIXES = (".png", ".pdf", ".svg")
# The same figure gives the same file, and its text stays text that can be searched and edited.
LASTING: Any = {"svg.hashsalt": "camera-estimation", "svg.fonttype": "none", "pdf.fonttype": 42}
DATES = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}}


def write_figure(path: Path, figure: Figure) -> None:
    """Write a figure as PNG, and as PDF and SVG beside it.

    Args:
        path: Of the PNG.
        figure: To be written at its own size and resolution.

    Raises:
        InputError: A file cannot be written.
    """
    from matplotlib import rc_context

    for suffix in FIGURE_SUFFIXES:
        stream = io.BytesIO()
        with rc_context(LASTING):
            figure.savefig(stream, format=suffix[1:], metadata=DATES.get(suffix))
        write_bytes(path.with_suffix(suffix), stream.getvalue())


def figure_files(name: str) -> tuple[str, ...]:
    """The files of ``write_figure``; ``name`` is that of the PNG."""
    return tuple(Path(name).with_suffix(suffix).name for suffix in FIGURE_SUFFIXES)
