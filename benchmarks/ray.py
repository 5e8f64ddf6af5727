"""Many small samples through Ray on this machine: what each costs beside its estimate, and how memory grows.

Usage: python -m benchmarks.ray [--samples 10000] [--workers 2] [--quick] [--output_dir FOLDER]

Runs of `camera-estimate --executor ray`, with meshes and pictures that are sent to its workers and files that come
back, but with estimates that take no time: what is left is what it costs to read, send, write and keep a sample. The
table has, after so many samples, the memory of the run itself (resident, and not shared with others), the wall time of
each sample since the row before, and the processor time of the run for each. The last row is of one process without
Ray, with a tenth of the samples: Ray costs the difference. Wall times on a busy machine say little.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.report import machine_line, markdown_table, write_csv
from benchmarks.workers import MEGABYTE, ONE_THREAD, private_bytes, write_many
from tests.support.small_samples import write_box, write_disc
from tests.support.stubbed_estimate import estimate_process

SHARES = (0.1, 0.2, 0.5, 0.98)  # of the samples, after which is measured
MESHES, QUICK_SAMPLES = 20, 200
COLUMNS = {
    "case": "run",
    "samples": "samples",
    "memory_mb": "memory, MB",
    "wall_ms": "wall, ms a sample",
    "processor_ms": "processor of the run, ms a sample",
}
Row = dict[str, str | int | float]


def write_samples(folder: Path, count: int) -> Path:
    """A table of so many small pictures of some meshes, all of a mesh after each other."""
    rows = ["mesh,image"]
    for number in range(MESHES):
        write_box(folder / "meshes" / f"box_{number}.glb")
        write_disc(folder / "pictures" / f"disc_{number}.png", radius=5 + number % 12)
        rows.append(f"meshes/box_{number}.glb,pictures/disc_{number}.png")
    pairs = folder / "pairs.csv"
    pairs.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return write_many(folder, pairs, count)


def measure_run(case: str, table: Path, folder: Path, flags: Sequence[str], moments: Sequence[int]) -> list[Row]:
    """A row for each number of samples after which is measured. Raises SystemExit where a sample is lost."""
    arguments = ["--pairs", str(table), "--json", "--quiet", *flags]
    threads, first = dict.fromkeys(ONE_THREAD, "1"), moments[0] // 2  # by then all workers have begun
    run = estimate_process(0.0, arguments, folder, env=threads, stdout=subprocess.PIPE)
    assert run.stdout is not None
    process, names, rows = psutil.Process(run.pid), set(), []
    before, measured = (time.monotonic(), 0.0), 0
    for line in run.stdout:
        names.add(json.loads(line)["name"])
        if len(names) == first:
            before, measured = _used_seconds(process), first
        if len(names) in moments:
            now = _used_seconds(process)
            spent = [1000 * (last - start) for start, last in zip(before, now, strict=True)]
            wall, used = (each / (len(names) - measured) for each in spent)
            rows.append(_row(case, len(names), private_bytes(process) / MEGABYTE, wall, used))
            before, measured = now, len(names)
    if run.wait() or len(rows) < len(moments):
        raise SystemExit(f"error: {case}: code {run.returncode} after {len(names)} samples")
    return rows


def _row(case: str, samples: int, memory: float, wall: float, processor: float) -> Row:
    return {"case": case, "samples": samples, "memory_mb": memory, "wall_ms": wall, "processor_ms": processor}


def _used_seconds(process: psutil.Process) -> tuple[float, float]:
    """Of the clock, and of the processor."""
    times = process.cpu_times()
    return time.monotonic(), times.user + times.system


def count_done(folder: Path) -> int:
    """Samples that poses.json has as done."""
    entries = json.loads((folder / "poses.json").read_text(encoding="utf-8"))["poses"]
    return len({entry["name"] for entry in entries if entry["status"] == "ok"})


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10000, metavar="N")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SAMPLES} samples")
    parser.add_argument("--output_dir", type=Path, default=Path("out/benchmarks/ray"))
    arguments = parser.parse_args(argv)
    import torch

    from camera_estimation.commands.estimate.executor import executor_registry

    if lacking := executor_registry.get("ray").missing():
        raise SystemExit(f"error: {lacking}")
    samples = QUICK_SAMPLES if arguments.quick else arguments.samples
    heading = machine_line(torch.device("cpu"))
    flags = ["--executor", "ray", "--workers", str(arguments.workers)]
    moments, few = [round(share * samples) for share in SHARES], max(100, samples // 10)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = write_samples(folder, samples)
        rows = measure_run(f"Ray, {arguments.workers} workers", table, folder / "ray", flags, moments)
        done = count_done(folder / "ray")
        rows += measure_run("one process", table, folder / "one", ["--max_samples", str(few)], [round(0.98 * few)])
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    write_csv(arguments.output_dir / "ray.csv", rows)
    report = f"{heading}; {done} of {samples} samples done\n\n{markdown_table(COLUMNS, rows)}\n"
    (arguments.output_dir / "ray.md").write_text(report, encoding="utf-8")
    print(report)
    return int(done != samples)


if __name__ == "__main__":
    sys.exit(main())
