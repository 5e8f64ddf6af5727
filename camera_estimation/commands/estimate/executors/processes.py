"""Processes of this machine, each with its share of the processors and one of the devices."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from multiprocessing.connection import wait
from typing import Any

from camera_estimation.commands.estimate._recorder import RunEndError
from camera_estimation.commands.estimate.executor import Executor, executor_registry
from camera_estimation.commands.estimate.executors._piece_worker import PieceWorker
from camera_estimation.commands.estimate.executors._process_messages import (
    PieceDone,
    PieceTrouble,
    WorkerReady,
    WorkerRemark,
    WorkerSettings,
)
from camera_estimation.commands.estimate.executors._worker_count import choose_workers
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.work import WorkedSample
from camera_estimation.commands.estimate.work_queue import WorkQueue
from camera_estimation.io import is_memory_low, remove_stale_files

LOOK_SECONDS = 0.2  # between two looks at what ends a run or a worker
MOST_BAD_STARTS = 3  # workers after each other that end before they are ready
MOST_GROWTH_BYTES = 2 * 2**30  # of a worker beside what it took after its first piece; then it is replaced
DEATH_ADVICE = "look for a lack of memory: fewer --workers, or a smaller image"


@executor_registry.register("processes")
class ProcessExecutor(Executor):
    """Workers are processes that know nothing of each other; one that is lost is replaced."""

    def __init__(self, plan: EstimatePlan, tell: Callable[[str], None]) -> None:
        super().__init__(plan, tell)
        self._workers: list[PieceWorker] = []
        self._slots: list[WorkerSettings] = []  # of workers that are to be started
        self._bad_starts = 0
        self._remarks: set[str] = set()

    def perform(self, queue: WorkQueue, is_asked: Callable[[], bool]) -> Generator[WorkedSample]:
        """As ``Executor.perform``; each worker starts when there is a piece for it."""
        chosen = choose_workers(self.plan.config, len(queue))
        for line in chosen.remarks:
            self.tell(line)
        self._slots = list(chosen.workers)
        try:
            while (queue and not is_asked()) or self._is_busy():
                if not is_asked():
                    self._feed(queue)
                yield from self._collect(queue)
                yield from self._end_late_ones(queue)
        finally:
            for worker in self._workers:
                self._end(worker)

    def _is_busy(self) -> bool:
        return any(worker.piece is not None for worker in self._workers)

    def _feed(self, queue: WorkQueue) -> None:
        """Pieces to those that are free, and new workers for the places of those that are gone."""
        idle = [worker for worker in self._workers if worker.is_idle]
        starting = sum(not worker.is_ready for worker in self._workers)
        while self._slots and len(queue) > len(idle) + starting:
            self._workers.append(PieceWorker(self._slots.pop(0)))
            starting += 1
        for worker in idle:
            piece = queue.take(worker.mesh)
            if piece is None:
                return
            worker.send(piece, queue.work(piece))

    def _collect(self, queue: WorkQueue) -> Iterator[WorkedSample]:
        """What workers say until the next look."""
        sources: dict[Any, PieceWorker] = {}
        for worker in self._workers:
            sources[worker.connection] = sources[worker.process.sentinel] = worker
        for worker in dict.fromkeys(sources[source] for source in wait(list(sources), LOOK_SECONDS)):
            for message in worker.read():
                yield from self._take_message(worker, message, queue)
            if worker.is_gone and worker in self._workers:  # it may have been replaced by what it has said
                yield from self._replace(worker, queue)

    def _take_message(self, worker: PieceWorker, message: object, queue: WorkQueue) -> Iterator[WorkedSample]:
        if isinstance(message, WorkerReady):
            worker.is_ready, self._bad_starts = True, 0
        elif isinstance(message, WorkerRemark):
            self._tell_once(message.line)
        elif isinstance(message, WorkedSample) and worker.piece is not None:
            worker.since = time.monotonic()
            queue.note(worker.piece, message)
            yield message
        elif isinstance(message, PieceTrouble) and worker.piece is not None:
            piece, worker.piece = worker.piece, None
            yield from queue.lose(piece, message.reason, again=False)
        elif isinstance(message, PieceDone):
            worker.piece = None
            first = worker.first_bytes = worker.first_bytes or message.memory
            if message.memory > first + MOST_GROWTH_BYTES:
                self.tell(f"a worker is replaced, as its memory has grown to {message.memory / 2**30:.1f} GB")
                self._retire(worker)

    def _tell_once(self, line: str) -> None:
        if line not in self._remarks:
            self._remarks.add(line)
            self.tell(line)

    def _replace(self, worker: PieceWorker, queue: WorkQueue) -> Iterator[WorkedSample]:
        """A worker that has ended by itself, or was ended by others."""
        reason, piece = worker.describe_end(), worker.piece
        self._retire(worker)
        # Once one is killed memory may look free again, which says nothing where it was killed while it only loaded.
        is_short = worker.was_killed and (is_memory_low() or not worker.is_ready)
        if is_short and (self._workers or len(self._slots) > 1):
            self._slots.pop()
            self.tell("memory is short: there is one worker less from here on")
        elif not worker.is_ready:
            self._bad_starts += 1
            if self._bad_starts >= MOST_BAD_STARTS:
                raise RunEndError(f"workers end while they start (the last one {reason}); try --workers 1")
        if piece is not None:
            yield from queue.lose(piece, f"its worker {reason}", DEATH_ADVICE)

    def _end_late_ones(self, queue: WorkQueue) -> Iterator[WorkedSample]:
        limit = self.plan.config.execution.timeout
        if not limit:
            return
        for worker in [each for each in self._workers if each.is_late(limit)]:
            piece = worker.piece
            self._retire(worker)
            if piece is not None:
                yield from queue.time_out(piece, limit)

    def _retire(self, worker: PieceWorker) -> None:
        """End a worker, and make room for another one in its place."""
        self._workers.remove(worker)
        self._slots.append(worker.settings)
        self._end(worker)

    def _end(self, worker: PieceWorker) -> None:
        from camera_estimation.results import sample_folder

        worker.end()
        if worker.piece is not None:  # it may have been writing
            for sample in worker.piece.left.values():
                remove_stale_files(sample_folder(self.plan.output_dir, sample.name))
