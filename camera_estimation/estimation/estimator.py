"""The whole method: search all viewpoints, refine coarse to fine, let the chosen objective decide."""

from __future__ import annotations

import math
from copy import copy
from dataclasses import replace
from functools import cached_property

import torch

from camera_estimation.configuration import Configuration, LossConfig, RefinementConfig, resolve_device
from camera_estimation.estimation.assembly import assembled
from camera_estimation.estimation.assessment import assessed
from camera_estimation.estimation.coarse_to_fine import CoarseToFine, Explanation
from camera_estimation.estimation.explained_image import (
    ExplainedImage,
    Intrinsics,
    Start,
    camera_without_pose,
    with_keypoint_poses,
)
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.estimation.selection import decided
from camera_estimation.estimation.silhouette_fit import HIDDEN_SHARE, Fit
from camera_estimation.estimation.unmasked.estimator import UnmaskedEstimator
from camera_estimation.geometry import (
    Camera,
    axis_vector,
    concatenate,
    intrinsics_from_fov,
)
from camera_estimation.images import UNMASKED, SourceImage, Target, make_target
from camera_estimation.losses import create_objective
from camera_estimation.mesh import TexturedMesh
from camera_estimation.poses import Candidates, Progress, Trace
from camera_estimation.refinement import straightened
from camera_estimation.rendering import create_renderer
from camera_estimation.search import ViewpointSearch, create_search, simplify

# A silhouette whose rim is off by more than this many pixels, in the mean, shows that the mesh is not quite the object.
# Measured at 256 px: at most 0.25 with exact meshes, at least 1.0 with generated ones.
WELL_FITTING = 0.7


def estimate_camera(
    mesh: TexturedMesh,
    image: SourceImage,
    config: Configuration | None = None,
    *,
    intrinsics: Intrinsics | None = None,
    progress: Progress | None = None,
) -> CameraEstimate:
    """Recover the camera that took ``image`` of ``mesh``. For many images of one mesh keep a ``CameraEstimator``.

    ``intrinsics`` are (fx, fy, cx, cy) in pixels of the image; without them the field of view of ``config.camera``
    with a central principal point is used. ``progress`` is told each stage and the loss so far.
    """
    return CameraEstimator(mesh, config).estimate(image, intrinsics=intrinsics, progress=progress)


class CameraEstimator:
    """Estimates cameras of one mesh; what is prepared for the first image serves the next, with the same results."""

    def __init__(self, mesh: TexturedMesh, config: Configuration | None = None, *, record: bool = False) -> None:
        """``record``: every iteration is kept (``CameraEstimate.iterations``)."""
        self.record = record
        self.config = config or Configuration()
        self.device = resolve_device(self.config.device)
        self.mesh = mesh.to(self.device)
        self.objective = create_objective(self.config.loss, str(self.device))
        self.renderer = create_renderer(self.mesh, self.config.renderer)
        coarse = simplify(self.mesh, self.config.search.faces)
        self.coarse_renderer = self.renderer if coarse is self.mesh else create_renderer(coarse, self.config.renderer)
        upright = self.config.camera.roll == "upright"
        self.up = axis_vector(self.config.model.up_axis, self.device) if upright else None
        self.search = create_search(self.coarse_renderer, self.objective, self.config)
        self.refined = CoarseToFine(self.renderer, self.coarse_renderer, self.config, self.up)
        self.tracked = CoarseToFine(self.renderer, self.coarse_renderer, self.config.for_tracking(), self.up)

    def estimate(
        self,
        image: SourceImage,
        *,
        intrinsics: Intrinsics | None = None,
        initial: Camera | None = None,
        searched: int | None = None,
        nearly_right: bool = False,
        progress: Progress | None = None,
    ) -> CameraEstimate:
        """As ``estimate_camera``. ``initial`` cameras (a batch, in world units, of the full image; of their intrinsics
        the focal lengths count where these are estimated) are refined beside the candidates of the search, of which
        only the best ``searched`` are taken where that is given: 0 does without the search. ``nearly_right``: one of
        them is, and the lighter refinement of ``config.tracking`` will do."""
        if image.mask_source == UNMASKED:
            intrinsics = intrinsics or self.assumed_intrinsics(image)
            return UnmaskedEstimator(self).estimate(image, intrinsics, initial, searched, progress)
        start = Start(initial, searched, self.tracked if nearly_right else self.refined)
        return self.decided(self.explained(image, intrinsics, start, Trace(progress, self.record)))

    def explained(
        self,
        image: SourceImage,
        intrinsics: Intrinsics | None,
        start: Start | None = None,
        stages: Trace | None = None,
    ) -> ExplainedImage:
        """The poses that explain the image, before the objective decides among them: the same for every objective,
        unless the search evaluates it. Raises ValueError for an image without a mask, which ``estimate`` is for."""
        if image.mask_source == UNMASKED:
            raise ValueError(f"{image.path}: has no mask: its poses cannot be explained before one is decided on")
        start, stages = start or Start(None, None, self.refined), stages or Trace()
        if intrinsics is None:
            intrinsics = self.assumed_intrinsics(image)
        with stages("prepare"):
            full = camera_without_pose(image, intrinsics).to(self.device, torch.float32)
            target = self.target_of(image)
            start = with_keypoint_poses(start, image, full, self.config)
        with stages("search"):
            occluded = self.config.refinement.occlusion == "on"
            candidates = self._candidates("search", target, full, start, occluded, stages)
        with stages("refine"):
            survivors = start.refined(candidates, target, occluded, stages)
        with stages("explain"):
            explanation = self._explanation(survivors, target, full, start, stages)
        return ExplainedImage(image, intrinsics, target, explanation, start, stages)

    def decided(self, explained: ExplainedImage) -> CameraEstimate:
        """The pose that the objective chooses and refines. ``explained`` can be decided again under another."""
        explained = replace(explained, stages=explained.stages.branch())
        target, stages = explained.target, explained.stages
        with stages("decide"):
            ranked, explanation = decided(
                explained.explanation, target, self.objective, self.config, self.constrained, stages
            )
            stages.record_stage("decide", ranked.camera, -ranked.score, [0])
            explanation = replace(explanation, candidates=ranked)
            assessment = assessed(explained.start.refined, explanation, target)
        return assembled(replace(explained, explanation=explanation), assessment, self.mesh, self.renderer, self.config)

    def target_of(self, image: SourceImage) -> Target:
        """The window of the image around the object, and its evidence about this mesh."""
        return make_target(image, self.device, self.mesh, self.config.evidence)

    def with_loss(self, loss: LossConfig) -> CameraEstimator:
        """The same with another objective: mesh, renderers and what the search prepared are shared."""
        other = copy(self)
        other.config = replace(self.config, loss=loss)
        other.objective = create_objective(loss, str(self.device))
        if self.search_needs_objective:
            other.search = create_search(self.coarse_renderer, other.objective, other.config)
        return other

    def with_refinement(self, refinement: RefinementConfig) -> CameraEstimator:
        """The same with another refinement: all that is prepared is shared."""
        other = copy(self)
        other.config = replace(self.config, refinement=refinement)
        other.refined = CoarseToFine(self.renderer, self.coarse_renderer, other.config, self.up)
        other.tracked = CoarseToFine(self.renderer, self.coarse_renderer, other.config.for_tracking(), self.up)
        return other

    @cached_property
    def viewpoints(self) -> ViewpointSearch:
        """What images without masks are searched by, whatever ``config.search.method`` is."""
        upright = self.config.camera.roll == "upright"
        return ViewpointSearch(self.coarse_renderer, self.config.search, self.config.model, upright)

    @property
    def search_needs_objective(self) -> bool:
        """Whether candidates differ between objectives."""
        return self.config.search.method != "viewpoints"

    def assumed_intrinsics(self, image: SourceImage) -> Intrinsics:
        """From the configured field of view, with a central principal point."""
        fov = math.radians(self.config.camera.fov_deg)
        return tuple(intrinsics_from_fov(fov, image.width, image.height).tolist())

    def _candidates(
        self, name: str, target: Target, full: Camera, start: Start, occluded: bool, stages: Trace
    ) -> Candidates:
        """Of the search, after those that are given; scores of the given ones are infinite."""
        candidates = self._found(target, full, start, occluded, stages)
        stages.record_stage(name, candidates.camera, -candidates.score, list(range(len(candidates.camera))))
        return candidates

    def _found(self, target: Target, full: Camera, start: Start, occluded: bool, stages: Trace) -> Candidates:
        given = [] if start.initial is None else [self.given(start.initial, full)]
        if given and start.searched == 0:
            return Candidates(given[0], torch.full((len(given[0]),), torch.inf, device=self.device))
        found = self.search(target, full, stages.report, partial=occluded)
        cameras = concatenate([*given, found.camera[: start.searched]])
        score = torch.full((len(cameras),), torch.inf, device=self.device)
        score[len(cameras) - len(found.score[: start.searched]) :] = found.score[: start.searched]
        return Candidates(cameras, score)

    def given(self, initial: Camera, full: Camera) -> Camera:
        """World cameras as cameras of the normalised mesh, with the intrinsics of ``full`` as far as they are known."""
        camera = self.mesh.to_normalized(initial.to(torch.float64)).to(self.device, torch.float32)
        known = full[[0] * len(camera)]
        focal = camera.focal * (full.height / camera.height) if self.config.camera.optimize_fov else known.focal
        return replace(known, rotation=camera.rotation, translation=camera.translation, focal=focal)

    def _explanation(
        self, survivors: Candidates, target: Target, full: Camera, start: Start, stages: Trace
    ) -> Explanation:
        """The survivors if they explain the silhouette; else what hides the object, or bends the mesh, is found too."""
        config = self.config.refinement
        explanation = self._as_it_is(survivors, occluded=config.occlusion == "on")
        if not config.levels:
            return explanation
        explanation, fit = self._bent_if_needed(explanation, target, start, stages)
        suspected = fit.hidden > HIDDEN_SHARE or (config.mesh_quality == "auto" and fit.rim > WELL_FITTING)
        if config.occlusion != "auto" or not suspected:
            return explanation
        found = self._candidates("search of parts", target, full, start, True, stages)
        partial = start.refined(found, target, True, stages)
        merged = self._as_it_is(start.refined.merged(survivors, partial, target, stages), occluded=True)
        other, fit = self._bent_if_needed(merged, target, start, stages)
        better = start.refined.cost(other, target) < start.refined.cost(explanation, target)
        return other if fit.hidden > HIDDEN_SHARE and better else explanation

    def _as_it_is(self, candidates: Candidates, occluded: bool) -> Explanation:
        """By the mesh without deformation."""
        return Explanation(candidates, [self.renderer] * len(candidates.camera), occluded=occluded)

    def _bent_if_needed(
        self, explanation: Explanation, target: Target, start: Start, stages: Trace
    ) -> tuple[Explanation, Fit]:
        """The poses with the mesh as it is or, if that does not fit or is not said to, deformed; and how it fitted."""
        fit = start.refined.fit(explanation, target)
        quality = self.config.refinement.mesh_quality
        if quality == "generated" or (quality == "auto" and fit.rim > WELL_FITTING):
            return start.refined.deformed(explanation.candidates, target, explanation.occluded, stages), fit
        return explanation, fit

    def constrained(self, camera: Camera) -> Camera:
        """The cameras as they are, or kept upright where that is asked for."""
        return camera if self.up is None else straightened(camera, self.up)
