from __future__ import annotations

import os
import signal
import threading

import pytest

from camera_estimation.batch import stop_signals
from camera_estimation.batch.stop_signals import StopSignals


@pytest.fixture(autouse=True)
def handlers():
    """As a program has them that is started at a keyboard."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_is_looked_for_and_the_second_ends_it(number, capfd):
    seen = []

    def work():
        with StopSignals() as stop, stop.deferring():
            seen.append(stop.is_asked)
            signal.raise_signal(number)
            seen.append((stop.is_asked, stop.number))
            signal.raise_signal(number)
            seen.append("after")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert seen == [False, (True, number)]
    assert "what runs is finished and written" in capfd.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_one_that_came_is_raised_once_what_runs_is_through():
    done = []

    def work():
        with StopSignals() as stop:
            with stop.deferring():
                signal.raise_signal(signal.SIGINT)
                done.append("finished")
            done.append("after")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["finished"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_where_nothing_runs_the_first_ends_it(number):
    with pytest.raises(KeyboardInterrupt), StopSignals() as stop:
        signal.raise_signal(number)
    assert stop.number == number


def test_who_handled_it_before_is_told_of_one_that_interrupts():
    told = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))

    def work():
        with StopSignals() as stop, stop.deferring():
            signal.raise_signal(signal.SIGTERM)
            told.append("deferred")
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert told == ["deferred", signal.SIGTERM]


def test_what_the_caller_lets_it_ignore_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with StopSignals() as stop, stop.deferring():
        signal.raise_signal(signal.SIGINT)
    assert not stop.is_asked


def test_other_threads_leave_signals_alone():
    found = []

    def work():
        with StopSignals():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.SIG_DFL]


def test_it_tells_on_the_stderr_that_the_system_knows():
    assert os.fstat(stop_signals.TERMINAL)
