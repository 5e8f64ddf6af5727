"""Samples that are estimated stage by stage, with new meshes and known ones, and under the profilers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.stage_times.clock import StageClock, watch_stages
from benchmarks.stage_times.profile import function_rows, operation_rows, profile_functions, profile_operations
from benchmarks.stage_times.samples import Work
from camera_estimation.errors import InputError


@dataclass
class Found:
    """What was measured under one preset; lists are by image."""

    preset: str
    first: float  # seconds of the first image in the process, which pays for kernels and libraries
    new: StageClock = field(default_factory=StageClock)
    known: StageClock = field(default_factory=StageClock)
    new_seconds: list[float] = field(default_factory=list)
    known_seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)
    functions: list[dict[str, Any]] = field(default_factory=list)


def measure(preset: str, works: Sequence[Work], profiled: int, most: int, functions: bool) -> Found:
    """All samples under one preset, and so many of them under the profilers: of torch, and of Python for ``functions``,
    whose tables have ``most`` rows. Raises InputError if there is none that could be estimated."""
    usable, failures = [], []
    start = time.perf_counter()
    works[0].estimate(works[0].prepare(StageClock()), StageClock())
    found = Found(preset, time.perf_counter() - start)
    for work in works:
        try:
            measure_sample(work, found)
        except InputError as error:
            failures.append(str(error))
            continue
        usable.append(work)
        print(
            f"{preset}, {work.sample.name}: {found.new_seconds[-1]:.2f} s, {found.known_seconds[-1]:.2f} s", flush=True
        )
    found.failures = failures
    if not usable:
        raise InputError(failures[0])
    profile(usable[:profiled], found, most, functions)
    return found


def measure_sample(work: Work, found: Found) -> None:
    """With a new mesh, then again with the same."""
    new, known = StageClock(), StageClock()
    with watch_stages(new):
        estimator = work.prepare(new)
        work.estimate(estimator, new)
    with watch_stages(known):
        work.estimate(estimator, known)
    for clock, together, seconds in (
        (new, found.new, found.new_seconds),
        (known, found.known, found.known_seconds),
    ):
        together.add(clock)
        seconds.append(clock.total)


def profile(works: Sequence[Work], found: Found, most: int, functions: bool) -> None:
    """Runs of the samples under the profilers, with known meshes."""
    prepared = [(work, work.prepare(StageClock())) for work in works]
    for work, estimator in prepared:
        work.estimate(estimator, StageClock())

    def estimate_all() -> None:
        for work, estimator in prepared:
            work.estimate(estimator, StageClock())

    found.operations = operation_rows(profile_operations(estimate_all), len(works), most)
    if functions:
        found.functions = function_rows(profile_functions(estimate_all), len(works), most)
