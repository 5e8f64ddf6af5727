"""Jobs that have ended, kept until their results are fetched or for a while."""

from __future__ import annotations

import time
from collections import OrderedDict

from camera_estimation.serve.jobs.job import ServeJob


class FinishedJobs:
    """The last jobs that have ended, by their ids.

    Args:
        most: That are kept.
        seconds: How long they are.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self.most, self.seconds = most, seconds
        self._jobs: OrderedDict[str, ServeJob] = OrderedDict()

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, job: ServeJob) -> None:
        """Keep one more, and forget those that are too many or too old."""
        self._jobs[job.id] = job
        self.expire()

    def find(self, number: str) -> ServeJob | None:
        """The job of that id; None where it is not here any more."""
        self.expire()
        return self._jobs.get(number)

    def drop(self, number: str) -> None:
        """Forget one."""
        job = self._jobs.pop(number)
        job.on_drop(job)

    def expire(self) -> None:
        """Forget what is too much or too old."""
        oldest = time.monotonic() - self.seconds
        for number, job in list(self._jobs.items()):
            if len(self._jobs) <= self.most and job.finished >= oldest:
                return
            self.drop(number)
