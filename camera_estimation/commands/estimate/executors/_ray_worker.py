"""A worker of a Ray cluster as it sees itself: an actor, whose methods the run calls. Ray itself is not imported."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from camera_estimation.commands.estimate.executors._sent_files import (
    ReturnedSample,
    SentPiece,
    spell_entry,
    spell_paths,
)
from camera_estimation.commands.estimate.executors._worker_files import WorkerFiles
from camera_estimation.commands.estimate.executors._worker_start import load_modules, prepare_worker
from camera_estimation.commands.estimate.work import WorkedSample, do_work


@dataclass(frozen=True)
class WorkerDescription:
    """What must be alike on all machines of a run, and which process that is."""

    package: str
    python: str
    process: int
    machine: str


class RemoteWorker:
    """Does one piece after the other.

    Args:
        device: As settings name it.
        threads: On the processor.
    """

    def __init__(self, device: str, threads: int) -> None:
        from camera_estimation.io import tell_of_compilation

        prepare_worker(threads)
        self._device = device
        self._remarks: list[str] = []
        tell_of_compilation(self._remarks.append)  # Ray has no way for it before the sample ends
        self._files = WorkerFiles()

    def describe(self) -> WorkerDescription:
        """After all is loaded that every piece needs."""
        from camera_estimation import __version__

        load_modules(self._device)
        return WorkerDescription(__version__, platform.python_version(), os.getpid(), platform.node())

    def perform(self, piece: SentPiece) -> Iterator[ReturnedSample]:
        """The samples of a piece, each as it ends."""
        work = self._files.receive(piece, fetch_contents)
        spellings = self._files.spellings(piece)
        try:
            for worked in do_work(work.on_device(self._device)):
                worked = replace(worked, remarks=(*self._remarks, *worked.remarks))
                self._remarks.clear()
                yield ReturnedSample(_spell(worked, spellings), self._files.take_results(piece))
        finally:
            self._files.forget_own()

    def leave(self) -> None:
        """Take away what is on the disk: nothing more will be asked for."""
        self._files.remove()


def fetch_contents(references: Sequence[Any]) -> Sequence[bytes]:
    """The contents of files, from where the run has put them."""
    if not references:
        return []
    import ray

    return list(ray.get(list(references)))


def _spell(worked: WorkedSample, spellings: Sequence[tuple[str, str]]) -> WorkedSample:
    outcome = worked.outcome
    details = None if outcome.details is None else spell_paths(outcome.details, spellings)
    told = replace(outcome, entry=spell_entry(outcome.entry, spellings), details=details)
    return replace(worked, outcome=told, remarks=tuple(spell_paths(line, spellings) for line in worked.remarks))
