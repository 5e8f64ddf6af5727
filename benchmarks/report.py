"""What the benchmarks write: tables in Markdown and CSV, and log-log plots."""

from __future__ import annotations

import csv
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

# Title of a panel, label of its x axis, and for each line its (x, y) points.
Panel = tuple[str, str, Mapping[str, Sequence[tuple[float, float]]]]
# Of each bar the lengths of its pieces, by their names.
Bars = dict[str, Mapping[str, float]]


def machine_line(device: torch.device) -> str:
    """One line that says what the numbers were measured on; times on a shared machine need its load beside them."""
    import torch  # here, for processes that only write tables are to be small

    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}"
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return f"CPU ({platform.machine()}), {torch.get_num_threads()} threads, torch {torch.__version__}{load}"


def markdown_table(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Columns map keys of the rows to headings; numbers are aligned to the right and shortened to three digits."""
    rows = list(rows)
    numeric = [not any(isinstance(row[key], str) for row in rows) for key in columns]
    lines = [
        "| " + " | ".join(columns.values()) + " |",
        "|" + "|".join("---:" if number else "---" for number in numeric) + "|",
    ]
    lines += ["| " + " | ".join(_cell(row[key]) for key in columns) + " |" for row in rows]
    return "\n".join(lines)


def with_ratios(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their time over that of the first."""
    return [{**row, "ratio": row["seconds"] / rows[0]["seconds"]} for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """All keys of the rows, in full precision."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_plot(path: Path, panels: Sequence[Panel], ylabel: str, steps: bool = False) -> None:
    """Panels side by side, a line for each name, as PNG and SVG; without matplotlib only a remark.

    Both axes are logarithmic, unless x counts ``steps``: then that one is not.
    """
    pyplot = _load_pyplot(path)
    if pyplot is None:
        return
    figure, axes = pyplot.subplots(1, len(panels), figsize=(6 * len(panels), 4.5), squeeze=False, sharey=True)
    for axis, (title, xlabel, lines) in zip(axes[0], panels, strict=True):
        for index, (name, points) in enumerate(lines.items()):
            if points:
                marker = "" if steps else "o"
                axis.plot(*zip(*sorted(points), strict=True), marker=marker, color=f"C{index}", label=name)
        axis.set(title=title, xlabel=xlabel, yscale="log")
        if not steps:
            drawn = sorted({x for points in lines.values() for x, _ in points})
            axis.set_xscale("log")
            axis.set_xticks(drawn, labels=[f"{x:g}" if x < 1e6 else f"{x:.1e}" for x in drawn])
            axis.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
        axis.grid(True, which="both", alpha=0.25)
    axes[0][0].set_ylabel(ylabel)
    axes[0][0].legend(fontsize="small")
    _save(figure, path)


def write_bars(path: Path, bars: Bars, xlabel: str) -> None:
    """Horizontal bars of pieces, each piece in its color, as PNG and SVG; without matplotlib only a remark."""
    pyplot = _load_pyplot(path)
    if pyplot is None:
        return
    pieces = list(dict.fromkeys(piece for lengths in bars.values() for piece in lengths))
    colors = pyplot.get_cmap("tab20").colors
    size = (10, 1.5 + 0.5 * len(bars) + 0.12 * len(pieces))
    figure, axis = pyplot.subplots(figsize=size, layout="constrained")
    for place, lengths in enumerate(bars.values()):
        left = 0.0
        for index, piece in enumerate(pieces):
            width = lengths.get(piece, 0.0)
            axis.barh(place, width, left=left, color=colors[index % len(colors)], label=piece if place == 0 else None)
            left += width
    axis.set_yticks(range(len(bars)), labels=list(bars))
    axis.invert_yaxis()
    axis.set_xlabel(xlabel)
    if len(pieces) > 1:
        figure.legend(fontsize="small", ncols=4, loc="outside lower center")
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot

    for file in (path, path.with_suffix(".svg")):
        figure.savefig(file, dpi=150, bbox_inches="tight")
    pyplot.close(figure)


def _load_pyplot(path: Path) -> Any:
    """Matplotlib's, which draws into files; None, and a remark, where it is not installed."""
    try:
        import matplotlib
    except ImportError:
        print(f"{path.name} is not drawn: pip install matplotlib")
        return None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
