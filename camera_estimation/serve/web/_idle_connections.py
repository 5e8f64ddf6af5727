"""Connections on which nothing is asked for: a client that opens many and sends nothing is not to keep others out."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary


class IdleConnections:
    """Closes connections that have been without a request for too long, also those whose client still sends the body of
    one that is answered.

    Args:
        seconds: That a connection may be without.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        # Of each connection its last request, and when that was found to be over.
        self._idle: WeakKeyDictionary[Any, tuple[Any, float]] = WeakKeyDictionary()

    def close(self, connections: Iterable[Any]) -> None:
        """To be called every now and then.

        Args:
            connections: As uvicorn has them: ``cycle`` is the last request, if any has come.
        """
        now = time.monotonic()
        for connection in list(connections):
            cycle = connection.cycle
            if cycle is not None and not cycle.response_complete:
                self._idle.pop(connection, None)
                continue
            before, since = self._idle.get(connection, (None, now))
            if before is not cycle:
                since = now
            self._idle[connection] = cycle, since
            if now - since >= self.seconds:
                connection.transport.close()
