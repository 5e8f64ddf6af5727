"""Explanations of a misfit, the cheapest first: the mesh is bent, or something hides a part of the object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._silhouette_fit import SilhouetteFit, fit_silhouette
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import (
    finest_level,
    first_overlap,
    iteration_recorder,
    level_scorer,
    look_at_first,
    refine_coarsely_beside,
    refine_to_end,
    suppress,
)
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.images import PLAIN_BACKGROUND, shows_surroundings
from camera_estimation.losses import PoseLook
from camera_estimation.poses import Candidates
from camera_estimation.refinement import DeformedPoses, prior_cost, refine, refine_deformed

# The pose found with a bend may cost this much of the silhouettes' overlap of the mesh as it is, else the rigid pose is
# the answer: more would be seen. Where the camera is known, no focal length can have been taken for a bend, or a bend
# for a focal length, and the bend is believed further.
OVERLAP_SLACK = 0.015
OVERLAP_SLACK_KNOWN = 0.06
# How the mesh as it is is aligned with a pose that was found with a bend: by its silhouette more than by its colors,
# which lie where the bend has them.
ALIGNMENT_ITERATIONS = 5
ALIGNMENT_SILHOUETTE = 5.0  # times the silhouette's weight
EXACT_COLORS = 0.03  # of their cost; measured with exact meshes 0.02 and less, with generated ones 0.015 and more
# An occluder that leaves the rest of the mesh unexplained is claimed where it lowers the cost by this factor.
CLEARLY_CHEAPER = 0.75
PROMISING = 1.1  # times the score of the best, at the level before, of poses that are looked at at the finest


def adapt(
    hypotheses: PoseHypotheses,
    mesh: PreparedMesh,
    config: Configuration,
    propose_parts: Callable[[], PoseHypotheses],
) -> PoseHypotheses:
    """The hypotheses as they are where they explain the silhouette; else with the mesh bent, or a part of it hidden.

    Args:
        propose_parts: Searches poses of an object of which a part is hidden.
    """
    if not config.refinement.levels:
        return hypotheses
    quality = config.refinement.mesh_quality
    fit = fit_first(hypotheses, config)
    # A picture that a mesh was generated from hides no part of it, nor does a plain background; and a cut-out shows
    # nothing that hides a little.
    plain = hypotheses.observation.image.mask_source == PLAIN_BACKGROUND
    may_hide = config.refinement.occlusion == "auto" and quality != "generated" and not plain
    may_hide = may_hide and (fit.is_hidden or (fit.is_off and shows_surroundings(hypotheses.observation.image)))
    covered = hypotheses
    if may_hide:
        covered = refine_to_end(replace(hypotheses, occluded=True), mesh, config)
        if _shows_occluder(covered, look_at_first(covered, config), config):
            return covered
    bent = hypotheses
    if quality == "generated" or (quality == "auto" and fit.is_off):
        bent = deform(hypotheses, mesh, config)
    if may_hide:
        parts = refine_coarsely_beside(propose_parts(), covered, mesh, config)
        hidden = _add_promising(covered, parts, mesh, config)
        look = look_at_first(hidden, config)
        if _shows_occluder(hidden, look, config) or _is_clearly_cheaper(hidden, look, bent, config):
            return hidden
    return bent if bent is hypotheses else _align(bent, hypotheses, mesh, config)


def _shows_occluder(hypotheses: PoseHypotheses, look: PoseLook, config: Configuration) -> bool:
    """Whether all of the silhouette fits but whole areas, as only a mesh does that is exact, and what is seen of the
    object looks like it. A cut-out does not show what hides it, and errors of the mesh can look alike: there what is
    missing is the mask's, and colors are exact, too. ``look`` is at the first pose."""
    fit = fit_first(hypotheses, config, look)
    if not fit.is_partly_hidden or fit.is_off or not look.details_agree:
        return False
    if shows_surroundings(hypotheses.observation.image):
        return True
    return fit.beyond > fit.hidden / 2 and _color_cost(look) < EXACT_COLORS


@torch.no_grad()
def _color_cost(look: PoseLook) -> float:
    """What colors add to a pose's cost where the object is seen."""
    return float((look.residuals.cost_map * look.render[:, 3:] * look.scorer.target[:, 3:]).sum())


def _is_clearly_cheaper(hidden: PoseHypotheses, look: PoseLook, bent: PoseHypotheses, config: Configuration) -> bool:
    """Whether the picture speaks for an occluder of a mesh that is not exact. ``look`` is at the first hidden pose."""
    if not shows_surroundings(hidden.observation.image):
        return False
    explains = fit_first(hidden, config, look).is_partly_hidden and bool(look.details_agree)
    return explains and float(look.score) < CLEARLY_CHEAPER * _cost_of(bent, config)


@torch.no_grad()
def fit_first(hypotheses: PoseHypotheses, config: Configuration, look: PoseLook | None = None) -> SilhouetteFit:
    """How the first pose explains the silhouette: in pixels of the image or, where those are larger, of the finest
    level. ``look`` is that of ``look_at_first``, if it is known."""
    level, target = finest_level(config), hypotheses.observation.target
    view = target.view(level.resolution)
    camera = view.camera(hypotheses.camera[:1])
    coverage = hypotheses.renderers[0].draw(camera)[0][:, 3:] if look is None else look.coverage
    fit = fit_silhouette(coverage, view, level.hidden_from, hypotheses.occluded)
    return replace(fit, rim=fit.rim * min(1.0, max(target.rgba.shape[-2:]) / level.resolution))


def deform(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """The poses refined each together with a deformation of the mesh, coarse to fine."""
    settings, frame = config.deformation, hypotheses.observation.frame
    config = replace(config, appearance=replace(config.appearance, color_threshold=settings.color_threshold))
    candidates = hypotheses.candidates
    found: DeformedPoses | None = None
    for level in settings.levels:
        scorer, name = level_scorer(hypotheses, level, config), f"deform {level.resolution} px"
        found = refine_deformed(
            mesh.coarse_renderer if level.simplified else mesh.renderer,
            scorer.view.camera(candidates.camera),
            scorer,
            level.iterations,
            mesh.coarse_deformations if level.simplified else mesh.deformations,
            settings.prior_weight,
            None if found is None else found.coefficients,
            focal=hypotheses.observation.free_focal(scorer.view),
            up=mesh.up,
            on_iteration=iteration_recorder(name, scorer.view, frame, hypotheses.trace),
        )
        kept = found.score.argsort()[: level.keep].tolist()
        cameras = scorer.view.full_camera(found.camera, frame.width, frame.height)
        candidates, found = hypotheses.keep(name, cameras, found.score, kept), found[kept]
    if found is None:
        return hypotheses
    bent = [mesh.renderer.with_vertices(mesh.deformations.displace(each)) for each in found.coefficients]
    return replace(hypotheses, candidates=candidates, renderers=tuple(bent), deformed=found)


@torch.no_grad()
def _align(bent: PoseHypotheses, rigid: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """The poses found with the bend, moved to where the mesh as it is fits the picture best: it is what users draw.

    Where the camera is known their rotations are kept; else what a focal length explains was not told from a turn, and
    they may follow. Where the mesh is visibly off there, and not at the rigid pose, that one is the answer.
    """
    weight = ALIGNMENT_SILHOUETTE * config.appearance.silhouette_weight
    by_silhouette = replace(config, appearance=replace(config.appearance, silhouette_weight=weight))
    scorer = level_scorer(bent, finest_level(config), by_silhouette)
    frame = bent.observation.frame
    moved = refine(
        mesh.renderer,
        scorer.view.camera(bent.camera),
        scorer,
        ALIGNMENT_ITERATIONS,
        turn=bent.observation.focal is not None,
        focal=bent.observation.free_focal(scorer.view),
    )
    cameras = scorer.view.full_camera(moved.camera, frame.width, frame.height)
    aligned = replace(bent, candidates=replace(bent.candidates, camera=cameras), renderers=(mesh.renderer,) * len(bent))
    slack = first_overlap(rigid, mesh, config) - first_overlap(aligned, mesh, config)
    most = OVERLAP_SLACK_KNOWN if bent.observation.focal is None else OVERLAP_SLACK
    return rigid if slack > most else aligned


@torch.no_grad()
def _add_promising(
    covered: PoseHypotheses, parts: PoseHypotheses, mesh: PreparedMesh, config: Configuration
) -> PoseHypotheses:
    """The best of known poses and of those ``parts``, refined but at the finest level, that are seen there to be as
    good; ``covered`` as it is where there are none."""
    if not len(parts):
        return covered
    level = config.refinement.levels[-2] if len(config.refinement.levels) > 1 else finest_level(config)
    renderer = mesh.coarse_renderer if level.simplified else mesh.renderer
    scorer = level_scorer(covered, level, config)
    known, found = (scorer(renderer, scorer.view.camera(each.camera)).score for each in (covered, parts))
    promising = (found < PROMISING * known.min()).nonzero()[:, 0].tolist()
    return _merge(covered, refine_to_end(parts[promising], mesh, config), mesh, config) if promising else covered


def _merge(first: PoseHypotheses, second: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """The best of both under one measure: that of a target of which a part is hidden."""
    level = finest_level(config)
    both = first.rigid(Candidates.concatenate([first.candidates, second.candidates]), mesh.renderer)
    both = replace(both, occluded=True)
    scorer = level_scorer(both, level, config)
    score = scorer(mesh.renderer, scorer.view.camera(both.camera)).score
    return suppress(both, "occlusion", both.camera, score, level.keep, mesh, config)


@torch.no_grad()
def _cost_of(hypotheses: PoseHypotheses, config: Configuration) -> float:
    """Of the first pose with its mesh under one measure for all explanations: that of a target of which a part is
    hidden, and the prior of the deformation."""
    cost = float(look_at_first(replace(hypotheses, occluded=True), config).score)
    if hypotheses.deformed is not None:
        cost += float(prior_cost(hypotheses.deformed.coefficients[:1], config.deformation.prior_weight))
    return cost
