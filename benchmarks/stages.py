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
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import machine_line
from benchmarks.stage_times.runs import measure
from benchmarks.stage_times.samples import find_work
from benchmarks.stage_times.tables import describe, write_files
from camera_estimation.batch import SampleRequest
from camera_estimation.configuration import Configuration, resolve_device
from camera_estimation.errors import InputError


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
            measure(
                preset,
                find_work(preset, arguments.device, request, results),
                arguments.profiled,
                arguments.top,
                arguments.functions,
            )
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
