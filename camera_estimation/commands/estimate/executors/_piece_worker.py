"""A worker as the run sees it: a process that is sent pieces, one at a time."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from camera_estimation.batch import hold_signals
from camera_estimation.commands.estimate.executors._process_messages import WorkerSettings
from camera_estimation.commands.estimate.executors._process_worker import serve_pieces
from camera_estimation.commands.estimate.work import EstimateWork
from camera_estimation.commands.estimate.work_queue import WorkPiece

END_SECONDS = 2.0  # that a worker which has nothing to do may take to end


class PieceWorker:
    """A process of its own, which is started at once.

    Attributes:
        piece: That it is at; None: it waits for one.
        mesh: Of the last piece, which it has at hand.
        since: When it began with the present sample, by the monotonic clock.
        first_bytes: Its memory after its first piece.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self.piece: WorkPiece | None = None
        self.mesh: Path | None = None
        self.is_ready, self.is_gone = False, False
        self.since, self.first_bytes = time.monotonic(), 0
        context = multiprocessing.get_context("spawn")  # threads and CUDA do not survive a fork
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve_pieces, args=(theirs, settings), name="worker", daemon=True)
        with hold_signals():  # until it ignores them it would end with a traceback
            self.process.start()
        theirs.close()

    @property
    def is_idle(self) -> bool:
        return self.is_ready and self.piece is None and not self.is_gone

    @property
    def was_killed(self) -> bool:
        """As the system does where memory is short."""
        return self.process.exitcode == -getattr(signal, "SIGKILL", signal.SIGTERM)

    def is_late(self, limit: float) -> bool:
        """Whether it takes longer for its sample than so many seconds."""
        return self.piece is not None and self.piece.is_late(self.since, limit)

    def send(self, piece: WorkPiece, work: EstimateWork) -> None:
        """A piece to do; one that has ended meanwhile is found out by ``read``."""
        self.piece, self.mesh, self.since = piece, piece.mesh, time.monotonic()
        with suppress(OSError):
            self.connection.send(work)

    def read(self) -> Iterator[object]:
        """What it has said by now; afterwards ``is_gone`` is whether it has ended."""
        try:
            while self.connection.poll():
                yield self.connection.recv()
        except (EOFError, OSError):
            self.is_gone = True
        self.is_gone = self.is_gone or not self.process.is_alive()

    def describe_end(self) -> str:
        """How it ended, in words that follow "its worker"."""
        self.process.join(END_SECONDS)
        code = self.process.exitcode
        if code is not None and code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with code {code}"

    def end(self) -> None:
        """Now, whatever it is at."""
        self.connection.close()
        if self.piece is None and self.is_ready:
            self.process.join(END_SECONDS)
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
