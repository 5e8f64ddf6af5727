"""One request's work: what is to be done, what it is at, and what came of it."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

WAITING, RUNNING, DONE, FAILED, CANCELED = "waiting", "running", "done", "failed", "canceled"
ENDED = (DONE, FAILED, CANCELED)


@dataclass(eq=False)
class ServeJob:
    """A piece of work.

    Attributes:
        task: What the worker is told.
        on_end: Called once when it has ended.
        on_drop: Called once when its result is forgotten.
        id: By which clients ask for it; nobody can guess it.
        state: One of ``WAITING``, ``RUNNING``, ``DONE``, ``FAILED`` and ``CANCELED``.
        stage: Of its estimate.
        loss: At that stage.
        status: Of HTTP, where it failed.
        error: In a sentence, where it failed.
        result: Where it is done.
        unusable_mesh: Whether its mesh is why it failed.
        seen: Whether a client knows how it ended.
    """

    task: dict[str, Any]
    on_end: Callable[[ServeJob], None] = lambda job: None
    on_drop: Callable[[ServeJob], None] = lambda job: None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    state: str = WAITING
    stage: str = ""
    loss: float | None = None
    status: int = 200
    error: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    unusable_mesh: bool = False
    seen: bool = False

    def __post_init__(self) -> None:
        self.stopping, self.ended = asyncio.Event(), asyncio.Event()
        self.received, self.begun, self.finished = time.monotonic(), 0.0, 0.0

    @property
    def kind(self) -> str:
        """Of its task."""
        return self.task["kind"]

    def begin(self) -> None:
        """The worker has it."""
        self.state, self.begun = RUNNING, time.monotonic()

    def follow(self, stage: str, loss: float | None) -> None:
        """What the worker is at."""
        self.stage, self.loss = stage, loss if loss is None or math.isfinite(loss) else None

    def succeed(self, result: dict[str, Any]) -> None:
        """It is done."""
        self.result = result
        self._end(DONE)

    def fail(self, status: int, sentence: str, state: str = FAILED) -> None:
        """It has no result."""
        self.status, self.error = status, sentence
        self._end(state)

    def values(self) -> dict[str, Any]:
        """What a client is told."""
        told: dict[str, Any] = {"id": self.id, "kind": self.kind, "state": self.state}
        if self.state == RUNNING:
            told |= {"stage": self.stage, "loss": self.loss}
        if self.error:
            told |= {"status": self.status, "error": self.error}
        return {**told, **self.result, "seconds": self.seconds()}

    def seconds(self) -> dict[str, float]:
        """That it has waited and run so far."""
        end = self.finished or time.monotonic()
        begun = self.begun or end
        return {"waiting": round(begun - self.received, 3), "running": round(end - begun, 3)}

    def _end(self, state: str) -> None:
        self.state, self.finished = state, time.monotonic()
        self.ended.set()
        self.on_end(self)
