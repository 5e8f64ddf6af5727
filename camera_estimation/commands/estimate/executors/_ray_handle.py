"""A worker of a Ray cluster as the run sees it: an actor that does one piece at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from camera_estimation.commands.estimate.executors._ray_worker import WorkerDescription
from camera_estimation.commands.estimate.executors._sent_files import ReturnedSample, SentPiece
from camera_estimation.commands.estimate.work_queue import WorkPiece

LEAVE_SECONDS = 2.0  # that a worker which has nothing to do may take to end


class PieceEnd:
    """The worker is through with its piece."""


class RayWorker:
    """An actor, which is started as soon as the cluster has room.

    Args:
        ray: Connected.
        actor: Of ``RemoteWorker``.

    Attributes:
        piece: That it is at; None: it waits for one.
        mesh: Of the last piece, which it has at hand.
        since: When it began with the present sample, by the monotonic clock.
        mean_seconds: Of its last samples, roughly.
    """

    def __init__(self, ray: ModuleType, actor: Any) -> None:
        self._ray, self._actor = ray, actor
        self.piece: WorkPiece | None = None
        self.mesh: Path | None = None
        self.is_ready = False
        self.since, self.mean_seconds = time.monotonic(), 0.0
        self._source: Any = actor.describe.remote()

    @property
    def is_idle(self) -> bool:
        return self.is_ready and self.piece is None

    @property
    def source(self) -> Any:
        """What Ray is to wait for; None: nothing is to come."""
        return self._source

    def is_late(self, limit: float) -> bool:
        """Whether it takes longer for its sample than so many seconds."""
        return self.piece is not None and self.piece.is_late(self.since, limit)

    def send(self, piece: WorkPiece, sent: SentPiece) -> None:
        """A piece to do; one that has ended meanwhile is found out by ``read``."""
        self.piece, self.mesh, self.since = piece, piece.mesh, time.monotonic()
        self._source = self._actor.perform.options(num_returns="streaming").remote(sent)

    def read(self) -> Iterator[WorkerDescription | ReturnedSample | PieceEnd]:
        """What it says next, when Ray has it.

        Raises:
            RayError: It has ended, or could not go on with its piece.
        """
        if not self.is_ready:
            reference, self._source = self._source, None
            yield self._ray.get(reference)
            return
        try:
            reference = next(self._source)
        except StopIteration:
            self._source = None
            yield PieceEnd()
            return
        returned = self._ray.get(reference)
        now = time.monotonic()
        seconds, self.since = now - self.since, now
        self.mean_seconds = seconds if not self.mean_seconds else (self.mean_seconds + seconds) / 2
        yield returned

    def end(self) -> None:
        """Now, whatever it is at; one that is at nothing takes its files away."""
        if self.is_idle:
            with suppress(Exception):  # it is gone by itself
                self._ray.get(self._actor.leave.remote(), timeout=LEAVE_SECONDS)
        with suppress(Exception):
            self._ray.kill(self._actor)
