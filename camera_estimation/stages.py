"""What happens to the candidates of one estimate, stage by stage: times, progress, and a trace for later questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jaxtyping import Float
from torch import Tensor

from camera_estimation.camera import Camera

Progress = Callable[[str, "float | None"], None]


@dataclass(frozen=True)
class Stage:
    """The cameras after one stage with their scores (lower is better), and the indices of those that went on."""

    name: str
    camera: Camera
    score: Float[Tensor, "B"]
    kept: list[int]


@dataclass
class Stages:
    """Times each stage, tells ``progress`` of it, and keeps what it produced."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    trace: list[Stage] = field(default_factory=list)
    current: str = ""

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.current = name
        self.report(None)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start

    def report(self, loss: float | None) -> None:
        """Tell the current stage and the loss so far."""
        if self.progress is not None:
            self.progress(self.current, loss)

    def produced(self, name: str, camera: Camera, score: Float[Tensor, "B"], kept: list[int]) -> None:
        """Keep what a stage produced."""
        self.trace.append(Stage(name, camera, score, kept))
