"""Work in order: a bounded queue, and one piece at a time."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from camera_estimation.serve.jobs.finished_jobs import FinishedJobs
from camera_estimation.serve.jobs.job import CANCELED as CANCELED_STATE, ServeJob
from camera_estimation.serve.jobs.worker_process import EstimatingProcess, WorkerDiedError
from camera_estimation.serve.options import ServeLimits
from camera_estimation.serve.problems import (
    CANCELED,
    INTERNAL,
    NOT_FOUND,
    RETRY_SECONDS,
    TOO_MANY,
    TOO_SLOW,
    UNAVAILABLE,
    RequestError,
)

logger = logging.getLogger(__name__)

Told = Callable[[ServeJob], None]
STOP_GRACE = 10.0  # seconds in which an estimate leaves off when it is asked to, or else its process is ended
TYPICAL_SECONDS = 5.0  # of an estimate, before any was made
LONGEST_RETRY = 120  # seconds
LONGEST_START = 600.0  # seconds that the process may take to start; kernels of a GPU take a minute to compile
LAST_ESTIMATES = 20  # whose time tells how long the queue takes
STOPPING = "the server is stopping; send it again when it is back"


class JobQueue:
    """Jobs that wait, the one that runs, and those that have ended.

    Args:
        worker: Does them.
        limits: How many wait, and how long each runs.
        on_end: Told of each job that has ended.
    """

    def __init__(self, worker: EstimatingProcess, limits: ServeLimits, on_end: Told = lambda job: None) -> None:
        self.worker, self.limits, self.on_end = worker, limits, on_end
        self.waiting: OrderedDict[str, ServeJob] = OrderedDict()
        self.running: ServeJob | None = None
        self.finished = FinishedJobs(limits.jobs_kept, limits.keep_seconds)
        self.stopping = False
        self.places_held = 0
        self._changed = asyncio.Event()
        self._seconds: deque[float] = deque(maxlen=LAST_ESTIMATES)

    def hold_place(self) -> None:
        """For a request that is still received; ``free_place`` or ``submit`` follow.

        Raises:
            RequestError: There is no room, or the server is stopping.
        """
        if self.stopping:
            raise RequestError(UNAVAILABLE, STOPPING, RETRY_SECONDS)
        if len(self.waiting) + self.places_held >= self.limits.waiting:
            raise RequestError(
                TOO_MANY, f"{self.limits.waiting} requests wait already; send it again later", self.retry_after()
            )
        self.places_held += 1

    def free_place(self) -> None:
        """The request comes to nothing."""
        self.places_held -= 1

    def submit(self, job: ServeJob) -> None:
        """The request that a place is held for has become a job."""
        self.places_held -= 1
        if self.stopping:
            job.fail(UNAVAILABLE, STOPPING)
            self._keep(job)
            return
        self.waiting[job.id] = job
        self._changed.set()

    def find(self, number: str) -> ServeJob:
        """The job of that id. Raises RequestError where there is none."""
        if self.running is not None and self.running.id == number:
            return self.running
        job = self.waiting.get(number) or self.finished.find(number)
        if job is None:
            raise RequestError(
                NOT_FOUND,
                f"there is no job {number[:40]}: jobs are kept in memory for {self.limits.keep_seconds / 60:g} minutes "
                "and end with the server; send the request again",
            )
        return job

    def cancel(self, job: ServeJob) -> None:
        """Leave it off; of one that has ended the result is forgotten."""
        if job is self.running:
            job.stopping.set()
        elif self.waiting.pop(job.id, None) is not None:
            self._give_up(job)
        else:
            self.finished.drop(job.id)

    def retry_after(self) -> int:
        """Seconds until there is room again, about."""
        each = sum(self._seconds) / len(self._seconds) if self._seconds else TYPICAL_SECONDS
        return min(max(1, math.ceil(each)), LONGEST_RETRY)

    def position(self, job: ServeJob) -> int:
        """How many are before it."""
        order = list(self.waiting)
        return order.index(job.id) + (self.running is not None) if job.id in self.waiting else 0

    def stop(self) -> None:
        """Take nothing more; what waits fails, what runs goes on."""
        self.stopping = True
        for job in list(self.waiting.values()):
            del self.waiting[job.id]
            job.fail(UNAVAILABLE, STOPPING)
            self._keep(job)

    async def work(self) -> None:
        """One job after the other, until it is canceled."""
        while True:
            while not self.waiting:
                self._changed.clear()
                await self._changed.wait()
            _, job = self.waiting.popitem(last=False)
            self.running = job
            try:
                await self._do(job)
            except Exception as error:  # of this job alone
                logger.exception("job %s", job.id)
                if not job.ended.is_set():
                    job.fail(INTERNAL, f"internal error: {type(error).__name__}; the server's log tells more")
            finally:
                self.running = None
            self._seconds.append(job.seconds()["running"])
            self._keep(job)

    async def _do(self, job: ServeJob) -> None:
        """The time that it may take begins when there is a process which can do it."""
        job.begin()
        stop = asyncio.ensure_future(job.stopping.wait())
        try:
            await self._work_on(job, stop)
        finally:
            stop.cancel()

    async def _work_on(self, job: ServeJob, stop: asyncio.Future[Any]) -> None:
        start = asyncio.ensure_future(self.worker.start())
        start.add_done_callback(_note_failure)
        await asyncio.wait({start, stop}, timeout=LONGEST_START, return_when=asyncio.FIRST_COMPLETED)
        if not start.done():  # it goes on, for the next one
            self._end_unanswered(job, f"the process that estimates has not started in {LONGEST_START:g} s")
            return
        if start.exception() is not None:
            self._take_answer(job, start)
            return
        work = asyncio.ensure_future(self.worker.run(job.task, job.follow))
        try:
            await asyncio.wait({work, stop}, timeout=self.limits.estimate_seconds, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                self._take_answer(job, work)
                return
            await self._leave_off(work)
        finally:
            work.cancel()
        self._end_unanswered(job, f"the estimate took longer than {self.limits.estimate_seconds:g} s, and was left off")

    def _end_unanswered(self, job: ServeJob, too_slow: str) -> None:
        """It was canceled, or else takes too long."""
        if job.stopping.is_set():
            self._give_up(job)
        else:
            job.fail(TOO_SLOW, too_slow)

    async def _leave_off(self, work: asyncio.Future[dict[str, Any]]) -> None:
        await self.worker.interrupt()
        await asyncio.wait({work}, timeout=STOP_GRACE)
        if not work.done():
            await self.worker.kill()
            await asyncio.wait({work}, timeout=STOP_GRACE)
        if work.done() and not work.cancelled():
            work.exception()  # known: it was ended

    def _take_answer(self, job: ServeJob, work: asyncio.Future[Any]) -> None:
        try:
            answer = work.result()
        except WorkerDiedError as error:
            if self.stopping:
                job.fail(UNAVAILABLE, STOPPING)
                return
            job.fail(INTERNAL, f"the process that estimates has died ({error}); another one takes its place")
            return
        if "problem" in answer:
            job.unusable_mesh = answer.get("unusable_mesh", False)
            job.fail(answer["status"], answer["problem"])
        else:
            job.succeed(answer["result"])

    def _give_up(self, job: ServeJob) -> None:
        job.fail(CANCELED, "it was canceled", CANCELED_STATE)
        self._keep(job)

    def _keep(self, job: ServeJob) -> None:
        if self.finished.find(job.id) is None:
            self.finished.add(job)
            self.on_end(job)


def _note_failure(start: asyncio.Future[None]) -> None:
    """Asked for, so that one that nobody waits for any more is not told of."""
    if not start.cancelled():
        start.exception()
