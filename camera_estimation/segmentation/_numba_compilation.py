"""Noticing that Numba compiles what a library has, while it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from camera_estimation.io import note_compilation

COMPILING = "numba:compile"  # Numba's name of the event, which what is in its cache does not cause


@contextmanager
def watch_numba(what: str, duration: str) -> Iterator[None]:
    """Note that something is compiled by Numba while the context lasts; without Numba nothing is.

    Args:
        what: As in ``note_compilation``.
        duration: Likewise.
    """
    if find_spec("numba") is None:
        yield
        return
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, event: object) -> None:
            note_compilation(what, duration)

        def on_end(self, event: object) -> None:
            pass

    with event.install_listener(COMPILING, Listener()):
        yield
