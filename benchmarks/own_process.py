"""A benchmark in a process of its own, with the memory and the processors' time that it took as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.catalog import Benchmark
from benchmarks.host import BUSY_CORES, GIB, KILOBYTE, busy_seconds

ROOT = Path(__file__).parents[1]
LAST_LINES = 40  # of the output of what failed, or of what writes no tables


@dataclass(frozen=True)
class Outcome:
    """How a benchmark went.

    Attributes:
        benchmark: Which.
        command: As one would type it.
        failed: Whether it did.
        text: Its tables, in Markdown, or what it printed last.
        pictures: Files.
        seconds: In all.
        peak_gib: The most memory of its largest process; None on systems that do not tell.
        others: Cores that others kept busy meanwhile, on average; None likewise.
    """

    benchmark: Benchmark
    command: str
    failed: bool
    text: str
    pictures: tuple[Path, ...]
    seconds: float
    peak_gib: float | None
    others: float | None

    @property
    def disturbed(self) -> bool:
        """Whether others kept so much of the machine busy that the times are doubtful."""
        return self.others is not None and self.others > BUSY_CORES


def run_benchmark(benchmark: Benchmark, folder: Path, quick: bool, device: str) -> Outcome:
    """Run it with its results in ``folder``, showing what it prints."""
    folder.mkdir(parents=True, exist_ok=True)
    flags = benchmark.command(folder, quick, device)
    for earlier in (*folder.glob("*.md"), *_pictures(folder)):
        earlier.unlink()
    start, busy = time.perf_counter(), busy_seconds()
    code, lines, usage = _run([sys.executable, *flags])
    seconds, busy_after = time.perf_counter() - start, busy_seconds()
    others = None
    if usage is not None and busy is not None and busy_after is not None:
        others = max(busy_after - busy - usage.ru_utime - usage.ru_stime, 0.0) / seconds
    unit = 1 if sys.platform == "darwin" else KILOBYTE
    return Outcome(
        benchmark,
        " ".join(["python", *(flag for flag in flags if flag != str(folder))]).replace(" --output_dir", ""),
        code != 0,
        _section(folder, lines, code != 0),
        tuple(_pictures(folder)),
        seconds,
        None if usage is None else usage.ru_maxrss * unit / GIB,
        others,
    )


def _run(command: list[str]) -> tuple[int, list[str], Any]:
    """The exit code, all lines that were printed, and the use of resources where the system tells it."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        print(line, end="", flush=True)
        lines.append(line.rstrip("\n"))
    if not hasattr(os, "wait4"):
        return process.wait(), lines, None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, lines, usage


def _section(folder: Path, lines: list[str], failed: bool) -> str:
    tables = sorted(folder.glob("*.md"))
    if tables and not failed:
        return "\n\n".join(table.read_text(encoding="utf-8").strip() for table in tables)
    return "\n".join(["```", *lines[-LAST_LINES:], "```"])


def _pictures(folder: Path) -> list[Path]:
    """Those that a page shows."""
    return sorted(folder.glob("*.png"))
