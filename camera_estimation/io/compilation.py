"""Telling that something is compiled for this machine: it takes a while, the first time, in which nothing else is said.

Libraries compile where they are first used. Who notices calls ``note_compilation``; programs choose where it is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

_tell: Callable[[str], None] | None = None
_told: set[str] = set()
_lock = threading.Lock()


def tell_of_compilation(tell: Callable[[str], None] | None) -> None:
    """Choose what is done with the lines of ``note_compilation`` in this process.

    Args:
        tell: Takes a line, maybe in a thread of its own while the caller's waits. None, as at first: nobody is told.
    """
    global _tell
    with _lock:
        _tell = tell
        _told.clear()


def note_compilation(what: str, duration: str) -> None:
    """Something begins to be compiled that is not kept from earlier; it is told once, however many parts it has.

    Args:
        what: Is compiled, in a user's words.
        duration: That it takes about.
    """
    with _lock:
        if _tell is None or what in _told:
            return
        _told.add(what)
        tell = _tell
    tell(f"compiling {what} for this machine: this takes {duration}, and is kept for later runs")
