"""Workers on the machines of a Ray cluster. Ray is imported when a run begins that asks for it."""

from __future__ import annotations

import math
import os
import platform
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from camera_estimation import __version__
from camera_estimation.commands.estimate._recorder import RunEndError
from camera_estimation.commands.estimate.executor import Executor, executor_registry
from camera_estimation.commands.estimate.executors._file_sender import FileSender
from camera_estimation.commands.estimate.executors._ray_cluster import (
    ADDRESS_VARIABLE,
    MISSING,
    connect_ray,
    count_places,
)
from camera_estimation.commands.estimate.executors._ray_handle import PieceEnd, RayWorker
from camera_estimation.commands.estimate.executors._ray_worker import RemoteWorker, WorkerDescription
from camera_estimation.commands.estimate.executors._returned_files import keep_files
from camera_estimation.commands.estimate.executors._sent_files import ReturnedSample
from camera_estimation.commands.estimate.plan import EstimatePlan
from camera_estimation.commands.estimate.work import WorkedSample
from camera_estimation.commands.estimate.work_queue import WorkQueue
from camera_estimation.errors import InputError, internal_error

LOOK_SECONDS = 0.2  # between two looks at what ends a run or a worker
PIECE_SECONDS = 2.0  # of work that a worker is sent at once, as far as samples do not depend on each other
MOST_SAMPLES = 64  # that it is sent at once: with their pictures they are in memory
SHARES_LEFT = 4  # for each worker of what is left: so that all end at the same time
PATIENCE_SECONDS = 30.0  # that the first worker may take to start, before a line tells what it waits for
ROOM_SECONDS = 300.0  # that a cluster's machines may take to join
MOST_BAD_STARTS = 3  # workers after each other that end before they are ready
DEATH_ADVICE = "look for a lack of memory on its machine (ray status), or a machine that was taken away"
PACKAGE = "camera_estimation"


@executor_registry.register("ray")
class RayExecutor(Executor):
    """Workers are actors, of which each does one piece at a time; one that is lost is replaced."""

    def __init__(self, plan: EstimatePlan, tell: Callable[[str], None]) -> None:
        super().__init__(plan, tell)
        self._workers: list[RayWorker] = []
        self._count = self._bad_starts = 0
        self._start: Callable[[], RayWorker]
        self._sender: FileSender

    def perform(self, queue: WorkQueue, is_asked: Callable[[], bool]) -> Generator[WorkedSample]:
        """As ``Executor.perform``; each worker starts when there is a piece for it and room on the cluster."""
        execution = self.plan.config.execution
        self._check_device()
        with connect_ray(execution) as ray:
            self._count = self._choose_count(ray, is_asked)
            self._start = partial(_start_worker, ray, execution.gpus_per_worker)
            self._sender = FileSender(ray.put, self.tell, sends=execution.ray_inputs == "shipped")
            waiting_since: float | None = time.monotonic()
            try:
                while (queue and not is_asked()) or self._is_busy():
                    if not is_asked():
                        self._feed(queue)
                    yield from self._collect(ray, queue)
                    yield from self._end_late_ones(queue)
                    waiting_since = self._tell_of_wait(waiting_since)
            finally:
                for worker in self._workers:
                    worker.end()

    @staticmethod
    def missing() -> str | None:
        return None if find_spec("ray") else MISSING

    def _check_device(self) -> None:
        device, gpus = self.plan.config.device, self.plan.config.execution.gpus_per_worker
        if device.startswith("cuda") and not gpus:
            raise InputError(f"--device {device}: Ray hands out GPUs; say how much of one by --gpus_per_worker, as 1")
        if device == "cpu" and gpus:
            raise InputError("--gpus_per_worker is for workers on a GPU, --device cpu for none: leave one away")

    def _choose_count(self, ray: ModuleType, is_asked: Callable[[], bool]) -> int:
        execution = self.plan.config.execution
        places = count_places(ray, execution.gpus_per_worker)
        end = time.monotonic() + (ROOM_SECONDS if execution.ray_address or os.environ.get(ADDRESS_VARIABLE) else 0.0)
        if not places and time.monotonic() < end:
            self.tell("waiting for machines: the Ray cluster has no room for a worker yet")
        while not places and time.monotonic() < end and not is_asked():
            time.sleep(LOOK_SECONDS)
            places = count_places(ray, execution.gpus_per_worker)
        if is_asked():
            return 0
        if not places:
            resources = ", ".join(f"{name} {ray.cluster_resources().get(name, 0):g}" for name in ("CPU", "GPU"))
            raise InputError(
                f"--executor ray: the cluster ({resources}) has no room for a worker with 1 CPU and "
                f"{execution.gpus_per_worker:g} GPU; change --gpus_per_worker, or start machines that have it"
            )
        count = execution.workers or places
        more = "; --workers auto takes all" if count < places else ""
        self.tell(f"{count} of {places} workers that the Ray cluster has room for{more}")
        return count

    def _is_busy(self) -> bool:
        return any(worker.piece is not None for worker in self._workers)

    def _feed(self, queue: WorkQueue) -> None:
        """Pieces to those that are free, and new workers for the places of those that are gone."""
        idle = [worker for worker in self._workers if worker.is_idle]
        starting = sum(not worker.is_ready for worker in self._workers)
        while len(self._workers) < self._count and len(queue) > len(idle) + starting:
            self._workers.append(self._start())
            starting += 1
        for worker in idle:
            piece = queue.take(worker.mesh, self._choose_samples(worker, len(queue)))
            if piece is None:
                return
            worker.send(piece, self._sender.pack(queue.work(piece)))

    def _choose_samples(self, worker: RayWorker, left: int) -> int:
        """How many a worker is sent at once: short ones together, so that sending costs little."""
        if not worker.mean_seconds:
            return 1
        share = math.ceil(left / (SHARES_LEFT * self._count))
        return max(1, min(MOST_SAMPLES, share, int(PIECE_SECONDS / worker.mean_seconds)))

    def _collect(self, ray: ModuleType, queue: WorkQueue) -> Iterator[WorkedSample]:
        """What workers say until the next look."""
        sources = {worker.source: worker for worker in self._workers if worker.source is not None}
        if not sources:
            return
        ready, _ = ray.wait(list(sources), num_returns=len(sources), timeout=0)
        if not ready:
            ready, _ = ray.wait(list(sources), timeout=LOOK_SECONDS)
        for source in ready:
            worker = sources[source]
            try:
                for message in worker.read():
                    yield from self._take_message(worker, message, queue)
            except ray.exceptions.RayTaskError as error:
                yield from self._give_up(worker, error, queue)
            except ray.exceptions.RayError as error:
                yield from self._replace(worker, error, queue)

    def _take_message(self, worker: RayWorker, message: object, queue: WorkQueue) -> Iterator[WorkedSample]:
        if isinstance(message, WorkerDescription):
            _check_versions(message)
            worker.is_ready, self._bad_starts = True, 0
        elif isinstance(message, ReturnedSample) and worker.piece is not None:
            worked = keep_files(message, worker.piece, self.plan.output_dir, queue)
            queue.note(worker.piece, worked)
            yield worked
        elif isinstance(message, PieceEnd):
            worker.piece = None

    def _give_up(self, worker: RayWorker, error: Any, queue: WorkQueue) -> Iterator[WorkedSample]:
        """A worker that could not go on for a reason of its own, and lives."""
        if not worker.is_ready:
            yield from self._replace(worker, error, queue)
            return
        piece, worker.piece = worker.piece, None
        self._retire(worker)
        cause = error.cause if isinstance(getattr(error, "cause", None), Exception) else error
        if piece is not None:
            yield from queue.lose(piece, internal_error(cause), again=False)

    def _replace(self, worker: RayWorker, error: Exception, queue: WorkQueue) -> Iterator[WorkedSample]:
        """A worker that has ended by itself, or with its machine."""
        piece = worker.piece
        self._retire(worker)
        if not worker.is_ready:
            self._bad_starts += 1
            if f"No module named '{PACKAGE}" in str(error):
                raise InputError(f"the workers of the Ray cluster lack camera-estimation: install {__version__} there")
            if self._bad_starts >= MOST_BAD_STARTS:
                reason = " ".join(str(error).split())[-300:]
                raise RunEndError(f"workers of the Ray cluster end while they start: {reason}")
        if piece is not None:
            yield from queue.lose(piece, "its worker on the Ray cluster was lost", DEATH_ADVICE)

    def _end_late_ones(self, queue: WorkQueue) -> Iterator[WorkedSample]:
        limit = self.plan.config.execution.timeout
        if not limit:
            return
        for worker in [each for each in self._workers if each.is_late(limit)]:
            piece = worker.piece
            self._retire(worker)
            if piece is not None:
                yield from queue.time_out(piece, limit)

    def _retire(self, worker: RayWorker) -> None:
        self._workers.remove(worker)
        worker.end()

    def _tell_of_wait(self, since: float | None) -> float | None:
        """A line once, where no worker starts; None: there is nothing to wait for any more."""
        if since is None or any(worker.is_ready for worker in self._workers):
            return None
        if time.monotonic() - since < PATIENCE_SECONDS:
            return since
        gpus = self.plan.config.execution.gpus_per_worker
        need = f"1 CPU and {gpus:g} GPU" if gpus else "1 CPU"
        self.tell(
            f"waiting for the Ray cluster: a worker needs {need}, and what the package takes to load (ray status)"
        )
        return None


def _start_worker(ray: ModuleType, gpus: float) -> RayWorker:
    actor = ray.remote(RemoteWorker).options(
        num_cpus=1, num_gpus=gpus, max_restarts=0, max_task_retries=0, scheduling_strategy="SPREAD"
    )
    return RayWorker(ray, actor.remote("cuda" if gpus else "cpu", 1))


def _check_versions(worker: WorkerDescription) -> None:
    """Raises InputError if a worker has another version of the package, or of Python."""
    own = (__version__, platform.python_version())
    if (worker.package, worker.python) != own:
        raise InputError(
            f"worker on {worker.machine}: has camera-estimation {worker.package} with Python {worker.python}, this "
            f"machine {own[0]} with Python {own[1]}: install the same on all"
        )
