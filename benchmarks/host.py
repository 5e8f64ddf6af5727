"""The machine that is measured on, and whether it has anything else to do."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import time
from pathlib import Path

BUSY_CORES = 0.25  # that others keep busy, from which on times are doubtful
KILOBYTE, GIB = 2**10, 2**30
LIBRARIES = ("torch", "warp-lang", "numpy", "mitsuba", "easypytorch3d")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
IDLE_COLUMNS = (3, 4)  # of /proc/stat: idle, and waiting for disks


def describe_host() -> list[tuple[str, str]]:
    """Names and values of what times depend on."""
    rows = [
        ("date", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())),
        ("processor", f"{_processor_name()}, {usable_cores()} cores"),
        ("memory", _memory()),
        ("system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"),
        ("libraries", ", ".join(f"{name} {_version(name)}" for name in LIBRARIES if _version(name))),
        ("camera-estimation", f"{_version('camera-estimation') or 'not installed'}, {_commit()}"),
        ("load before", _load()),
    ]
    threads = [f"{name}={os.environ[name]}" for name in THREAD_VARIABLES if name in os.environ]
    return [*rows, ("threads", ", ".join(threads))] if threads else rows


def usable_cores() -> int:
    """Of this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def doubt_before() -> str | None:
    """One line where the machine is busy before anything has run."""
    if not hasattr(os, "getloadavg") or os.getloadavg()[0] < BUSY_CORES * usable_cores():
        return None
    return f"the machine is busy (load {_load()} on {usable_cores()} cores): times are larger than on a quiet one"


def busy_seconds() -> float | None:
    """Of all cores since the machine started; None on systems that do not tell."""
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return None
    ticks = [int(value) for value in first.split()[1:9]]  # those after are counted in these
    return sum(count for column, count in enumerate(ticks) if column not in IDLE_COLUMNS) / os.sysconf("SC_CLK_TCK")


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    if "SC_PHYS_PAGES" not in os.sysconf_names:
        return "unknown"
    return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / GIB:.0f} GiB"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _version(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "commit unknown"
