"""Ctrl-C, SIGTERM and a terminal that is closed, of a run that finishes what it has begun."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from types import FrameType
from typing import Any

HANG_UP = [signal.SIGHUP] if hasattr(signal, "SIGHUP") else []  # not on Windows
STOPPING = (signal.SIGINT, signal.SIGTERM, *HANG_UP)
TERMINAL = 2  # descriptor of stderr: a handler may come while Python is writing to it


@contextmanager
def hold_signals() -> Iterator[None]:
    """What comes meanwhile is told afterwards; a process of multiprocessing that is started within gets none before
    ``ignore_signals``. On Windows nothing changes."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # multiprocessing starts it with the first process, and lets signals through then
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def ignore_signals() -> None:
    """Of a process that somebody else tells when to end: terminals send them to all processes."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)


class StopSignals:
    """While its context lasts, SIGTERM and SIGHUP do what Ctrl-C does: they raise KeyboardInterrupt.

    Within ``deferring`` the first one only sets ``is_asked``, for the loop to look at between two samples; the second
    one raises. In other threads than the main one, which get no signals, nothing changes. A signal that the program's
    caller lets it ignore, as a shell does with Ctrl-C for what runs in the background, and nohup with SIGHUP, stays
    ignored.

    Attributes:
        number: Of the first signal that came; None: none did.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}
        self._deferring = False

    @property
    def is_asked(self) -> bool:
        """Whether the run is to end."""
        return self.number is not None

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ask(self, number: int) -> None:
        """What a first signal does within ``deferring``, of any thread: the run is to end as if ``number`` had come."""
        if self.number is None:
            self.number = number

    @contextmanager
    def deferring(self) -> Iterator[None]:
        """The first signal is to be looked for, for what runs is to be finished. Raises KeyboardInterrupt at the end if
        one came."""
        self._deferring = True
        try:
            yield
            if self.is_asked:
                raise KeyboardInterrupt
        finally:
            self._deferring = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        first = self.number is None
        if first:
            self.number = number
        if not (first and self._deferring):
            self._interrupt(number, frame)
        again = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        with suppress(OSError):  # nobody reads it
            os.write(
                TERMINAL, f"\n{again}: what runs is finished and written; {again} again ends it at once\n".encode()
            )

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """As whoever handled the signal before, who ends the program with its code, or as Ctrl-C."""
        if callable(before := self._before[number]):
            before(number, frame)
        raise KeyboardInterrupt
