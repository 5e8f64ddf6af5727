"""Worker processes: how much more two do than one, beside a busy process too, and how their memory grows.

Usage: python -m benchmarks.workers [--pairs FILE.csv --intrinsics FILE.json] [--images 24] [--memory 1000] [--quick]

The first table has runs of `camera-estimate` over the same images, by default renders of the packaged example, with
one thread for each process: "gain" is how many times the images a second of one process, start-up left out (the time of
a run is that of so many images less that of a quarter of them). What the machine gives two processes at all, its last
row says: programs that only count. The second table has the memory that processes hold (resident, and not shared with
others) after a tenth, a fifth, half and all of the samples, of next to no estimate.
Measure on an otherwise idle machine.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import torch

from benchmarks.report import machine_line, markdown_table, write_csv
from benchmarks.two_runs import COUNT, write_made_pairs

SPEED_COLUMNS = {"case": "case", "images_per_s": "images a second", "gain": "gain"}
MEMORY_COLUMNS = {"samples": "samples", "run_mb": "run, MB", "workers_mb": "workers, MB each", "growth": "growth"}
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
SPIN = "import time\nend = time.monotonic() + 2\ncount = 0\nwhile time.monotonic() < end: count += 1\nprint(count)"
QUICK_IMAGES, QUICK_MEMORY = 8, 60
LOOK_SECONDS = 0.2
MEMORY_SHARES = (0.1, 0.2, 0.5, 1.0)  # of the samples, at which the memory is told
LOOKED_BACK = 2 / 3  # what is held at a moment depends on the image: the median since this share of the samples
MEGABYTE = 2**20
# Of estimates that take next to no time: what is measured is what stays of each.
SMALLEST = """
[search]
viewpoints = 60
rolls = 12
resolution = 32
candidates = 2
[[refinement.levels]]
resolution = 32
blur = 1.0
iterations = 2
keep = 1
[loss]
resolution = 32
"""


def start_run(arguments: Sequence[str], folder: Path, workers: int) -> subprocess.Popen:
    """``camera-estimate`` with so many workers of one thread each; of one the process itself estimates."""
    command = [sys.executable, "-m", "camera_estimation.cli.estimate", *arguments, "--quiet", "--overwrite"]
    command += ["--output_dir", str(folder), "--workers", str(workers), "--device=cpu", "--no_pictures"]
    threads = {name: str(workers) for name in ONE_THREAD}  # which workers share
    return subprocess.Popen(command, env={**os.environ, **threads})


def run_seconds(arguments: Sequence[str], folder: Path, workers: int) -> float:
    """Raises SystemExit if the run fails."""
    start = time.perf_counter()
    code = start_run(arguments, folder, workers).wait()
    if code:
        raise SystemExit(f"error: camera-estimate ended with code {code}")
    return time.perf_counter() - start


def images_per_second(arguments: Sequence[str], folder: Path, workers: int, images: int) -> float:
    """Without what a run takes whatever the number of images."""
    few = max(workers, images // 4)
    short = run_seconds([*arguments, "--max_samples", str(few)], folder, workers)
    return (images - few) / (run_seconds([*arguments, "--max_samples", str(images)], folder, workers) - short)


def spin_gain() -> float:
    """How many times as far two programs count at once as one does alone."""

    def count_at_once(number: int) -> int:
        programs = [
            subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE, text=True) for _ in range(number)
        ]
        return sum(int(program.communicate()[0]) for program in programs)

    alone = count_at_once(1)
    return count_at_once(2) / alone


def measure_speed(arguments: Sequence[str], folder: Path, images: int) -> list[dict[str, str | float | None]]:
    """The rows of the first table; kernels are compiled, and views drawn, before the clock starts."""
    run_seconds([*arguments, "--max_samples", str(images)], folder, 1)
    speeds = {"one process": images_per_second(arguments, folder, 1, images)}
    speeds["two workers"] = images_per_second(arguments, folder, 2, images)
    busy = subprocess.Popen([sys.executable, "-c", COUNT])
    try:
        speeds["one process beside a busy one"] = images_per_second(arguments, folder, 1, images)
    finally:
        busy.terminate()
        busy.wait()
    alone = speeds["one process"]
    rows: list[dict[str, str | float | None]] = [
        {"case": case, "images_per_s": speed, "gain": speed / alone} for case, speed in speeds.items()
    ]
    return [*rows, {"case": "two programs that count", "images_per_s": None, "gain": spin_gain()}]


def private_bytes(process: psutil.Process) -> int:
    return process.memory_full_info().uss


def measure_memory(folder: Path, pairs: Path, samples: int) -> list[dict[str, str | float]]:
    """The rows of the second table: after shares of the samples, the median of what was held in the third before."""
    settings = folder / "smallest.toml"
    settings.write_text(SMALLEST, encoding="utf-8")
    table = write_many(folder, pairs, samples)
    output = folder / "memory"
    run = start_run(["--pairs", str(table), "--config", str(settings)], output, 2)
    looks: list[tuple[int, float, float]] = []
    while run.poll() is None:
        time.sleep(LOOK_SECONDS)
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            looks.append((count_folders(output), *read_memory(psutil.Process(run.pid))))
    if run.returncode:
        raise SystemExit(f"error: camera-estimate ended with code {run.returncode}")
    return summarize_memory(looks, samples)


def summarize_memory(looks: Sequence[tuple[int, float, float]], samples: int) -> list[dict[str, str | float]]:
    """Rows of samples, megabytes of the run and of its workers, and the growth of both since the first row.

    Args:
        looks: Samples that were finished, and both, from time to time.
        samples: Of the whole run.
    """
    rows: list[dict[str, str | float]] = []
    for moment in [round(share * samples) for share in MEMORY_SHARES]:
        held = [look[1:] for look in looks if LOOKED_BACK * moment <= look[0] <= moment and look[2]]
        if not held:
            raise SystemExit("error: the run was too short to look at its memory")
        run_mb, workers_mb = (statistics.median(values) for values in zip(*held, strict=True))
        first = rows[0] if rows else {"run_mb": run_mb, "workers_mb": workers_mb}
        growth = [now / float(first[key]) - 1 for key, now in (("run_mb", run_mb), ("workers_mb", workers_mb))]
        told = ", ".join(f"{share:+.1%}" for share in growth)
        rows.append({"samples": moment, "run_mb": run_mb, "workers_mb": workers_mb, "growth": told})
    return rows


def read_memory(run: psutil.Process) -> tuple[float, float]:
    """Megabytes of the run, and of its workers in the mean."""
    workers = [child for child in run.children() if "spawn_main" in " ".join(child.cmdline())]
    each = [private_bytes(worker) / MEGABYTE for worker in workers]
    return private_bytes(run) / MEGABYTE, sum(each) / max(1, len(each))


def count_folders(output: Path) -> int:
    return sum(path.is_dir() for path in output.iterdir()) if output.is_dir() else 0


def write_many(folder: Path, pairs: Path, count: int) -> Path:
    """A table of so many samples of the images of another: of each a link, for names differ by their image."""
    with pairs.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    images = folder / "many"
    images.mkdir()
    made = []
    for number in range(count):
        row = rows[number % len(rows)]
        source = (pairs.parent / row["image"]).resolve()
        link = images / f"{source.stem}_{number:05d}{source.suffix}"
        os.link(source, link)
        made.append(((pairs.parent / row["mesh"]).resolve(), link))
    path = folder / "many.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("mesh", "image"), *made])
    return path


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, metavar="FILE.csv")
    parser.add_argument("--intrinsics", type=Path, metavar="FILE.json")
    parser.add_argument("--images", type=int, default=24, metavar="N", help="of the first table")
    parser.add_argument("--memory", type=int, default=1000, metavar="N", help="samples of the second table; 0: none")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/workers"))
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_IMAGES} images, {QUICK_MEMORY} samples")
    arguments = parser.parse_args(argv)
    images = QUICK_IMAGES if arguments.quick else arguments.images
    samples = min(QUICK_MEMORY, arguments.memory) if arguments.quick else arguments.memory
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    tables = [machine_line(torch.device("cpu"))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pairs = arguments.pairs or write_made_pairs(folder, images)
        flags = ["--pairs", str(pairs), *(["--intrinsics", str(arguments.intrinsics)] if arguments.intrinsics else [])]
        if images:
            speeds = measure_speed(flags, folder / "out", images)
            write_csv(arguments.output_dir / "speed.csv", speeds)
            tables.append(markdown_table(SPEED_COLUMNS, speeds))
        if samples:
            memory = measure_memory(folder, pairs, samples)
            write_csv(arguments.output_dir / "memory.csv", memory)
            tables.append(markdown_table(MEMORY_COLUMNS, memory))
    report = "\n\n".join(tables) + "\n"
    (arguments.output_dir / "workers.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
