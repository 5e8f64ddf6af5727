"""Events on their way to all pages that listen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

MOST_WAITING = 2000  # events that a page may be behind; a slower one misses some
MOST_REMEMBERED = 4000  # events of the current job, which a page that comes later is told
HEARTBEAT = 15.0  # seconds after which silence is broken, so that nobody between takes the connection for dead


class EventHub:
    """Publishes events from any thread; pages listen by asynchronous iteration."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[str], asyncio.AbstractEventLoop] = {}
        self._lock = threading.Lock()
        self._remembered: list[str] = []

    def forget(self) -> None:
        """A new piece of work begins: what was told of the last one is not told again."""
        with self._lock:
            self._remembered.clear()

    def publish(self, event: str, **values: Any) -> None:
        """Tell all pages; ``values`` are those of JSON, without numbers that it cannot hold."""
        text = json.dumps({"event": event, **values}, allow_nan=False)
        with self._lock:
            if len(self._remembered) < MOST_REMEMBERED:
                self._remembered.append(text)
            listeners = list(self._listeners.items())
        for queue, loop in listeners:
            with contextlib.suppress(RuntimeError):  # the loop of a page that is gone is closed
                loop.call_soon_threadsafe(_put_if_room, queue, text)

    async def listen(self) -> AsyncIterator[str]:
        """Events as server-sent events have them, from the beginning of the current job on."""
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        with self._lock:
            earlier = list(self._remembered)
            self._listeners[queue] = asyncio.get_running_loop()
        try:
            yield "retry: 1500\n\n"
            for text in earlier:
                yield f"data: {text}\n\n"
            while True:
                try:
                    yield f"data: {await asyncio.wait_for(queue.get(), HEARTBEAT)}\n\n"
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            with self._lock:
                self._listeners.pop(queue, None)


def _put_if_room(queue: asyncio.Queue[str], text: str) -> None:
    with contextlib.suppress(asyncio.QueueFull):
        queue.put_nowait(text)
