"""Files of samples, written on a thread of their own beside the next estimates."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

from camera_estimation.commands.estimate._worker import SampleOutcome

MOST_WAITING = 2  # samples, the one that is being written included
MOST_PIXELS = 1 << 24  # of all of them, which bounds the memory: some ten bytes each


class OutcomeWriter:
    """Finishes outcomes in the order in which they come, until its context is left: all of them are written then, after
    Ctrl-C too. Whoever presses it a second time does without those that are not begun.

    Args:
        finish: Writes the files of an outcome, and records it; what it raises is raised again by what is called next.
    """

    def __init__(self, finish: Callable[[SampleOutcome], None]) -> None:
        self._finish = finish
        self._waiting: deque[SampleOutcome] = deque()  # the first is being written
        self._change = Condition()
        self._closing = False
        self._trouble: Exception | None = None
        self._thread = Thread(target=self._run, name="results")

    def __enter__(self) -> OutcomeWriter:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with self._change:
            self._closing = True
            self._change.notify_all()
            try:  # not by Thread.join, which takes a thread for ended once Ctrl-C has interrupted it
                self._change.wait_for(self._is_through)
            except KeyboardInterrupt:
                while len(self._waiting) > 1:
                    self._waiting.pop()
                self._change.wait_for(self._is_through)
                raise
        self._thread.join()
        if error is None:
            self._raise_trouble()

    def put(self, outcome: SampleOutcome) -> None:
        """Take an outcome, and wait until few enough are waiting. Raises what finishing an earlier one raised."""
        with self._change:
            self._waiting.append(outcome)
            self._change.notify_all()
            self._change.wait_for(lambda: self._trouble is not None or self._has_room())
        self._raise_trouble()

    def _is_through(self) -> bool:
        return self._trouble is not None or not self._waiting

    def _has_room(self) -> bool:
        pixels = sum(outcome.files.pixels for outcome in self._waiting if outcome.files is not None)
        return len(self._waiting) <= MOST_WAITING and pixels <= MOST_PIXELS

    def _raise_trouble(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                outcome = self._waiting[0]
            try:
                self._finish(outcome)
            except Exception as error:
                with self._change:
                    self._trouble = error
                    self._change.notify_all()
                return
            with self._change:
                self._waiting.popleft()
                self._change.notify_all()
            del outcome  # whose pictures would stay in memory until the next one comes
