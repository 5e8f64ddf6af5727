"""Which processors this process may use, and how many of them others leave free."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

GROUPS_FILE, GROUPS_FOLDER = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
MICROSECOND = 1e-6
LEAST_INTERVAL = 0.1  # seconds between two looks: the system counts in hundredths
OVERLOOKED = 0.3  # of a processor, that others may use of one which counts as free: every desktop uses some


@dataclass(frozen=True)
class ProcessorQuota:
    """What a Linux control group, such as a container, may use; ``processors`` may be a fraction."""

    processors: float
    folder: Path

    def used_seconds(self) -> float | None:
        """By all processes of the group; None where the system does not count them with the quota (version 1)."""
        try:
            lines = (self.folder / "cpu.stat").read_text(encoding="ascii").splitlines()
        except OSError:
            return None
        counts = dict(line.split(maxsplit=1) for line in lines if line)
        return int(counts["usage_usec"]) * MICROSECOND if "usage_usec" in counts else None


def find_quota(groups_file: Path = GROUPS_FILE, groups_folder: Path = GROUPS_FOLDER) -> ProcessorQuota | None:
    """The tightest quota of the control groups that this process is in; None where there is none."""
    try:
        lines = groups_file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    quotas = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = groups_folder / "cpu" if controllers else groups_folder
        # A container sees its own group at the top, whatever its path is outside.
        for part in [Path(path.lstrip("/")), *Path(path.lstrip("/")).parents]:
            processors = _read_quota(top / part)
            if processors is not None:
                quotas.append(ProcessorQuota(processors, top / part))
    return min(quotas, key=lambda quota: quota.processors, default=None)


def _read_quota(folder: Path) -> float | None:
    """Of one group, in version 2 or 1 of control groups."""
    for names in (["cpu.max"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"]):
        try:
            quota, period = " ".join((folder / name).read_text(encoding="ascii") for name in names).split()
            return int(quota) / int(period) if quota != "max" and int(quota) > 0 else None
        except (OSError, ValueError):
            continue
    return None


def usable_processors() -> float:
    """How many this process may use: those that it is bound to, within the quota of its container."""
    quota = find_quota()
    bound = float(len(_bound_processors()))
    return bound if quota is None else min(bound, quota.processors)


def whole_processors(free: float) -> int:
    """How many threads or workers free processors are for; it may be none.

    Args:
        free: As ``FreeProcessors.look`` gives it.
    """
    return math.floor(free + OVERLOOKED)


def _bound_processors() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


@dataclass(frozen=True)
class _Counts:
    """Seconds since some moment: of the clock, of other processes on our processors, and of others in our group."""

    time: float
    others: float
    others_in_group: float


class FreeProcessors:
    """How many processors other processes leave to this one, from look to look."""

    def __init__(self) -> None:
        self._bound = _bound_processors()
        self._quota = find_quota()
        self._before = self._count()

    def look(self) -> float | None:
        """Those of ``usable_processors`` that no other process used since the last look; None if that was just now."""
        now, before = self._count(), self._before
        seconds = now.time - before.time
        if seconds < LEAST_INTERVAL:
            return None
        self._before = now
        free = len(self._bound) - max(0.0, now.others - before.others) / seconds
        if self._quota is not None:
            in_group = max(0.0, now.others_in_group - before.others_in_group) / seconds
            free = min(free, self._quota.processors - in_group)
        return max(0.0, free)

    def _count(self) -> _Counts:
        own = time.process_time()
        used = None if self._quota is None else self._quota.used_seconds()
        busy = _busy_seconds(self._bound)
        return _Counts(time.monotonic(), busy - own, 0.0 if used is None else used - own)


def _busy_seconds(processors: list[int]) -> float:
    """Of all processes. Those that have been told to be nice make way by themselves; but we may be one of them."""
    import psutil

    nice = hasattr(os, "getpriority") and os.getpriority(os.PRIO_PROCESS, 0) > 0
    fields = ("user", "system", "irq", "softirq", "steal", *(["nice"] if nice else []))
    counts = psutil.cpu_times(percpu=True)
    known = [counts[number] for number in processors if number < len(counts)]
    return sum(getattr(count, field, 0.0) for count in known for field in fields)
