"""Where the time of one image from the shell goes, outside of the estimate too.

Usage: python -m benchmarks.start_up [--repeats 5] [--quick] [camera-estimate's flags, by default --demo]

The first table has the wall time of processes that do nothing but import, beside that of an empty one. The second
follows one `camera-estimate`: until its arguments are read, until all is imported and checked, the sample's stages, its
files and the run's, and the end of the process. Medians of so many runs, after one that compiles kernels; --quick takes
one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch

from benchmarks.report import machine_line, markdown_table, write_csv

IMPORTED = {
    "python": "pass",
    "numpy": "import numpy",
    "torch": "import torch",
    "torch and warp": "import torch, warp",
    "scipy.ndimage": "import scipy.ndimage",
    "opencv": "import cv2",
    "the command line": "import camera_estimation.cli.estimate",
}
# Runs the command and notes moments in the file that is its first argument.
FOLLOWED = """
import json, sys, time
moments = {"python": time.time()}
from camera_estimation.cli.estimate import main
moments["arguments"] = time.time()
from camera_estimation.io import process
settle = process.settle_process
def note_settling():
    settle()
    moments["imports and checks"] = time.time()
process.settle_process = note_settling
noted, sys.argv = sys.argv[1], [sys.argv[0], *sys.argv[2:]]
invoke = main.invoke
def follow(context):
    try:
        return invoke(context)
    finally:
        moments["estimate and files"] = time.time()
        with open(noted, "w") as file:
            json.dump(moments, file)
main.invoke = follow
main.run_as_program()
"""


def import_seconds(statement: str, repeats: int) -> float:
    """Wall time of a process that only imports."""
    return statistics.median(process_seconds(["-c", statement]) for _ in range(repeats))


def process_seconds(arguments: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def follow_run(flags: Sequence[str], folder: Path) -> dict[str, float]:
    """Seconds of each part of one run of ``camera-estimate``."""
    noted = folder / "moments.json"
    start = time.time()
    process_seconds(["-c", FOLLOWED, str(noted), *flags, "--output_dir", str(folder / "out"), "--overwrite"])
    end = time.time()
    moments = {"start": start, **json.loads(noted.read_text(encoding="utf-8")), "end of the process": end}
    names = list(moments)
    return {name: moments[name] - moments[before] for before, name in pairwise(names)}


def measure_parts(flags: Sequence[str], repeats: int) -> list[dict[str, str | float]]:
    """The rows of the second table."""
    with tempfile.TemporaryDirectory() as made:
        runs = [follow_run(flags, Path(made)) for _ in range(repeats + 1)][1:]
    parts = [{"part": part, "seconds": statistics.median(run[part] for run in runs)} for part in runs[0]]
    return [*parts, {"part": "in all", "seconds": statistics.median(sum(run.values()) for run in runs)}]


def main(argv: Sequence[str] | None = None) -> None:
    # No abbreviations: what begins like a flag of these may be one of camera-estimate.
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--repeats", type=int, default=5, metavar="N")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/start_up"))
    parser.add_argument("--quick", action="store_true", help="one run of each")
    arguments, flags = parser.parse_known_args(argv)
    folder, repeats = arguments.output_dir, 1 if arguments.quick else arguments.repeats
    folder.mkdir(parents=True, exist_ok=True)
    imports = [{"import": name, "seconds": import_seconds(statement, repeats)} for name, statement in IMPORTED.items()]
    parts = measure_parts(flags or ["--demo"], repeats)
    tables = [
        markdown_table({"import": "import", "seconds": "seconds"}, imports),
        markdown_table({"part": "part of a run", "seconds": "seconds"}, parts),
    ]
    report = "\n\n".join([machine_line(torch.device("cpu")), *tables]) + "\n"
    write_csv(folder / "imports.csv", imports)
    write_csv(folder / "parts.csv", parts)
    (folder / "start_up.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
