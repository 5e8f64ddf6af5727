"""What a seed is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Seed:
    """A sound file.

    Args:
        kind: Of its reader, by which the fuzzer is asked for it.
        name: Of the file.
        content: Of the file.
        read: Reads the file at a path. It may raise InputError and nothing else.
        beside: Other files in its folder.
    """

    kind: str
    name: str
    content: bytes
    read: Callable[[Path], object]
    beside: dict[str, bytes] = field(default_factory=dict)
