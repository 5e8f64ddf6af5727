"""What several threads share, each of which may have a CUDA stream of its own.

A thread that finds what another one has made must find it complete, on the device too: streams do not wait for each
other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from threading import RLock
from typing import Any, Generic, TypeVar

import torch

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
_making = RLock()  # one property may need another


def finish_work() -> None:
    """Wait for what this thread has given to a CUDA device; nothing where none is used."""
    if torch.cuda.is_initialized():
        torch.cuda.current_stream().synchronize()


def stream_number(device: torch.device) -> int:
    """By which what is made in passing can be kept for each stream of its own: nobody need wait for it then."""
    return torch.cuda.current_stream(device).cuda_stream if device.type == "cuda" else 0


class SharedValues(Generic[Key, Value]):
    """Values by key, each of which is made once, by the thread that wants it first; others wait for it."""

    def __init__(self) -> None:
        self._values: dict[Key, Value] = {}
        self._lock = RLock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of ``key``; ``make`` makes it where there is none."""
        with self._lock:
            if key not in self._values:
                value = make()
                finish_work()
                self._values[key] = value
            return self._values[key]


class shared_property(cached_property[Value]):  # noqa: N801 - as what it extends
    """``cached_property`` for several threads: it is computed once, and complete when another one finds it."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        with _making:
            made = self.attrname in instance.__dict__
            value = super().__get__(instance, owner)
            if not made:
                finish_work()
            return value
