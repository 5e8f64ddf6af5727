"""What a program has freed, given back to the system from time to time."""

from __future__ import annotations

import ctypes
import sys
import time
from threading import Lock

# Between two times. What was given back has to be mapped again: of an image that takes a second or so, a tenth of it.
RELEASE_SECONDS = 10.0


class FreedMemory:
    """Gives freed memory back, for all threads of a process.

    glibc keeps what is freed, the more so after ``keep_freed_memory``, and what is freed lies in pieces between what is
    in use: large things find no place there, so that a process would hold more with each mesh and each large image, up
    to several times of what it uses. Other C libraries do not know the call.

    Args:
        seconds: Between two times at least.
    """

    def __init__(self, seconds: float = RELEASE_SECONDS) -> None:
        self._seconds, self._last, self._lock = seconds, time.monotonic(), Lock()
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None

    def release_if_due(self) -> bool:
        """Give back what is free, unless that was done a moment ago; whether it was done now."""
        with self._lock:
            now = time.monotonic()
            if self._trim is None or now - self._last < self._seconds:
                return False
            self._trim(0)
            self._last = now
            return True


_of_process = FreedMemory()


def release_freed_memory() -> None:
    """Between two pieces of work of a program, as often as it likes; see ``FreedMemory``."""
    _of_process.release_if_due()
