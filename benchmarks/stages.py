"""Where the time of an image goes: by stage, by kernel, by operation of torch and by function.

Usage: python -m benchmarks.stages [--presets default fast ...] [--functions]
       python -m benchmarks.stages --pairs pairs.csv [--intrinsics FILE] [--masks_dir DIR] [--max_samples N]

Samples are the packaged example, or those of a list of pairs; its column "model" names generators' presets. Each goes
from its files to its files twice: "new mesh" with a mesh that is read and prepared for it, as where every image has a
mesh of its own, and "known mesh" with one that an image before has used. Every moment counts for one stage or part of
one, so that the rows add up; they are means over the images. What is paid once a process (kernels that are loaded,
libraries that are imported at their first use) is paid in a run before.

"CPU" are seconds of all threads. "kernels" are those of Warp: seconds inside of their launches, of several threads
added up; on a GPU each launch is waited for. Times of operations and functions are of further runs under torch's and
Python's profilers, on the first --profiled images: their sum is more than an image takes without.

What runs now, in C too, can be looked at from outside: py-spy record --native -o flame.svg -- python -m
benchmarks.stages (pip install py-spy).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.estimation_runs import peak_memory
from benchmarks.report import Bars, machine_line, markdown_table, write_bars, write_csv
from benchmarks.stage_clock import StageClock, watch_stages
from benchmarks.stage_profile import function_rows, operation_rows, profile_functions, profile_operations
from benchmarks.stage_samples import Work, find_work
from camera_estimation.batch import SampleRequest
from camera_estimation.configuration import Configuration, resolve_device
from camera_estimation.errors import InputError

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


@dataclass
class Found:
    """What was measured under one preset; lists are by image."""

    preset: str
    first: float  # seconds of the first image in the process, which pays for kernels and libraries
    new: StageClock = field(default_factory=StageClock)
    known: StageClock = field(default_factory=StageClock)
    new_seconds: list[float] = field(default_factory=list)
    known_seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    functions: list[dict[str, Any]] = field(default_factory=list)


def measure(preset: str, works: Sequence[Work], arguments: argparse.Namespace) -> Found:
    """All samples under one preset. Raises InputError if there is none that could be estimated."""
    usable, failures = [], []
    start = time.perf_counter()
    works[0].estimate(works[0].prepare(StageClock()), StageClock())
    found = Found(preset, time.perf_counter() - start)
    for work in works:
        try:
            measure_sample(work, found)
        except InputError as error:
            failures.append(str(error))
            continue
        usable.append(work)
        print(
            f"{preset}, {work.sample.name}: {found.new_seconds[-1]:.2f} s, {found.known_seconds[-1]:.2f} s", flush=True
        )
    found.failures = failures
    if not usable:
        raise InputError(failures[0])
    profile(usable[: arguments.profiled], found, arguments.top, arguments.functions)
    return found


def measure_sample(work: Work, found: Found) -> None:
    """With a new mesh, then again with the same."""
    new, known = StageClock(), StageClock()
    with watch_stages(new):
        estimator = work.prepare(new)
        work.estimate(estimator, new)
    with watch_stages(known):
        work.estimate(estimator, known)
    for clock, together, seconds in (
        (new, found.new, found.new_seconds),
        (known, found.known, found.known_seconds),
    ):
        together.add(clock)
        seconds.append(clock.total)


def profile(works: Sequence[Work], found: Found, most: int, functions: bool) -> None:
    """Runs of the samples under the profilers, with known meshes."""
    prepared = [(work, work.prepare(StageClock())) for work in works]
    for work, estimator in prepared:
        work.estimate(estimator, StageClock())

    def estimate_all() -> None:
        for work, estimator in prepared:
            work.estimate(estimator, StageClock())

    found.operations = operation_rows(profile_operations(estimate_all), len(works), most)
    if functions:
        found.functions = function_rows(profile_functions(estimate_all), len(works), most)


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


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=["default"], metavar="PRESET")
    parser.add_argument("--pairs", type=Path, metavar="FILE.csv", help="instead of the packaged example")
    parser.add_argument("--intrinsics", type=Path, metavar="FILE")
    parser.add_argument("--masks_dir", type=Path, metavar="DIR")
    parser.add_argument("--max_samples", type=int, metavar="N", help="only the first N images")
    parser.add_argument("--profiled", type=int, default=3, metavar="N", help="images under the profilers")
    parser.add_argument("--top", type=int, default=15, metavar="N", help="rows of operations and functions")
    parser.add_argument("--functions", action="store_true", help="functions of Python too, in a further run")
    parser.add_argument("--no_pictures", action="store_true", help="write no files of results")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/stages"))
    parser.add_argument("--quick", action="store_true", help="one image under the profilers")
    arguments = parser.parse_args(argv)
    if arguments.quick:
        arguments.profiled = 1
    return arguments


def main(argv: Sequence[str] | None = None) -> None:
    arguments = parse_arguments(argv)
    folder = arguments.output_dir
    request = SampleRequest(
        config=Configuration(),
        pairs=arguments.pairs,
        intrinsics=arguments.intrinsics,
        masks_dir=arguments.masks_dir,
        max_samples=arguments.max_samples,
        demo=arguments.pairs is None,
    )
    results = None if arguments.no_pictures else folder / "results"
    machine = machine_line(resolve_device(arguments.device))
    try:
        founds = [
            measure(preset, find_work(preset, arguments.device, request, results), arguments)
            for preset in arguments.presets
        ]
    except InputError as error:
        raise SystemExit(f"error: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    report = "\n\n".join([machine, *map(describe, founds)]) + "\n"
    (folder / "stages.md").write_text(report, encoding="utf-8")
    write_files(folder, founds)
    print(f"\n{report}\nTables and plot: {folder}")


if __name__ == "__main__":
    main()
