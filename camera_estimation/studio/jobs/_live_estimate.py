"""Estimates that are watched: every iteration goes out as it is done, and any of them can be the last."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera, camera_values
from camera_estimation.images import UNMASKED
from camera_estimation.poses import Trace

if TYPE_CHECKING:
    from camera_estimation.estimation import CameraEstimate, Initialization, PoseHypotheses
    from camera_estimation.studio.jobs.job import Job
    from camera_estimation.studio.jobs.workplace import LoadedSubject

MOST_SHOWN = 12  # candidates of a stage that the page draws


@dataclass
class LiveTrace(Trace):
    """A trace that a job tells of. ``to_world`` turns cameras of the estimate into those of the picture."""

    job: Job | None = None
    to_world: Callable[[Camera], Camera] | None = None

    def record_stage(self, name: str, camera: Camera, score: Float[Tensor, " B"], kept: list[int]) -> None:
        super().record_stage(name, camera, score, kept)
        if self.job is not None:
            self.job.check()
            best = score.argsort()[:MOST_SHOWN].tolist()
            self.job.tell("candidates", stage=name, count=len(camera), cameras=self._values(camera[best]))

    def record_iteration(
        self,
        stage: str,
        number: int,
        camera: Camera,
        loss: Float[Tensor, " B"],
        step: Float[Tensor, "B K"],
        terms: dict[str, float] | None = None,
    ) -> None:
        super().record_iteration(stage, number, camera, loss, step, terms)
        if self.job is not None:
            self.job.check()
            last = self.iterations[-1]
            value = last.loss if math.isfinite(last.loss) else None
            for values in self._values(last.camera):
                self.job.tell("pose", stage=stage, number=number, loss=value, camera=values)

    def _values(self, cameras: Camera) -> list[dict[str, Any]]:
        if self.to_world is None:
            return []
        world, values = self.to_world(cameras), []
        for index in range(len(world)):
            with suppress(ValueError):  # one that is not finite cannot be drawn
                values.append(camera_values(world[index]))
        return values


def watch_proposal(ready: LoadedSubject, start: Initialization | None, job: Job) -> PoseHypotheses:
    """What explains a picture with a mask, watched."""
    return ready.estimator.propose(ready.loaded.image, ready.loaded.intrinsics, start, _live_trace(ready, job))


def watch_estimate(ready: LoadedSubject, start: Initialization, job: Job) -> CameraEstimate:
    """As ``CameraEstimator.estimate``, watched; of a picture without a mask only its stages are told."""
    loaded = ready.loaded
    if loaded.image.mask_source == UNMASKED:
        return ready.estimator.estimate(
            loaded.image,
            intrinsics=loaded.intrinsics,
            initial=start.given,
            searched=start.searched,
            progress=job.report,
        )
    return ready.estimator.decide(watch_proposal(ready, _in_window(start, ready), job))


def _in_window(start: Initialization, ready: LoadedSubject) -> Initialization:
    from camera_estimation.estimation import Initialization

    window = ready.loaded.image.window
    if start.given is None or window is None:
        return start
    return Initialization(window.to_window(start.given), start.searched, start.nearly_right)


def _live_trace(ready: LoadedSubject, job: Job) -> LiveTrace:
    mesh, window = ready.estimator.mesh, ready.loaded.image.window

    def to_world(camera: Camera) -> Camera:
        world = mesh.to_world(camera.detach().to("cpu"))
        return world if window is None else window.to_source(world)

    return LiveTrace(job.report, recording=True, job=job, to_world=to_world)
