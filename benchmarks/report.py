"""What the benchmarks write: tables in Markdown and CSV, and log-log plots."""

from __future__ import annotations

import csv
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

# Title of a panel, label of its x axis, and for each line its (x, y) points.
Panel = tuple[str, str, Mapping[str, Sequence[tuple[float, float]]]]


def machine_line(device: torch.device) -> str:
    """One line that says what the numbers were measured on; times on a shared machine need its load beside them."""
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


def write_plot(path: Path, panels: Sequence[Panel], ylabel: str) -> None:
    """Panels side by side, a line for each name, both axes logarithmic. Without matplotlib only a remark."""
    try:
        import matplotlib
    except ImportError:
        print(f"{path.name} is not drawn: pip install matplotlib")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(panels), figsize=(6 * len(panels), 4.5), squeeze=False, sharey=True)
    for axis, (title, xlabel, lines) in zip(axes[0], panels, strict=True):
        for index, (name, points) in enumerate(lines.items()):
            if points:
                axis.plot(*zip(*sorted(points), strict=True), marker="o", color=f"C{index}", label=name)
        axis.set(title=title, xlabel=xlabel, xscale="log", yscale="log")
        drawn = sorted({x for points in lines.values() for x, _ in points})
        axis.set_xticks(drawn, labels=[f"{x:g}" if x < 1e6 else f"{x:.1e}" for x in drawn])
        axis.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
        axis.grid(True, which="both", alpha=0.25)
    axes[0][0].set_ylabel(ylabel)
    axes[0][0].legend(fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
