"""Tables and bars of where the time of an image goes."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.estimates.runs import peak_memory
from benchmarks.report import Bars, markdown_table, write_bars, write_csv
from benchmarks.stage_times.runs import Found

STAGE_COLUMNS = {
    "stage": "stage",
    "new_seconds": "new mesh, s",
    "seconds": "known mesh, s",
    "share": "share",
    "processor": "CPU, s",
    "launches": "launches",
    "kernels": "kernels, s",
}
KERNEL_COLUMNS = {
    "kernel": "kernel",
    "launches": "launches",
    "items": "items",
    "seconds": "seconds",
    "launch_us": "µs a launch",
}
OPERATION_COLUMNS = {
    "operation": "operation of torch",
    "calls": "calls",
    "seconds": "seconds",
    "share": "share",
    "stage": "mostly in",
}
FUNCTION_COLUMNS = {
    "function": "function",
    "calls": "calls",
    "seconds": "with what it calls, s",
    "own_seconds": "own, s",
}
TOTAL = "all"


def stage_rows(found: Found) -> list[dict[str, Any]]:
    """A row for each stage, in the order in which they run, and one for all; means over the images."""
    images, total = len(found.known_seconds), sum(found.known_seconds)
    rows = []
    for name, new in found.new.stages.items():
        known = found.known.stages.get(name)
        rows.append(
            {
                "stage": name,
                "new_seconds": new.wall / images,
                "seconds": known.wall / images if known else None,
                "share": f"{known.wall / total:.0%}" if known else "",
                "processor": known.processor / images if known else None,
                "launches": known.launches / images if known else None,
                "kernels": known.kernels / images if known else None,
            }
        )
    sums = {
        key: sum(row[key] or 0.0 for row in rows)
        for key in ("new_seconds", "seconds", "processor", "launches", "kernels")
    }
    return [*rows, {"stage": TOTAL, "share": "100%", **sums}]


def kernel_rows(found: Found) -> list[dict[str, Any]]:
    """A row for each kernel, that which takes longest first; of an image with a known mesh."""
    images = len(found.known_seconds)
    return [
        {
            "kernel": name,
            "launches": use.launches / images,
            "items": use.items / images,
            "seconds": use.seconds / images,
            "launch_us": 1e6 * use.seconds / use.launches,
        }
        for name, use in sorted(found.known.kernels.items(), key=lambda item: -item[1].seconds)
    ]


def describe(found: Found) -> str:
    """All tables of one preset."""
    memory = peak_memory()
    lines = [
        f"Preset {found.preset}, {len(found.known_seconds)} images: median {statistics.median(found.new_seconds):.3g} s"
        f" with a new mesh, {statistics.median(found.known_seconds):.3g} s with a known one. The first image of this"
        f" process took {found.first:.3g} s." + (f" Peak memory so far {memory:.2f} GiB." if memory else "")
    ]
    lines += [f"Failed: {failure}" for failure in found.failures]
    parts = [
        "\n".join(lines),
        markdown_table(STAGE_COLUMNS, stage_rows(found)),
        markdown_table(KERNEL_COLUMNS, kernel_rows(found)),
        markdown_table(OPERATION_COLUMNS, found.operations),
    ]
    if found.functions:
        parts.append(markdown_table(FUNCTION_COLUMNS, found.functions))
    return "\n\n".join(parts)


def write_files(folder: Path, founds: Sequence[Found]) -> None:
    """Tables in CSV, and bars of the stages."""
    for name, rows_of in (
        ("stages", stage_rows),
        ("kernels", kernel_rows),
        ("operations", lambda found: found.operations),
        ("functions", lambda found: found.functions),
    ):
        if rows := [{"preset": found.preset, **row} for found in founds for row in rows_of(found)]:
            write_csv(folder / f"{name}.csv", rows)
    bars: Bars = {}
    for found in founds:
        rows = [row for row in stage_rows(found) if row["stage"] != TOTAL]
        bars[f"{found.preset}, new mesh"] = {row["stage"]: row["new_seconds"] for row in rows}
        bars[f"{found.preset}, known mesh"] = {row["stage"]: row["seconds"] or 0.0 for row in rows}
    write_bars(folder / "stages.png", bars, "seconds an image")
