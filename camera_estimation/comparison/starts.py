"""Where the objectives of a comparison start: what ``--from`` chooses."""

from __future__ import annotations

import math
import zlib
from dataclasses import replace

import torch

from camera_estimation.estimation import CameraEstimator, PoseHypotheses, refine_coarse_to_fine
from camera_estimation.geometry import rotvec_to_rotmat
from camera_estimation.poses import Candidates

ANSWER, SEARCH, NEAR, FAR = "answer", "search", "near", "far"
STARTS = (ANSWER, SEARCH, NEAR, FAR)
DISTURBED_DEG = {NEAR: 10.0, FAR: 30.0}
# As poses.json has them: the answer was looked for everywhere.
START_WORDS = {ANSWER: "search", SEARCH: "candidates", NEAR: NEAR, FAR: FAR}
SEARCH_STAGE = "search"  # of the trace


def start_line(start: str) -> str:
    """What the start means for the numbers, in one line for people."""
    if start == ANSWER:
        return (
            "All objectives start from the poses that the default's refinement found: the numbers tell whether they "
            "keep and sharpen these, not what they find alone (--from search, near or far)."
        )
    if start == SEARCH:
        return (
            "Each objective starts from the search's candidates, unrefined: it ranks them and refines the best alone."
        )
    return (
        f"Each objective starts from the default's answer turned by {DISTURBED_DEG[start]:g} degrees about a random "
        "axis, the same for all, and refines that alone."
    )


def start_poses(hypotheses: PoseHypotheses, start: str, estimator: CameraEstimator, name: str) -> PoseHypotheses:
    """What an objective is given to start from.

    Args:
        hypotheses: What explains the image, the best first.
        start: Of ``STARTS``.
        estimator: Which proposed them.
        name: Of the sample, which with the seed determines how it is disturbed.
    """
    if start == ANSWER:
        return hypotheses
    if start == SEARCH:
        stage = next(stage for stage in hypotheses.trace.stages if stage.name == SEARCH_STAGE)
        return hypotheses.rigid(Candidates(stage.camera, -stage.score), estimator.prepared.renderer)
    best = hypotheses.camera[:1]
    generator = torch.Generator().manual_seed(zlib.crc32(f"{estimator.config.seed} {name}".encode()))
    axis = torch.nn.functional.normalize(torch.randn(1, 3, generator=generator), dim=-1)
    turn = rotvec_to_rotmat(math.radians(DISTURBED_DEG[start]) * axis).to(best.rotation)
    disturbed = estimator.prepared.constrain(replace(best, rotation=best.rotation @ turn))
    score = hypotheses.candidates.score[:1]
    return hypotheses.rigid(Candidates(disturbed, score), estimator.prepared.renderer)


def refine_start(hypotheses: PoseHypotheses, start: str, estimator: CameraEstimator) -> PoseHypotheses:
    """Where Gauss-Newton, which some objectives are minimized by, leads from the start; others descend as they decide,
    and the answer has been refined."""
    minimized = estimator.objective.minimized_by_gauss_newton and estimator.config.refinement.levels
    if start == ANSWER or not minimized:
        return hypotheses
    return refine_coarse_to_fine(hypotheses, estimator.prepared, estimator.config)
