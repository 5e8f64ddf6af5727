"""What the server has between requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from camera_estimation.studio.jobs import EventHub, JobRunner, Workplace
from camera_estimation.studio.shelf import StudioSession


@dataclass
class StudioState:
    """The session, the work on it, and files that wait to be taken away (by their numbers)."""

    session: StudioSession
    hub: EventHub = field(default_factory=EventHub)
    downloads: dict[int, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place = Workplace(self.session)
        self.jobs = JobRunner(self.hub)

    def offer(self, path: Path) -> int:
        """The number of a file that may be taken away."""
        number = len(self.downloads) + 1
        self.downloads[number] = path
        return number
