"""A piece of work: what it is at, and whether it is to stop."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from camera_estimation.studio.jobs.event_hub import EventHub

MOST_OFTEN = 0.05  # seconds between two pictures of the same stage


class JobStopped(BaseException):
    """Somebody pressed stop. Not an Exception, for those of single samples are told and passed over."""


class Job:
    """What a piece of work is given to tell of itself.

    Args:
        number: Of the job.
        kind: Of the work: "estimate".
        title: What people call it.
        hub: Where it tells.
        subject: Number of the sample that it is of; None: of several.
    """

    def __init__(self, number: int, kind: str, title: str, hub: EventHub, subject: int | None = None) -> None:
        self.number, self.kind, self.title, self.subject = number, kind, title, subject
        self.state, self.sentence = "running", ""
        self.stage = ""
        self.loss: float | None = None
        self._hub, self._stopping = hub, threading.Event()
        self._shown = 0.0

    def stop(self) -> None:
        """Ask it to stop; it does at its next step."""
        self._stopping.set()

    def check(self) -> None:
        """Raises JobStopped if it is to stop."""
        if self._stopping.is_set():
            raise JobStopped

    def report(self, stage: str, loss: float | None) -> None:
        """As ``camera_estimation.poses.Progress``. Raises JobStopped."""
        self.check()
        value = loss if loss is not None and math.isfinite(loss) else None
        if stage == self.stage and time.monotonic() - self._shown < MOST_OFTEN:
            return
        self.stage, self.loss, self._shown = stage, value, time.monotonic()
        self.tell("progress", stage=stage, loss=value)

    def tell(self, event: str, **values: Any) -> None:
        """An event of this job."""
        self._hub.publish(event, job=self.number, **values)

    def remark(self, text: str) -> None:
        """A line for people."""
        self.tell("remark", text=text)

    def values(self) -> dict[str, Any]:
        """What a page is told of it."""
        return {
            "number": self.number,
            "kind": self.kind,
            "title": self.title,
            "state": self.state,
            "sentence": self.sentence,
            "stage": self.stage,
            "subject": self.subject,
        }
