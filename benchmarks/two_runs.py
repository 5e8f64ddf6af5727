"""One run alone, two at once, and one beside a program that computes all the time: do they hinder each other?

Usage: python -m benchmarks.two_runs [--pairs FILE.csv --intrinsics FILE.json] [--images 12] [--threads N] [--quick]

Each run is a `camera-estimate` of its own over the same images, by default renders of the packaged example. "ratio" is
the wall time over that of the run alone: two runs one after the other would be 2. In the last row another process only
counts, on one processor. Without --threads each run takes as many threads as others leave free. Measure on an otherwise
idle machine.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.estimates.samples import make_samples
from benchmarks.report import machine_line, markdown_table, write_csv

COLUMNS = {"case": "case", "wall_s": "wall, s", "ratio": "ratio"}
COUNT = "while True: pass"
QUICK_IMAGES = 2


def write_made_pairs(folder: Path, images: int) -> Path:
    """A table of renders of the packaged example."""
    samples = make_samples(folder, (images + 1) // 2, seed=0, upright=False)[:images]
    path = folder / "pairs.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("mesh", "image"), *((sample.mesh, sample.image) for sample in samples)])
    return path


def estimate_at_once(arguments: Sequence[str], count: int, folder: Path) -> float:
    """Seconds that so many runs take, all started together. Raises SystemExit if one fails."""
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", *arguments, "--quiet", "--overwrite"]
    start = time.perf_counter()
    runs = [subprocess.Popen([*command, "--output_dir", str(folder / str(index))]) for index in range(count)]
    codes = [run.wait() for run in runs]
    if any(codes):
        raise SystemExit(f"error: camera-estimate ended with code {max(codes)}")
    return time.perf_counter() - start


def estimate_beside_work(arguments: Sequence[str], folder: Path) -> float:
    """Seconds of one run, while one other process computes."""
    busy = subprocess.Popen([sys.executable, "-c", COUNT])
    try:
        return estimate_at_once(arguments, 1, folder)
    finally:
        busy.terminate()
        busy.wait()


def measure_runs(arguments: Sequence[str], folder: Path) -> list[dict[str, str | float]]:
    """The rows of the table; kernels are compiled before the clock starts."""
    estimate_at_once([*arguments, "--max_samples", "1"], 1, folder)
    cases = {
        "one run": estimate_at_once(arguments, 1, folder),
        "two at once": estimate_at_once(arguments, 2, folder),
        "one beside a busy process": estimate_beside_work(arguments, folder),
    }
    alone = cases["one run"]
    return [{"case": case, "wall_s": seconds, "ratio": seconds / alone} for case, seconds in cases.items()]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, metavar="FILE.csv")
    parser.add_argument("--intrinsics", type=Path, metavar="FILE.json")
    parser.add_argument("--images", type=int, default=12, metavar="N")
    parser.add_argument("--threads", type=int, default=0, metavar="N", help="0: each run decides")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/two_runs"))
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_IMAGES} images")
    arguments = parser.parse_args(argv)
    images = QUICK_IMAGES if arguments.quick else arguments.images
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        pairs = arguments.pairs or write_made_pairs(Path(made), images)
        flags = ["--pairs", str(pairs), "--max_samples", str(images), "--threads", str(arguments.threads)]
        if arguments.intrinsics:
            flags += ["--intrinsics", str(arguments.intrinsics)]
        rows = measure_runs(flags, Path(made) / "out")
    report = f"{machine_line(torch.device('cpu'))}\n\n{markdown_table(COLUMNS, rows)}\n"
    write_csv(arguments.output_dir / "two_runs.csv", rows)
    (arguments.output_dir / "two_runs.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
