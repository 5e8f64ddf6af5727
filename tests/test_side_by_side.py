"""How many processes the tests get."""

from __future__ import annotations

import os

import pytest

from tests.support import side_by_side


@pytest.mark.parametrize(
    ("processors", "gigabytes", "count"),
    [(1, 64, 0), (1.5, 64, 0), (2, 64, 2), (3.7, 64, 3), (64, 64, 4), (8, 7, 2), (8, 5, 0), (8, 1, 0)],
)
def test_processors_and_memory_say_how_many(monkeypatch, processors, gigabytes, count):
    monkeypatch.setattr(side_by_side, "usable_processors", lambda: processors)
    monkeypatch.setattr(side_by_side, "free_memory", lambda: gigabytes << 30)
    assert side_by_side.count_processes() == count


def test_threads_are_those_that_were_asked_for_or_one(monkeypatch):
    monkeypatch.setenv(side_by_side.THREADS_VARIABLE, "3")
    side_by_side.limit_threads()
    assert os.environ[side_by_side.THREADS_VARIABLE] == "3"
    monkeypatch.delenv(side_by_side.THREADS_VARIABLE)
    side_by_side.limit_threads()
    assert os.environ[side_by_side.THREADS_VARIABLE] == "1"
