"""How many workers a machine is for, and what each of them gets of it."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from camera_estimation.commands.estimate.executors._process_messages import WorkerSettings
from camera_estimation.configuration import Configuration, resolve_device
from camera_estimation.io import FreeProcessors, chooses_threads, free_memory, usable_processors, whole_processors

# Measured, rounded up: what a worker takes of the machine's memory after some samples, and of a device's.
WORKER_BYTES, WORKER_BYTES_WITH_CUDA, DEVICE_BYTES = 1200 * 2**20, 3 * 2**30, 3 * 2**30
USED_SHARE = 0.8  # of free memory
PROCESSORS_PER_CUDA_WORKER = 2  # with which a large GPU was kept busy (16 processors, 8 workers)
LOOK_SECONDS = 0.25
GIGABYTE = 2**30


@dataclass(frozen=True)
class ChosenWorkers:
    """What each of the workers gets, and lines about it."""

    workers: Sequence[WorkerSettings]
    remarks: Sequence[str]


def choose_workers(config: Configuration, pieces: int) -> ChosenWorkers:
    """As many as are asked for, or as the machine is for; never more than there are pieces.

    Threads are shared: all workers together have as many as --threads or OMP_NUM_THREADS say, else as there are
    processors.

    Args:
        config: Its device and ``execution`` count.
        pieces: Of work.
    """
    devices = _list_devices(config.device)
    with_cuda = devices[0].startswith("cuda")
    asked, remarks = config.execution.workers, []
    count, reason = (min(asked, max(1, pieces)), "") if asked else _suit_machine(devices, with_cuda, pieces)
    threads = max(1, math.floor(_processors() / count))
    follows = chooses_threads() and threads > 1
    if asked:
        remarks += _memory_remarks(count, with_cuda)
    else:
        remarks.append(f"{_describe_workers(count, threads, follows)}: {reason}")
    settings = [WorkerSettings(devices[place % len(devices)], threads, follows) for place in range(count)]
    return ChosenWorkers(settings, remarks)


def _list_devices(name: str) -> list[str]:
    """Those that workers are dealt out to: all of CUDA unless one is named."""
    device = resolve_device(name)
    if device.type != "cuda" or ":" in name:
        return [str(device)]
    import torch

    return [f"cuda:{index}" for index in range(torch.cuda.device_count())]


def _processors() -> float:
    told = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    return float(told) if told.isdigit() and int(told) else usable_processors()


def _suit_machine(devices: Sequence[str], with_cuda: bool, pieces: int) -> tuple[int, str]:
    """How many workers, and why not more."""
    free = whole_processors(_free_processors())
    memory = free_memory()
    each = WORKER_BYTES_WITH_CUDA if with_cuda else WORKER_BYTES
    told = f"{memory / GIGABYTE:.0f} GB of memory are free, and a worker may take {each / GIGABYTE:.1f}"
    limits = {told: math.floor(USED_SHARE * memory / each)}
    if with_cuda:
        limits[f"{_describe_free(free)}, and a worker takes {PROCESSORS_PER_CUDA_WORKER}"] = (
            free // PROCESSORS_PER_CUDA_WORKER
        )
        limits[f"a worker may take {DEVICE_BYTES / GIGABYTE:.0f} GB of a GPU's memory"] = _count_on_devices(devices)
    else:
        limits = {_describe_free(free): free, **limits}
    limits["there is no more to do at once"] = pieces
    reason = min(limits, key=lambda each: limits[each])
    return max(1, limits[reason]), reason


def _describe_workers(count: int, threads: int, follows: bool) -> str:
    workers = "1 worker" if count == 1 else f"{count} workers"
    if threads == 1:
        return workers
    return f"{workers} with {'up to ' if follows else ''}{threads} threads{'' if count == 1 else ' each'}"


def _describe_free(free: int) -> str:
    """Of the processors that others leave, as whole ones."""
    if free == 0:
        return "other programs need the processors"
    if not chooses_threads() and free == math.floor(_processors()):
        return f"{'1 thread is' if free == 1 else f'{free} threads are'} asked for"
    total = max(free, math.floor(usable_processors()))
    if total == 1:
        return "there is one processor"
    return f"{free} of {total} processors {'is' if free == 1 else 'are'} free"


def _free_processors() -> float:
    processors = FreeProcessors()
    time.sleep(LOOK_SECONDS)
    free = processors.look()
    return _processors() if free is None else min(free, _processors())


def _count_on_devices(devices: Sequence[str]) -> int:
    import torch

    sizes = [torch.cuda.get_device_properties(device).total_memory for device in devices]
    return sum(max(1, math.floor(USED_SHARE * size / DEVICE_BYTES)) for size in sizes)


def _memory_remarks(count: int, with_cuda: bool) -> list[str]:
    needed, free = count * (WORKER_BYTES_WITH_CUDA if with_cuda else WORKER_BYTES), free_memory()
    if needed <= free:
        return []
    told = f"{count} workers take about {needed / GIGABYTE:.1f} GB, of which {free / GIGABYTE:.1f} GB are free"
    return [f"{told}: --workers auto takes fewer"]
