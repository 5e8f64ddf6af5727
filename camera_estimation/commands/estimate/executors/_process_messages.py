"""What a worker process is told, and says beside the samples that it has finished. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkerSettings:
    """Of one worker for all of its life.

    Attributes:
        device: As settings name it.
        threads: On the processor.
        follows_load: Whether they may be fewer where other programs need the processors.
    """

    device: str
    threads: int
    follows_load: bool


@dataclass(frozen=True)
class WorkerReady:
    """All is loaded."""


@dataclass(frozen=True)
class WorkerRemark:
    """A line for the user that cannot wait for the sample's end; all workers may send the same."""

    line: str


@dataclass(frozen=True)
class PieceDone:
    """The worker is through with its piece, and holds so many bytes of memory."""

    memory: int


@dataclass(frozen=True)
class PieceTrouble:
    """The worker could not go on with its piece, for a reason that is none of a sample's."""

    reason: str
