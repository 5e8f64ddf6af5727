"""The same images estimated over a range of something, such as the number of faces: times by stage, errors, memory."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.estimates.runs import Job, run_side_by_side
from benchmarks.report import machine_line, markdown_table, with_ratios, write_csv, write_plot
from camera_estimation.configuration import resolve_device
from camera_estimation.errors import InputError

LEADING = {"seconds": "seconds", "ratio": "ratio", "cpu_seconds": "CPU seconds"}
ENDING = {"median_error_deg": "median error, °", "peak_gib": "peak memory, GiB"}


def run_sweep(
    name: str, quantity: str, jobs: Mapping[int, Sequence[Job]], title: str, arguments: argparse.Namespace
) -> str:
    """Estimate everything, each value of the quantity in a process of its own; write tables and plot.

    Args:
        name: Of the files.
        quantity: Its name.
        jobs: By the values of the quantity.
        title: Of the plot.
        arguments: ``output_dir`` and ``device``.

    Returns:
        The report.

    Raises:
        InputError: An image could not be estimated.
    """
    machine = machine_line(resolve_device(arguments.device))
    found = run_side_by_side({str(value): own for value, own in jobs.items()})
    if failures := [row["error"] for rows, _ in found.values() for row in rows if row["error"]]:
        raise InputError(failures[0])
    summaries = with_ratios([_summarize(quantity, int(value), *own) for value, own in found.items()])
    stages = [key for key in summaries[0] if key not in (quantity, *LEADING, *ENDING)]
    folder: Path = arguments.output_dir
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / f"{name}.csv", summaries)
    lines = {stage: [(row[quantity], row[stage]) for row in summaries] for stage in ("seconds", *stages)}
    write_plot(folder / f"{name}.png", [(title, quantity, lines)], "seconds an image")
    columns = {quantity: quantity, **LEADING, **{stage: stage.replace("_", " ") for stage in stages}, **ENDING}
    report = f"{machine}\n\n{markdown_table(columns, summaries)}\n"
    (folder / f"{name}.md").write_text(report, encoding="utf-8")
    return report


def _summarize(quantity: str, value: int, rows: Sequence[Mapping[str, Any]], peak: float | None) -> dict[str, Any]:
    times = [key for key in rows[0] if isinstance(rows[0][key], float) and "error" not in key]
    return {
        quantity: value,
        **{time: statistics.median(row[time] for row in rows) for time in times},
        "median_error_deg": statistics.median(row["rotation_error_deg"] for row in rows),
        "peak_gib": peak,
    }


def sweep_parser(description: str | None, name: str) -> argparse.ArgumentParser:
    """The flags that all sweeps have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="default", help="a name or a TOML file")
    parser.add_argument("--views", type=int, default=3, metavar="N", help="images of each mesh")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the images that are made")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--output_dir", type=Path, default=Path(f"out/benchmarks/{name}"))
    parser.add_argument("--quick", action="store_true", help="one image, and what takes longest left out")
    return parser
