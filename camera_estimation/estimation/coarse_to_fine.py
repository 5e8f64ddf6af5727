"""From candidates to the few poses that explain the image: Gauss-Newton over levels, each finer than the last."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration, LevelConfig
from camera_estimation.estimation.silhouette_fit import Fit, silhouette_fit
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.images import Target, TargetView
from camera_estimation.losses import blur_inside, evidence_cost, match_median_depth, ranking_score
from camera_estimation.poses import Candidates, Trace, non_maximum_suppression
from camera_estimation.refinement import Deformed, OnIteration, SmoothDeformations, refine, refine_deformed
from camera_estimation.rendering import Renderer

# Times as many with the focal length, which depth nearly makes up for, and where areas drop out as hidden.
FOCAL_ITERATIONS = 3
OCCLUDED_ITERATIONS = 2


@dataclass(frozen=True)
class Explanation:
    """Poses with the meshes that they explain the image by, deformed where ``deformed`` says how, and whether a part of
    the object counts as hidden."""

    candidates: Candidates
    renderers: list[Renderer]
    deformed: list[Deformed] | None = None
    occluded: bool = False

    def __getitem__(self, order: list[int]) -> Explanation:
        """In another order."""
        return replace(
            self,
            candidates=Candidates(self.candidates.camera[order], self.candidates.score[order]),
            renderers=[self.renderers[index] for index in order],
            deformed=None if self.deformed is None else [self.deformed[index] for index in order],
        )


class CoarseToFine:
    """Refinement of one mesh's candidates. ``up`` (mesh frame) stays vertical in the image where it is given."""

    def __init__(
        self, renderer: Renderer, coarse_renderer: Renderer, config: Configuration, up: Float[Tensor, "3"] | None
    ) -> None:
        self.renderer = renderer
        self.coarse_renderer = coarse_renderer
        self.config = config
        self.up = up
        self._deformations: SmoothDeformations | None = None

    def __call__(self, candidates: Candidates, target: Target, occluded: bool, stages: Trace) -> Candidates:
        """After each level the best candidates that differ go on, as cameras of the full image."""
        candidates = self._at_measured_distance(candidates, target)
        for level in self.config.refinement.levels:
            view, name = target.view(level.resolution), f"refine {level.resolution} px"
            refined = refine(
                self.coarse_renderer if level.simplified else self.renderer,
                view.camera(candidates.camera),
                view,
                self.iterations(level, occluded),
                level.blur,
                optimize_focal=self.config.camera.optimize_fov,
                up=self.up,
                appearance=self.config.appearance,
                hidden_from=level.hidden_from if occluded else None,
                on_iteration=recorded(name, view, candidates.camera, stages),
            )
            cameras = view.full_camera(refined.camera, candidates.camera.width, candidates.camera.height)
            candidates = self._kept(name, cameras, refined.score, level.keep, stages)
        return candidates

    def _at_measured_distance(self, candidates: Candidates, target: Target) -> Candidates:
        """Where metric depth tells the distance, and with it the focal length that is free."""
        levels = self.config.refinement.levels
        known = target.evidence.depth is not None and target.evidence.depth.kind == "metric"
        if not (self.config.camera.optimize_fov and known and levels):
            return candidates
        view = target.view(levels[0].resolution)
        assert view.evidence.depth is not None
        camera = view.camera(candidates.camera)
        camera = match_median_depth(view.evidence.depth, camera, self.coarse_renderer.draw(camera)[1])
        return replace(candidates, camera=view.full_camera(camera, candidates.camera.width, candidates.camera.height))

    def iterations(self, level: LevelConfig, occluded: bool) -> int:
        if self.config.camera.optimize_fov:
            return FOCAL_ITERATIONS * level.iterations
        return OCCLUDED_ITERATIONS * level.iterations if occluded else level.iterations

    def merged(self, first: Candidates, second: Candidates, target: Target, stages: Trace) -> Candidates:
        """The best of both under one measure: that of a target of which a part is hidden."""
        level = self.config.refinement.levels[-1]
        view = target.view(level.resolution)
        cameras = concatenate([first.camera, second.camera])
        score = self._occluded_score(self.renderer, cameras, view, level)
        return self._kept("occlusion", cameras, score, level.keep, stages)

    def deformed(self, candidates: Candidates, target: Target, occluded: bool, stages: Trace) -> Explanation:
        """The candidates refined each together with a deformation of the mesh."""
        config = self.config.deformation
        appearance = replace(self.config.appearance, color_threshold=config.color_threshold)
        results: list[Deformed] = []
        for level in config.levels:
            view, name = target.view(level.resolution), f"deform {level.resolution} px"
            starts: list[Tensor | None] = [result.coefficients for result in results]
            starts = starts or [None] * len(candidates.camera)
            results = [
                refine_deformed(
                    self.renderer,
                    view.camera(candidates.camera[index : index + 1]),
                    view,
                    level.iterations,
                    level.blur,
                    self.deformations,
                    config.prior_weight,
                    start,
                    optimize_focal=self.config.camera.optimize_fov,
                    up=self.up,
                    appearance=appearance,
                    hidden_from=level.hidden_from if occluded else None,
                    on_iteration=recorded(name, view, candidates.camera, stages) if index == 0 else None,
                )
                for index, start in enumerate(starts)
            ]
            cameras = concatenate([result.camera for result in results])
            cameras = view.full_camera(cameras, candidates.camera.width, candidates.camera.height)
            score = torch.cat([result.score for result in results])
            kept = score.argsort()[: level.keep].tolist()
            stages.record_stage(name, cameras, score, kept)
            candidates, results = Candidates(cameras[kept], -score[kept]), [results[index] for index in kept]
        renderers = [self.renderer.with_vertices(self.deformations.deformed(result.coefficients)) for result in results]
        return Explanation(candidates, renderers, results, occluded)

    @torch.no_grad()
    def cost(self, explained: Explanation, target: Target) -> float:
        """Of the first pose with its mesh under one measure for all explanations: that of a target of which a part is
        hidden, and the prior of the deformation."""
        level = self.finest_level
        view = target.view(level.resolution)
        prior = 0.0
        if explained.deformed is not None:
            prior = self.config.deformation.prior_weight * float(explained.deformed[0].coefficients.square().sum())
        return float(self._occluded_score(explained.renderers[0], explained.candidates.camera[:1], view, level)) + prior

    def _occluded_score(
        self, renderer: Renderer, cameras: Camera, view: TargetView, level: LevelConfig
    ) -> Float[Tensor, " B"]:
        seen = view.camera(cameras)
        rgba, points = renderer.draw(seen)
        score = ranking_score(
            blur_inside(rgba, view.pixel_weight, level.blur),
            blur_inside(view.rgba, view.pixel_weight, level.blur),
            view.pixel_weight,
            self.config.appearance,
            points,
            level.hidden_from,
        )
        return score + evidence_cost(view.evidence, seen, points)

    @property
    def finest_level(self) -> LevelConfig:
        """The last one, or how poses are looked at where there is none."""
        levels = self.config.refinement.levels
        return levels[-1] if levels else LevelConfig(resolution=256, blur=1.0, iterations=0, keep=1)

    @property
    def deformations(self) -> SmoothDeformations:
        """Of this mesh; prepared when they are first needed."""
        if self._deformations is None:
            self._deformations = SmoothDeformations(self.renderer.mesh, self.config.deformation)
        return self._deformations

    @torch.no_grad()
    def fit(self, explained: Explanation, target: Target) -> Fit:
        """Of the first pose."""
        level = self.finest_level
        view = target.view(level.resolution)
        mask = explained.renderers[0].draw(view.camera(explained.candidates.camera[:1]))[0][:, 3:]
        fit = silhouette_fit(mask, view, level, explained.occluded)
        own = max(target.rgba.shape[-2:])
        return replace(fit, rim=fit.rim * min(1.0, own / level.resolution))

    def _kept(self, name: str, cameras: Camera, score: Float[Tensor, " B"], keep: int, stages: Trace) -> Candidates:
        """The best that differ and are not hopeless."""
        config = self.config.refinement
        ranked = -torch.where(score <= config.hopeless * score.min(), score, torch.inf)
        kept = non_maximum_suppression(cameras, ranked, keep, math.radians(config.separation_deg))
        stages.record_stage(name, cameras, score, kept)
        return Candidates(cameras[kept], ranked[kept])


def recorded(name: str, view: TargetView, full: Camera, stages: Trace) -> OnIteration | None:
    """Tells ``stages`` of the iterations of cameras of ``view``, as cameras of the full image, if it keeps them."""
    if not stages.recording:
        return None

    def on_iteration(number: int, camera: Camera, loss: Tensor, step: Tensor) -> None:
        stages.record_iteration(name, number, view.full_camera(camera, full.width, full.height), loss, step)

    return on_iteration
