"""The basin of attraction of an objective: from which random poses does its refinement alone find the answer?"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.convergence._random_poses import poses_in_place, uniform_rotations
from camera_estimation.errors import InputError
from camera_estimation.estimation import (
    CameraEstimate,
    CameraEstimator,
    Intrinsics,
    Observation,
    PoseHypotheses,
    PreparedMesh,
    assess,
    build_estimate,
    camera_objective,
    descend_objective,
    refine_at_level,
)
from camera_estimation.geometry import Camera, concatenate, rotmat_geodesic_distance
from camera_estimation.images import UNMASKED, SourceImage
from camera_estimation.poses import Candidates, Progress, Trace

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
    trace, mesh, config = Trace(progress), estimator.prepared, estimator.config
    with trace("prepare"):
        image = estimator.settle_mask(image, intrinsics) if image.other_masks else image
        observation = estimator.observe(image, intrinsics)
    with trace("random poses"):
        starts = _random_poses(observation, count, mesh, config, trace)
    refiner = _RefinerAlone(estimator, starts)
    with trace("refine"):
        parts = []
        for first in range(0, count, AT_ONCE):
            trace.tell(f"refine random starts {first + 1} to {min(first + AT_ONCE, count)} of {count}")
            parts.append(refiner.refine(starts.rigid(starts.candidates[first : first + AT_ONCE], mesh.renderer)))
            trace.report(min(float(part.score.neg().min()) for part in parts))
        ends = concatenate([part.camera for part in parts])
        losses = -torch.cat([part.score for part in parts])
        best = int(losses.argmin())
        if estimator.record:  # again, now alone: what the others did would lie between its iterations
            trace.recording = True
            refiner.refine(starts[[best]])
    with trace("decide"):
        apart = math.radians(config.refinement.separation_deg)
        answers = Candidates(ends, -losses).suppress_neighbors(ANSWERS, apart)
        trace.record_stage("decide", ends, losses, [best])
        answered = starts.rigid(answers, mesh.renderer)
        assessment = assess(answered, mesh, config)
    estimate = build_estimate(answered, assessment, mesh, config)
    begun, ended = (mesh.mesh.to_world(cameras.to("cpu")) for cameras in (starts.camera, ends))
    if image.window is not None:
        begun, ended = image.window.to_source(begun), image.window.to_source(ended)
    return Basin(begun, ended, losses.to("cpu", torch.float64), estimate)


def _random_poses(
    observation: Observation, count: int, mesh: PreparedMesh, config: Configuration, trace: Trace
) -> PoseHypotheses:
    """Hypotheses at the object's place, of the size that it has, seen from anywhere."""
    view = observation.target.view(config.search.resolution)
    rotations = uniform_rotations(count, config.seed)
    cameras = mesh.constrain(poses_in_place(mesh.coarse_renderer, rotations, view, observation.frame))
    unknown = torch.full((count,), torch.inf)
    trace.record_stage("random poses", cameras, unknown, list(range(count)))
    occluded = config.refinement.occlusion == "on"
    return PoseHypotheses(observation, Candidates(cameras, -unknown), (mesh.renderer,) * count, trace, occluded)


class _RefinerAlone:
    """Refinement of a batch of poses by the objective alone: through all levels by Gauss-Newton where that minimizes
    it, else by gradient descent."""

    def __init__(self, estimator: CameraEstimator, hypotheses: PoseHypotheses) -> None:
        self.mesh, self.config, self.objective = estimator.prepared, estimator.config, estimator.objective
        self.loss_of = camera_objective(hypotheses, self.objective, self.mesh, self.config)

    def refine(self, hypotheses: PoseHypotheses) -> Candidates:
        """Where each got, in the same order, with minus its loss; minus infinity where that is no number."""
        levels = self.config.refinement.levels
        if levels and self.objective.minimized_by_gauss_newton:
            for level in levels:
                cameras, _ = refine_at_level(hypotheses, level, self.mesh, self.config)
                candidates = replace(hypotheses.candidates, camera=cameras)
                hypotheses = replace(hypotheses, candidates=candidates)
            with torch.no_grad():
                losses = self.loss_of(hypotheses.camera, self.mesh.renderer)
            return Candidates(hypotheses.camera, -losses.nan_to_num(torch.inf))
        ends, losses = descend_objective(
            self.loss_of, hypotheses.camera, self.mesh.renderer, self.config, hypotheses.trace
        )
        return Candidates(ends, -losses.nan_to_num(torch.inf))
