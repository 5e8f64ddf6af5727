"""The basin of attraction of an objective: from which random poses does its refinement alone find the answer?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.convergence.random_poses import poses_in_place, uniform_rotations
from camera_estimation.errors import InputError
from camera_estimation.estimation import (
    CameraEstimate,
    CameraEstimator,
    CameraObjective,
    ExplainedImage,
    Explanation,
    Intrinsics,
    Start,
    assembled,
    assessed,
    camera_without_pose,
    followed,
    recorded,
)
from camera_estimation.geometry import Camera, concatenate, rotmat_geodesic_distance
from camera_estimation.images import UNMASKED, SourceImage, Target
from camera_estimation.poses import Candidates, Progress, Trace
from camera_estimation.refinement import descend, refine, straightened

CONVERGED_DEG = 5.0
AT_ONCE = 16  # poses refined in one batch, which bounds the memory that perceptual networks take
ANSWERS = 4  # the best end and at most so many that differ from it, less one


@dataclass(frozen=True)
class Basin:
    """Random starts, where the objective's refinement led each (world cameras of the full image), and its value there.

    ``estimate`` has the best end as the answer, which errors are measured from.
    """

    starts: Camera
    ends: Camera
    losses: Float[Tensor, " N"]
    estimate: CameraEstimate

    @cached_property
    def start_error_deg(self) -> Float[np.ndarray, " N"]:
        return self._error_deg(self.starts)

    @cached_property
    def end_error_deg(self) -> Float[np.ndarray, " N"]:
        return self._error_deg(self.ends)

    @property
    def converged(self) -> Bool[np.ndarray, " N"]:
        """Within 5 degrees of the answer."""
        return self.end_error_deg <= CONVERGED_DEG

    def _error_deg(self, cameras: Camera) -> Float[np.ndarray, " N"]:
        answer = self.estimate.camera.rotation.expand_as(cameras.rotation)
        return np.degrees(rotmat_geodesic_distance(cameras.rotation, answer).numpy())


def basin_of(
    estimator: CameraEstimator,
    image: SourceImage,
    count: int,
    *,
    intrinsics: Intrinsics | None = None,
    progress: Progress | None = None,
) -> Basin:
    """From ``count`` poses that ``config.seed`` determines, each refined on its own: nothing is searched, no start is
    given up, and the mesh is not bent. Raises InputError for images without a mask."""
    if image.mask_source == UNMASKED:
        raise InputError(f"{image.path}: random starts need the object's mask; leave --mask none away")
    stages = Trace(progress)
    with stages("prepare"):
        intrinsics = intrinsics or estimator.assumed_intrinsics(image)
        full = camera_without_pose(image, intrinsics).to(estimator.device, torch.float32)
        target = estimator.target_of(image)
    with stages("random poses"):
        rotations = uniform_rotations(count, estimator.config.seed)
        view = target.view(estimator.config.search.resolution)
        starts = poses_in_place(estimator.coarse_renderer, rotations, view, full)
        if estimator.up is not None:
            starts = straightened(starts, estimator.up)
        stages.record_stage("random poses", starts, torch.full((count,), torch.inf), list(range(count)))
    refined = _Alone(estimator, target)
    with stages("refine"):
        parts = []
        for first in range(0, count, AT_ONCE):
            parts.append(refined(starts[first : first + AT_ONCE], stages))
            stages.report(min(float(part.score.neg().min()) for part in parts))
        ends = concatenate([part.camera for part in parts])
        losses = -torch.cat([part.score for part in parts])
        best = int(losses.argmin())
        if estimator.record:  # again, now alone: what the others did would lie between its iterations
            stages.recording = True
            refined(starts[[best]], stages)
    with stages("decide"):
        apart = math.radians(estimator.config.refinement.separation_deg)
        answers = Candidates(ends, -losses).suppress_neighbors(ANSWERS, apart)
        stages.record_stage("decide", ends, losses, [best])
        explanation = Explanation(answers, [estimator.renderer] * len(answers.score), occluded=refined.occluded)
        assessment = assessed(estimator.refined, explanation, target)
    explained = ExplainedImage(image, intrinsics, target, explanation, Start(None, 0, estimator.refined), stages)
    estimate = assembled(explained, assessment, estimator.mesh, estimator.renderer, estimator.config)
    to_world = estimator.mesh.to_world
    return Basin(to_world(starts.to("cpu")), to_world(ends.to("cpu")), losses.to("cpu", torch.float64), estimate)


class _Alone:
    """Refinement of a batch of cameras by the objective alone: through all levels by Gauss-Newton where that minimises
    it, else by gradient descent."""

    def __init__(self, estimator: CameraEstimator, target: Target) -> None:
        self.estimator, self.target, self.config = estimator, target, estimator.config
        levels = self.config.refinement.levels
        self.levels = levels if estimator.objective.minimized_by_gauss_newton else ()
        self.occluded = self.config.refinement.occlusion == "on"
        self.loss_of = CameraObjective(
            estimator.objective,
            target.view(self.config.loss.resolution),
            self.config,
            estimator.constrained,
            levels[-1].hidden_from if self.occluded and levels else None,
        )

    def __call__(self, cameras: Camera, stages: Trace) -> Candidates:
        """Where each got, in the same order, with minus its loss; minus infinity where that is no number."""
        renderer = self.estimator.renderer
        if self.levels:
            ends = self._by_levels(cameras, stages)
            with torch.no_grad():
                losses = self.loss_of(ends, renderer)
        else:
            descended = descend(
                lambda camera: self.loss_of(camera, renderer),
                cameras,
                self.config.loss.steps,
                self.config.loss.first_step,
                optimize_focal=self.config.camera.optimize_fov,
                on_iteration=followed(self.loss_of, renderer, stages),
            )
            ends, losses = self.estimator.constrained(descended.camera), descended.loss.detach()
        return Candidates(ends, -losses.nan_to_num(torch.inf))

    def _by_levels(self, cameras: Camera, stages: Trace) -> Camera:
        estimator = self.estimator
        for level in self.levels:
            view = self.target.view(level.resolution)
            refined = refine(
                estimator.coarse_renderer if level.simplified else estimator.renderer,
                view.camera(cameras),
                view,
                estimator.refined.iterations(level, self.occluded),
                level.blur,
                optimize_focal=self.config.camera.optimize_fov,
                up=estimator.up,
                appearance=self.config.appearance,
                hidden_from=level.hidden_from if self.occluded else None,
                on_iteration=recorded(f"refine {level.resolution} px", view, cameras, stages),
            )
            cameras = view.full_camera(refined.camera, cameras.width, cameras.height)
        return cameras
