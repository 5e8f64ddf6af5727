"""Values that several threads share are made once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import torch

from camera_estimation.rendering.sharing import SharedValues, shared_property, stream_number

THREADS = 6


def in_threads(work):
    """What each of several threads gets that begin together."""
    start = threading.Barrier(THREADS)

    def wait_and_work(number):
        start.wait(10)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(wait_and_work, range(THREADS)))


def test_a_value_is_made_once_for_each_key():
    made, values = Counter(), SharedValues()

    def make(key):
        made[key] += 1
        time.sleep(0.01)
        return object()

    found = in_threads(lambda number: values.get(number % 2, lambda: make(number % 2)))
    assert made == {0: 1, 1: 1}
    assert len({*map(id, found)}) == 2


def test_what_could_not_be_made_is_made_by_the_next():
    values = SharedValues()
    for outcome in (ZeroDivisionError, 1.0):
        try:
            found = values.get("a", lambda outcome=outcome: 1 / (0 if outcome is ZeroDivisionError else 1))
        except ZeroDivisionError:
            found = ZeroDivisionError
        assert found == outcome


def test_a_property_is_computed_once_and_may_need_another():
    made = []

    class Prepared:
        @shared_property
        def first(self):
            made.append("first")
            time.sleep(0.01)
            return object()

        @shared_property
        def second(self):
            made.append("second")
            return (self.first,)

    prepared = Prepared()
    found = in_threads(lambda number: prepared.second[0] if number % 2 else prepared.first)
    assert sorted(made) == ["first", "second"]
    assert all(each is prepared.first for each in found)


def test_the_processor_has_no_streams():
    assert stream_number(torch.device("cpu")) == 0
