"""What an estimate is made of below its stages: operations of torch, and functions of Python."""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.autograd.profiler import record_function

from camera_estimation.poses import Trace

PACKAGE = "camera_estimation"
STAGE_MARK = "stage "  # begins the names of ranges that are stages
OUTSIDE = "outside"  # of all stages
MICROSECOND = 1e-6


@dataclass
class OperationUse:
    """Calls of an operation, the seconds that they took without those inside of them, and by stage."""

    calls: int = 0
    seconds: float = 0.0
    by_stage: Counter[str] = field(default_factory=Counter)


def profile_operations(work: Callable[[], None]) -> dict[str, OperationUse]:
    """Torch's operations while ``work`` runs, on the device where there is one, else on the CPU."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    if torch.cuda.is_available():
        activities.append(torch.profiler.ProfilerActivity.CUDA)
    with torch.profiler.profile(activities=activities, acc_events=True) as profiler, _mark_stages():
        work()
    events = profiler.events()
    stages = [
        (event.time_range.start, event.time_range.end, event.name.removeprefix(STAGE_MARK))
        for event in events
        if event.name.startswith(STAGE_MARK)
    ]
    found: dict[str, OperationUse] = defaultdict(OperationUse)
    for event in events:
        if event.name.startswith(STAGE_MARK):
            continue
        seconds = MICROSECOND * (event.self_device_time_total or event.self_cpu_time_total)
        use = found[event.name]
        use.calls += 1
        use.seconds += seconds
        use.by_stage[_stage_at(event.time_range.start, stages)] += seconds
    return found


def _stage_at(moment: float, stages: list[tuple[float, float, str]]) -> str:
    """The shortest stage around a moment."""
    around = [(end - start, name) for start, end, name in stages if start <= moment <= end]
    return min(around)[1] if around else OUTSIDE


@contextmanager
def _mark_stages() -> Iterator[None]:
    time_stage = Trace.__call__

    @contextmanager
    def marked_stage(trace: Trace, name: str) -> Iterator[None]:
        with record_function(STAGE_MARK + name), time_stage(trace, name):
            yield

    Trace.__call__ = marked_stage
    try:
        yield
    finally:
        Trace.__call__ = time_stage


def operation_rows(found: dict[str, OperationUse], images: int, most: int) -> list[dict[str, Any]]:
    """The operations that took longest, for an image."""
    total = sum(use.seconds for use in found.values())
    longest = sorted(found.items(), key=lambda item: -item[1].seconds)[:most]
    return [
        {
            "operation": name,
            "calls": use.calls / images,
            "seconds": use.seconds / images,
            "share": f"{use.seconds / total:.0%}",
            "stage": use.by_stage.most_common(1)[0][0],
        }
        for name, use in longest
    ]


def profile_functions(work: Callable[[], None]) -> pstats.Stats:
    """Python's functions while ``work`` runs. The profile makes small functions look slower than they are."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return pstats.Stats(profile)


def function_rows(stats: pstats.Stats, images: int, most: int) -> list[dict[str, Any]]:
    """The functions of the package that took longest with all they call, for an image."""
    timed: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = stats.stats  # type: ignore[attr-defined]
    own = [(key, value) for key, value in timed.items() if PACKAGE in Path(key[0]).parts]
    own.sort(key=lambda item: -item[1][3])
    return [
        {
            "function": f"{_place(file)}:{name}",
            "calls": calls / images,
            "seconds": cumulative / images,
            "own_seconds": alone / images,
        }
        for (file, _, name), (_, calls, alone, cumulative, _) in own[:most]
    ]


def _place(file: str) -> str:
    parts = Path(file).parts
    return "/".join(parts[len(parts) - parts[::-1].index(PACKAGE) :])
