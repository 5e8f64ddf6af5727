"""Explanations of a misfit: something hides a part of the object, or the mesh is bent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._silhouette_fit import SilhouetteFit, fit_silhouette
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import finest_level, iteration_recorder, level_scorer, suppress
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import concatenate
from camera_estimation.poses import Candidates
from camera_estimation.refinement import DeformedPoses, prior_cost, refine_deformed


def adapt(
    hypotheses: PoseHypotheses,
    mesh: PreparedMesh,
    config: Configuration,
    propose_parts: Callable[[], PoseHypotheses],
) -> PoseHypotheses:
    """The hypotheses as they are where they explain the silhouette; else with the mesh bent, or a part of it hidden.

    Args:
        propose_parts: Searches and refines poses of an object of which a part is hidden.
    """
    refinement = config.refinement
    if not refinement.levels:
        return hypotheses
    visible, fit = _bend_if_needed(hypotheses, mesh, config)
    suspected = fit.is_hidden or (refinement.mesh_quality == "auto" and fit.is_off)
    if refinement.occlusion != "auto" or not suspected:
        return visible
    hidden, fit = _bend_if_needed(_merge(hypotheses, propose_parts(), mesh, config), mesh, config)
    better = _cost_of(hidden, config) < _cost_of(visible, config)
    return hidden if fit.is_hidden and better else visible


def _bend_if_needed(
    hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration
) -> tuple[PoseHypotheses, SilhouetteFit]:
    """The poses with the mesh as it is or, if that does not fit or is not said to, deformed; and how it fitted."""
    fit = fit_first(hypotheses, config)
    quality = config.refinement.mesh_quality
    if quality == "generated" or (quality == "auto" and fit.is_off):
        return deform(hypotheses, mesh, config), fit
    return hypotheses, fit


@torch.no_grad()
def fit_first(hypotheses: PoseHypotheses, config: Configuration) -> SilhouetteFit:
    """How the first pose explains the silhouette: in pixels of the image or, where those are larger, of the finest
    level."""
    level, target = finest_level(config), hypotheses.observation.target
    view = target.view(level.resolution)
    mask = hypotheses.renderers[0].draw(view.camera(hypotheses.camera[:1]))[0][:, 3:]
    fit = fit_silhouette(mask, view, level, hypotheses.occluded)
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
            mesh.renderer,
            scorer.view.camera(candidates.camera),
            scorer,
            level.iterations,
            mesh.deformations,
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


def _merge(first: PoseHypotheses, second: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> PoseHypotheses:
    """The best of both under one measure: that of a target of which a part is hidden."""
    level = finest_level(config)
    both = first.rigid(
        Candidates(
            concatenate([first.camera, second.camera]), torch.cat([first.candidates.score, second.candidates.score])
        ),
        mesh.renderer,
    )
    both = replace(both, occluded=True)
    scorer = level_scorer(both, level, config)
    score = scorer(mesh.renderer, scorer.view.camera(both.camera)).score
    return suppress(both, "occlusion", both.camera, score, level.keep, mesh, config)


@torch.no_grad()
def _cost_of(hypotheses: PoseHypotheses, config: Configuration) -> float:
    """Of the first pose with its mesh under one measure for all explanations: that of a target of which a part is
    hidden, and the prior of the deformation."""
    scorer = level_scorer(replace(hypotheses, occluded=True), finest_level(config), config)
    cost = float(scorer(hypotheses.renderers[0], scorer.view.camera(hypotheses.camera[:1])).score)
    if hypotheses.deformed is not None:
        cost += float(prior_cost(hypotheses.deformed.coefficients[:1], config.deformation.prior_weight))
    return cost
