"""The first stages: propose poses from everywhere or near given ones, and refine them coarse to fine."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration, LevelConfig
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.initialization import Initialization, normalize_given
from camera_estimation.estimation.observation import Observation
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import Camera
from camera_estimation.images import TargetView
from camera_estimation.losses import PoseLook, PoseScorer, match_median_depth
from camera_estimation.poses import Candidates, Trace, find_beside, find_better_neighbors, non_maximum_suppression
from camera_estimation.refinement import COARSELY, TO_THE_END, OnIteration, Patience, refine
from camera_estimation.search import Search

# Times as many with the focal length, which depth nearly makes up for, and where areas drop out as hidden.
FOCAL_ITERATIONS = 1.5
OCCLUDED_ITERATIONS = 2
# Times the score of the best, after the first level, of poses that may still be as good as known ones: measured there,
# the answer's cost was at most 1.15 times the best.
PROMISING_FIRST = 1.5


def propose(
    observation: Observation,
    start: Initialization,
    search: Search,
    mesh: PreparedMesh,
    config: Configuration,
    trace: Trace,
    occluded: bool,
    name: str = "search",
) -> PoseHypotheses:
    """The poses that are given, whose scores are infinite, then those of the search.

    Args:
        occluded: Whether the mask may not be all of the object's silhouette, or more.
        name: What the trace calls the stage.
    """
    candidates = []
    if start.given is not None:
        given = normalize_given(start.given, observation.frame, mesh, observation.focal is not None)
        candidates.append(Candidates(given, torch.full((len(given),), torch.inf, device=mesh.device)))
    if not candidates or start.searched != 0:
        found = search(observation.target, observation.frame, trace.report, partial=occluded)
        candidates.append(found[: start.searched])
    together = Candidates.concatenate(candidates)
    trace.record_stage(name, together.camera, -together.score, list(range(len(together))))
    return PoseHypotheses(observation, together, (mesh.renderer,) * len(together), trace, occluded)


def refine_coarse_to_fine(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """Gauss-Newton over levels, each finer than the last; after each the best that differ go on."""
    hypotheses = _match_measured_distance(hypotheses, mesh, config)
    levels, settings = config.refinement.levels, config.refinement
    for number, level in enumerate(levels):
        patience = COARSELY if number == 0 and len(levels) > 1 else TO_THE_END
        cameras, score = refine_at_level(hypotheses, level, mesh, config, patience)
        hopeless = settings.hopeless_finest if 0 < number == len(levels) - 2 else settings.hopeless
        hypotheses = suppress(hypotheses, level_name(level), cameras, score, level.keep, mesh, config, hopeless)
    return hypotheses


def refine_coarsely(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """``refine_coarse_to_fine`` without the finest level."""
    refinement = replace(config.refinement, levels=config.refinement.levels[:-1])
    return refine_coarse_to_fine(hypotheses, mesh, replace(config, refinement=refinement))


def refine_coarsely_beside(
    hypotheses: PoseHypotheses, known: PoseHypotheses, mesh: PreparedMesh, config: Configuration
) -> PoseHypotheses:
    """``refine_coarsely`` for what may be as good as poses that are ``known``, and beside none of them: at the first
    level they compete with those, and what comes beside one, or would not catch up with it, ends there."""
    first, *later = config.refinement.levels
    hypotheses = _match_measured_distance(hypotheses, mesh, config)
    if later:
        both = hypotheses.rigid(Candidates.concatenate([known.candidates, hypotheses.candidates]), mesh.renderer)
        cameras, score = refine_at_level(both, first, mesh, config, COARSELY)
        count = first.keep + len(known)
        both = suppress(both, level_name(first), cameras, score, count, mesh, config, PROMISING_FIRST)
        hypotheses = _leave_out_beside(both, known, config)
    if len(hypotheses) and later[:-1]:
        refinement = replace(config.refinement, levels=tuple(later[:-1]))
        hypotheses = refine_coarse_to_fine(hypotheses, mesh, replace(config, refinement=refinement))
    return _leave_out_beside(hypotheses, known, config)


def _leave_out_beside(hypotheses: PoseHypotheses, known: PoseHypotheses, config: Configuration) -> PoseHypotheses:
    separation, apart = math.radians(config.refinement.merging_deg), config.refinement.merging_radii
    beside = find_beside(hypotheses.camera, known.camera, separation, apart)
    return hypotheses[(~beside.any(1)).nonzero()[:, 0].tolist()]


def refine_to_end(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """Poses that are nearly right, refined at the finest level."""
    level = finest_level(config)
    cameras, score = refine_at_level(hypotheses, level, mesh, config)
    return suppress(hypotheses, level_name(level), cameras, score, level.keep, mesh, config)


def refine_at_level(
    hypotheses: PoseHypotheses,
    level: LevelConfig,
    mesh: PreparedMesh,
    config: Configuration,
    patience: Patience = TO_THE_END,
) -> tuple[Camera, Float[Tensor, " B"]]:
    """All of them refined at one level with the mesh as it is: where each got, and its score (lower is better; infinite
    for those that came beside a better one)."""
    scorer = level_scorer(hypotheses, level, config)
    frame = hypotheses.observation.frame
    found = refine(
        mesh.coarse_renderer if level.simplified else mesh.renderer,
        scorer.view.camera(hypotheses.camera),
        scorer,
        level_iterations(level, hypotheses),
        focal=hypotheses.observation.free_focal(scorer.view),
        up=mesh.up,
        find_better=partial(
            find_better_neighbors,
            separation=math.radians(config.refinement.merging_deg),
            places_apart=config.refinement.merging_radii,
        ),
        patience=patience,
        on_iteration=iteration_recorder(level_name(level), scorer.view, frame, hypotheses.trace),
    )
    return scorer.view.full_camera(found.camera, frame.width, frame.height), found.score


def suppress(
    hypotheses: PoseHypotheses,
    name: str,
    cameras: Camera,
    score: Float[Tensor, " B"],
    count: int,
    mesh: PreparedMesh,
    config: Configuration,
    hopeless: float | None = None,
) -> PoseHypotheses:
    """Of poses with scores (lower is better) the best that differ, with the mesh as it is, but for those whose score is
    ``hopeless`` times the best one's (None: as in the settings)."""
    promising = torch.where(score <= (hopeless or config.refinement.hopeless) * score.min(), score, torch.inf)
    kept = non_maximum_suppression(cameras, -promising, count, math.radians(config.refinement.separation_deg))
    return hypotheses.rigid(hypotheses.keep(name, cameras, score, kept), mesh.renderer)


@torch.no_grad()
def first_overlap(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> float:
    """Intersection over union of the target's silhouette and that of the mesh as it is at the first pose."""
    view = hypotheses.observation.target.view(finest_level(config).resolution)
    mask = mesh.renderer.draw(view.camera(hypotheses.camera[:1]))[0][:, 3:]
    return float(silhouette_iou(mask, view.rgba[:, 3:], view.pixel_weight))


def silhouette_iou(
    first: Float[Tensor, "B 1 H W"], second: Float[Tensor, "1 1 H W"], inside: Float[Tensor, "1 1 H W"]
) -> Float[Tensor, " B"]:
    """Intersection over union of soft masks where ``inside`` holds."""
    common = (torch.minimum(first, second) * inside).sum((1, 2, 3))
    union = (torch.maximum(first, second) * inside).sum((1, 2, 3))
    return common / union.clamp(min=1e-6)


def finest_level(config: Configuration) -> LevelConfig:
    """The last level of refinement, or how poses are looked at where there is none."""
    levels = config.refinement.levels
    return levels[-1] if levels else LevelConfig(resolution=256, blur=1.0, iterations=0, keep=1)


def level_name(level: LevelConfig) -> str:
    """What the trace calls it."""
    return f"refine {level.resolution} px"


def level_iterations(level: LevelConfig, hypotheses: PoseHypotheses) -> int:
    """More where the focal length is free or areas drop out."""
    if hypotheses.observation.focal is not None:
        return round(FOCAL_ITERATIONS * level.iterations)
    return OCCLUDED_ITERATIONS * level.iterations if hypotheses.occluded else level.iterations


def level_scorer(hypotheses: PoseHypotheses, level: LevelConfig, config: Configuration) -> PoseScorer:
    """What poses are looked at with at a level: areas count as hidden where the hypotheses say so."""
    return PoseScorer(
        hypotheses.observation.target.view(level.resolution),
        level.blur,
        config.appearance,
        level.hidden_from if hypotheses.occluded else None,
    )


def look_at_first(hypotheses: PoseHypotheses, config: Configuration) -> PoseLook:
    """What the first pose shows of its mesh at the finest level."""
    scorer = level_scorer(hypotheses, finest_level(config), config)
    return scorer(hypotheses.renderers[0], scorer.view.camera(hypotheses.camera[:1]))


def iteration_recorder(name: str, view: TargetView, frame: Camera, trace: Trace) -> OnIteration | None:
    """Tells ``trace`` of the iterations of cameras of ``view``, as cameras of the full image, if it keeps them."""
    if not trace.recording:
        return None

    def on_iteration(number: int, camera: Camera, loss: Tensor, step: Tensor) -> None:
        trace.record_iteration(name, number, view.full_camera(camera, frame.width, frame.height), loss, step)

    return on_iteration


def _match_measured_distance(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """Where metric depth tells the distance, and with it the focal length that is free."""
    levels, target = config.refinement.levels, hypotheses.observation.target
    known = target.evidence.depth is not None and target.evidence.depth.kind == "metric"
    if hypotheses.observation.focal is None or not (known and levels):
        return hypotheses
    view, frame = target.view(levels[0].resolution), hypotheses.observation.frame
    assert view.evidence.depth is not None
    camera = view.camera(hypotheses.camera)
    camera = match_median_depth(view.evidence.depth, camera, mesh.coarse_renderer.draw(camera)[1])
    candidates = replace(hypotheses.candidates, camera=view.full_camera(camera, frame.width, frame.height))
    return replace(hypotheses, candidates=candidates)
