from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from camera_estimation.commands.estimate.executors import _worker_count
from camera_estimation.commands.estimate.executors._worker_count import choose_workers
from tests.support.small_runs import SMALL_CONFIG

GIGABYTE = 2**30


class StubProcessors:
    free = 8.0

    def look(self):
        return self.free


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Of eight processors, which nobody uses, and much memory."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(_worker_count, "FreeProcessors", StubProcessors)
    monkeypatch.setattr(_worker_count, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(_worker_count, "usable_processors", lambda: 8.0)
    monkeypatch.setattr(_worker_count, "free_memory", lambda: 64 * GIGABYTE)
    return monkeypatch


def config_with(workers, device="cpu"):
    return replace(SMALL_CONFIG, device=device, execution=replace(SMALL_CONFIG.execution, workers=workers))


def has_cuda(machine, devices, gigabytes=80):
    machine.setattr(_worker_count, "resolve_device", lambda name: torch.device(name if ":" in name else "cuda:0"))
    machine.setattr(torch.cuda, "device_count", lambda: devices)
    properties = type("Properties", (), {"total_memory": gigabytes * GIGABYTE})
    machine.setattr(torch.cuda, "get_device_properties", lambda device: properties)


def test_workers_share_the_processors():
    chosen = choose_workers(config_with(3), 100)
    assert [(worker.device, worker.threads, worker.follows_load) for worker in chosen.workers] == [("cpu", 2, True)] * 3
    assert chosen.remarks == []
    assert [worker.threads for worker in choose_workers(config_with(20), 100).workers] == [1] * 20
    assert not choose_workers(config_with(20), 100).workers[0].follows_load


def test_threads_that_the_user_has_told_are_shared_too(machine):
    machine.setenv("OMP_NUM_THREADS", "4")
    chosen = choose_workers(config_with(2), 100)
    assert [(worker.threads, worker.follows_load) for worker in chosen.workers] == [(2, False)] * 2
    assert len(choose_workers(config_with(0), 100).workers) == 4


def test_there_are_no_more_workers_than_pieces():
    assert len(choose_workers(config_with(5), 2).workers) == 2
    assert len(choose_workers(config_with(5), 0).workers) == 1


@pytest.mark.parametrize(
    ("free", "memory", "pieces", "count", "line"),
    [
        (8.0, 64, 100, 8, "8 workers: 8 of 8 processors are free"),
        (2.8, 64, 100, 3, "3 workers with up to 2 threads each: 3 of 8 processors are free"),
        (1.235, 64, 100, 1, "1 worker with up to 8 threads: 1 of 8 processors is free"),
        (0.235, 64, 100, 1, "1 worker with up to 8 threads: other programs need the processors"),
        (8.0, 6, 100, 4, "4 workers with up to 2 threads each: 6 GB of memory are free, and a worker may take 1.2"),
        (8.0, 64, 3, 3, "3 workers with up to 2 threads each: there is no more to do at once"),
    ],
)
def test_auto_takes_as_many_as_the_machine_is_for_and_says_why(machine, free, memory, pieces, count, line):
    machine.setattr(StubProcessors, "free", free)
    machine.setattr(_worker_count, "free_memory", lambda: memory * GIGABYTE)
    chosen = choose_workers(config_with(0), pieces)
    assert len(chosen.workers) == count
    assert chosen.remarks == [line]


def test_a_number_of_threads_that_was_told_is_the_reason_where_it_decides(machine):
    machine.setenv("OMP_NUM_THREADS", "4")
    assert choose_workers(config_with(0), 99).remarks == ["4 workers: 4 threads are asked for"]
    assert choose_workers(config_with(0), 2).remarks == [
        "2 workers with 2 threads each: there is no more to do at once"
    ]
    machine.setattr(StubProcessors, "free", 2.0)
    assert choose_workers(config_with(0), 99).remarks == ["2 workers with 2 threads each: 2 of 8 processors are free"]
    machine.setenv("OMP_NUM_THREADS", "1")
    assert choose_workers(config_with(0), 99).remarks == ["1 worker: 1 thread is asked for"]


def test_a_machine_of_one_processor(machine):
    machine.setattr(StubProcessors, "free", 0.9)
    machine.setattr(_worker_count, "usable_processors", lambda: 1.0)
    assert choose_workers(config_with(0), 99).remarks == ["1 worker: there is one processor"]


def test_devices_are_dealt_out_unless_one_is_named(machine):
    has_cuda(machine, devices=2)
    assert [worker.device for worker in choose_workers(config_with(4, "auto"), 9).workers] == ["cuda:0", "cuda:1"] * 2
    assert [worker.device for worker in choose_workers(config_with(2, "cuda:1"), 9).workers] == ["cuda:1"] * 2


def test_auto_on_a_device_goes_by_processors_and_its_memory(machine):
    has_cuda(machine, devices=1)
    assert choose_workers(config_with(0, "auto"), 99).remarks == [
        "4 workers with up to 2 threads each: 8 of 8 processors are free, and a worker takes 2"
    ]
    has_cuda(machine, devices=1, gigabytes=8)
    assert choose_workers(config_with(0, "auto"), 99).remarks == [
        "2 workers with up to 4 threads each: a worker may take 3 GB of a GPU's memory"
    ]


def test_more_workers_than_memory_is_for_are_told(machine):
    machine.setattr(_worker_count, "free_memory", lambda: 3 * GIGABYTE)
    chosen = choose_workers(config_with(4), 100)
    assert chosen.remarks == ["4 workers take about 4.7 GB, of which 3.0 GB are free: --workers auto takes fewer"]
