"""As many threads as processors are free, unless the user has said how many."""

from __future__ import annotations

import pytest
import torch

from camera_estimation.batch import thread_count
from camera_estimation.batch.thread_count import ThreadCount
from camera_estimation.io.process import THREADS_VARIABLE


@pytest.fixture
def machine(monkeypatch):
    """Processors that are free at each look, and the number of threads that torch is told."""
    state = {"free": None, "threads": 8}
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.setattr(thread_count, "usable_processors", lambda: 6.0)
    monkeypatch.setattr(thread_count.FreeProcessors, "look", lambda self: state["free"])
    monkeypatch.setattr(torch, "get_num_threads", lambda: state["threads"])
    monkeypatch.setattr(torch, "set_num_threads", lambda threads: state.update(threads=threads))
    return state


@pytest.mark.parametrize(("free", "threads"), [(None, 6), (8.0, 6), (5.8, 6), (3.2, 3), (1.0, 1), (0.1, 1)])
def test_threads_are_as_many_as_free_processors(machine, free, threads):
    machine["free"] = free
    ThreadCount().follow_load()
    assert machine["threads"] == threads


def test_they_are_more_again_when_others_have_ended(machine):
    count = ThreadCount()
    for free, threads in ((1.0, 1), (4.0, 4), (6.0, 6)):
        machine["free"] = free
        count.follow_load()
        assert machine["threads"] == threads


def test_a_number_that_the_user_has_set_stays(machine, monkeypatch):
    monkeypatch.setenv(THREADS_VARIABLE, "8")
    machine["free"] = 1.0
    ThreadCount().follow_load()
    assert machine["threads"] == 8


def test_only_programs_that_watch_the_load_follow_it(machine, monkeypatch):
    monkeypatch.setattr(thread_count, "_of_program", None)
    machine["free"] = 1.0
    thread_count.follow_load()
    assert machine["threads"] == 8
    thread_count.watch_load()
    thread_count.follow_load()
    assert machine["threads"] == 1
