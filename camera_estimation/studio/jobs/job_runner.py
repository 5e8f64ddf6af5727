"""One piece of work at a time, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from camera_estimation.errors import InputError, internal_error
from camera_estimation.studio.jobs.event_hub import EventHub
from camera_estimation.studio.jobs.job import Job, JobStopped

logger = logging.getLogger(__name__)

Work = Callable[[Job], "dict[str, Any] | None"]


class BusyError(InputError):
    """Something else is being done."""


class JobRunner:
    """Runs jobs one after the other; asked for a second one while one runs, it refuses.

    Args:
        hub: Where jobs tell of themselves.
    """

    def __init__(self, hub: EventHub) -> None:
        self.hub = hub
        self.current: Job | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._count = 0

    def start(self, kind: str, title: str, work: Work, subject: int | None = None) -> Job:
        """Begin a piece of work.

        Args:
            kind: Of the work.
            title: What people call it.
            work: Is given the job; what it returns goes out with the event of its end.
            subject: Number of the sample that it is of.

        Raises:
            BusyError: Another one is running.
        """
        with self._lock:
            if self.current is not None and self.current.state == "running":
                raise BusyError(f"one thing at a time: '{self.current.title}' is running; wait for it, or stop it")
            self._count += 1
            job = self.current = Job(self._count, kind, title, self.hub, subject)
            self.hub.forget()
            self.hub.publish("job", **job.values())
            self._thread = threading.Thread(target=self._run, args=(job, work), name=f"job {job.number}", daemon=True)
            self._thread.start()
        return job

    def stop(self) -> None:
        """Ask the running job, if there is one, to stop."""
        if self.current is not None:
            self.current.stop()

    def wait(self, seconds: float) -> None:
        """Until the job is through, but no longer than that."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, job: Job, work: Work) -> None:
        outcome: dict[str, Any] = {}
        try:
            outcome = work(job) or {}
            state, sentence = "done", ""
        except JobStopped:
            state, sentence = "stopped", f"'{job.title}' was stopped; nothing of it is kept"
        except InputError as error:
            state, sentence = "failed", str(error)
        except Exception as error:  # whatever goes wrong costs this job only, and is told in a sentence
            logger.exception("%s", job.title)
            state, sentence = "failed", internal_error(error)
        with self._lock:
            job.state, job.sentence = state, sentence
        self.hub.publish("job", **{**outcome, **job.values()})
