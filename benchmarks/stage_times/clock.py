"""Where the time of an estimate goes: a clock that the stages, their parts and the kernels' launches move on."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import warp as wp

from camera_estimation.poses import Trace

# Of what a sample's way from its files to its files begins and ends with; the stages between name themselves.
LOAD_IMAGE, LOAD_MESH, SET_UP, BETWEEN, WRITE = "load image", "load mesh", "set up", "between stages", "write files"


@dataclass
class Spent:
    """Seconds of the clock on the wall and of all threads' processors, and launches of kernels with the seconds that
    they took, those of several threads added up."""

    wall: float = 0.0
    processor: float = 0.0
    launches: int = 0
    kernels: float = 0.0

    def add(self, other: Spent) -> None:
        """Count another's in."""
        self.wall += other.wall
        self.processor += other.processor
        self.launches += other.launches
        self.kernels += other.kernels


@dataclass
class KernelUse:
    """How often a kernel was launched, for how many items, and the seconds that took."""

    launches: int = 0
    items: int = 0
    seconds: float = 0.0

    def add(self, other: KernelUse) -> None:
        """Count another's in."""
        self.launches += other.launches
        self.items += other.items
        self.seconds += other.seconds


@dataclass
class StageClock:
    """What was spent on each stage; every moment counts for one of them, so that they add up to the whole."""

    stages: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    kernels: dict[str, KernelUse] = field(default_factory=lambda: defaultdict(KernelUse))
    current: str = BETWEEN
    _open: Spent = field(default_factory=Spent)
    _since: tuple[float, float] = field(default_factory=lambda: _now())
    _lock: Lock = field(default_factory=Lock)

    def start(self) -> None:
        """What was before counts for nothing."""
        self._open, self._since = Spent(), _now()

    def settle(self, name: str) -> None:
        """All since the last call counts for ``name``."""
        wall, processor = _now()
        with self._lock:
            self._open.wall += wall - self._since[0]
            self._open.processor += processor - self._since[1]
            self.stages[name].add(self._open)
            self._open, self._since = Spent(), (wall, processor)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What happens inside counts for ``name``, unless for a stage or part inside of it."""
        self.settle(self.current)
        outer, self.current = self.current, name
        try:
            yield
        finally:
            self.settle(name)
            self.current = outer

    def settle_part(self, name: str) -> None:
        """All since the stage or its last part began was a part of that name."""
        self.settle(name if name.startswith(self.current) else f"{self.current}: {name}")

    @property
    def total(self) -> float:
        """Seconds of all stages together."""
        return sum(spent.wall for spent in self.stages.values())

    def add(self, other: StageClock) -> None:
        """Count another's stages and kernels in."""
        for name, spent in other.stages.items():
            self.stages[name].add(spent)
        for name, use in other.kernels.items():
            self.kernels[name].add(use)

    def count_launch(self, kernel: str, items: int, seconds: float) -> None:
        """One launch, from any thread."""
        with self._lock:
            self._open.launches += 1
            self._open.kernels += seconds
            use = self.kernels[kernel]
            use.launches += 1
            use.items += items
            use.seconds += seconds


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


@contextmanager
def watch_stages(clock: StageClock) -> Iterator[StageClock]:
    """While this lasts, all estimates of the process move the clock on."""
    time_stage, record_stage, launch = Trace.__call__, Trace.record_stage, wp.launch

    @contextmanager
    def watched_stage(trace: Trace, name: str) -> Iterator[None]:
        with clock.stage(name), time_stage(trace, name):
            yield

    def watched_record(trace: Trace, name: str, *arguments: Any) -> None:
        record_stage(trace, name, *arguments)
        clock.settle_part(name)

    Trace.__call__, Trace.record_stage = watched_stage, watched_record
    wp.launch = _watch_launches(launch, clock)
    try:
        clock.start()
        yield clock
        clock.settle(clock.current)
    finally:
        Trace.__call__, Trace.record_stage, wp.launch = time_stage, record_stage, launch


def _watch_launches(launch: Callable[..., Any], clock: StageClock) -> Callable[..., Any]:
    """On a GPU each launch is waited for: its time is the kernel's then, and the whole is slower."""

    def watched_launch(kernel: wp.Kernel, dim: int | Sequence[int], *arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        result = launch(kernel, dim, *arguments, **options)
        if (stream := options.get("stream")) is not None:
            wp.synchronize_stream(stream)
        items = dim if isinstance(dim, int) else math.prod(dim)
        clock.count_launch(kernel.key, items, time.perf_counter() - start)
        return result

    return watched_launch
