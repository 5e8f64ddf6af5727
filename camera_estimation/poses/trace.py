"""What happens to the candidates of one estimate, stage by stage: times, progress, and a trace for later questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera

Progress = Callable[[str, "float | None"], None]


@dataclass(frozen=True)
class Stage:
    """The cameras after one stage with their scores (lower is better), and the indices of those that went on."""

    name: str
    camera: Camera
    score: Float[Tensor, " B"]
    kept: list[int]


@dataclass(frozen=True)
class Iteration:
    """The best camera after one iteration of a refinement, what is minimised there, and the step that led to it: the
    angle turned by (radians) and the longest of shifts and changes of the logarithms of depth and focal length (object
    radii)."""

    stage: str
    number: int
    camera: Camera
    loss: float
    terms: dict[str, float]
    turn: float
    shift: float


@dataclass
class Trace:
    """Times each stage, tells ``progress`` of it, and keeps what it produced: of refinements every iteration too, where
    ``recording``."""

    progress: Progress | None = None
    recording: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    iterations: list[Iteration] = field(default_factory=list)
    current: str = ""

    def branch(self) -> Trace:
        """What happened so far, to be continued apart from this."""
        return replace(self, seconds=dict(self.seconds), stages=list(self.stages), iterations=list(self.iterations))

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

    def tell(self, work: str) -> None:
        """Tell what the current stage is at, in words instead of its name."""
        if self.progress is not None:
            self.progress(work, None)

    def record_stage(self, name: str, camera: Camera, score: Float[Tensor, " B"], kept: list[int]) -> None:
        """Keep what a stage produced."""
        self.stages.append(Stage(name, camera, score, kept))

    def record_iteration(
        self,
        stage: str,
        number: int,
        camera: Camera,
        loss: Float[Tensor, " B"],
        step: Float[Tensor, "B K"],
        terms: dict[str, float] | None = None,
    ) -> None:
        """Keep the best camera of a batch after an iteration whose steps were ``step`` (see ``geometry.retract``)."""
        best = int(loss.argmin())
        turn, shift = float(step[best, :3].norm()), float(step[best, 3:].abs().max())
        self.iterations.append(
            Iteration(stage, number, camera[best : best + 1], float(loss[best]), terms or {}, turn, shift)
        )
