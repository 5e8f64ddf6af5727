"""Measures this machine: time, memory and accuracy, with tables, plots and one page of it all.

Usage: python -m benchmarks [--quick] [--only NAME ...] [--list]

Each benchmark runs in a process of its own, one after the other; what it writes (tables in Markdown and CSV, plots) is
in a folder of its name in --output_dir, and all together on benchmarks.md and benchmarks.html there. --quick takes some
minutes, all of it about an hour on two cores. Close what else runs: other work on the machine makes times longer, by
far more than its share where it has threads, and is told where it was noticed. Compare numbers of one run only.

Each can be called by itself, with more flags: python -m benchmarks.stages -h. Beside those, benchmarks.generated_meshes
compares alignments of meshes that generators made of pictures of your own, and scripts/check_cuda.sh checks a GPU.

What is compared with is optional: pip install "camera-estimation[benchmarks,pytorch3d]"
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.catalog import find_benchmarks
from benchmarks.host import describe_host, doubt_before
from benchmarks.own_process import run_benchmark
from benchmarks.page import html_page, markdown_page, measured_part, write_documentation
from camera_estimation.errors import InputError
from camera_estimation.io import write_text

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--list", action="store_true", help="tell which benchmarks there are, and run none")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these instead of all")
    parser.add_argument("--quick", action="store_true", help="some minutes: fewer and smaller cases")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks"))
    parser.add_argument(
        "--write_docs",
        nargs="?",
        type=Path,
        const=DOCUMENTATION,
        metavar="FILE.md",
        help="put the tables into a page of the documentation, docs/benchmarks.md unless another is named",
    )
    return parser.parse_args(argv)


def run_all(arguments: argparse.Namespace) -> bool:
    """Run what is asked for and write the page; whether all went well. Raises InputError for what is not there."""
    benchmarks = find_benchmarks(arguments.only)
    folder = arguments.output_dir.resolve()
    host, doubt = describe_host(), doubt_before()
    doubts = [doubt] if doubt else []
    for line in doubts:
        print(f"warning: {line}", flush=True)
    outcomes = []
    for benchmark in benchmarks:
        print(f"\n== {benchmark.title} ==", flush=True)
        outcome = run_benchmark(benchmark, folder / benchmark.name, arguments.quick, arguments.device)
        outcomes.append(outcome)
        if outcome.disturbed:
            print(f"warning: other work kept {outcome.others:.1f} cores busy meanwhile: run it again", flush=True)
        page = markdown_page(host, doubts, outcomes)
        write_text(folder / "benchmarks.md", page)
        write_text(folder / "benchmarks.html", html_page(page, folder))
    if arguments.write_docs:
        write_documentation(arguments.write_docs, measured_part(host, doubts, outcomes, pictures=False))
    print(f"\nAll on one page: {folder / 'benchmarks.html'}")
    return not any(outcome.failed for outcome in outcomes)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    try:
        if arguments.list:
            for benchmark in find_benchmarks(arguments.only):
                print(f"{benchmark.name:14}{benchmark.title}")
            return 0
        return 0 if run_all(arguments) else 1
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
