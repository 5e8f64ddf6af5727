"""The whole method: search all viewpoints, refine coarse to fine, let the chosen objective decide."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.camera import (
    Camera,
    concatenate,
    geodesic_angle,
    intrinsics_from_fov,
    make_camera,
    nearest_rotation,
)
from camera_estimation.configuration import Configuration
from camera_estimation.estimate import AlternativePose, CameraEstimate
from camera_estimation.losses.registry import create_loss_objective
from camera_estimation.mesh import TexturedMesh
from camera_estimation.refinement.coarse_to_fine import Assessment, CoarseToFine, Explanation, Fit
from camera_estimation.refinement.decision import decided
from camera_estimation.refinement.gauss_newton import straightened
from camera_estimation.refinement.uncertainty import uncertainty
from camera_estimation.rendering.device import resolve_device
from camera_estimation.rendering.renderer import create_renderer
from camera_estimation.search.methods import create_search
from camera_estimation.search.simplification import simplified
from camera_estimation.search.viewpoint_search import Candidates, axis_vector
from camera_estimation.source_image import SourceImage
from camera_estimation.stages import Progress, Stages
from camera_estimation.target import Target, make_target

# A silhouette whose rim is off by more than this many pixels, in the mean, shows that the mesh is not quite the object.
# Measured at 256 px: at most 0.25 with exact meshes, at least 1.0 with generated ones.
WELL_FITTING = 0.7
HIDDEN_SHARE = 0.06  # of the silhouettes' union in areas of difference, from which something hides the object

Intrinsics = tuple[float, float, float, float]


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


@dataclass(frozen=True)
class Start:
    """What an estimate starts from, beside the image: see ``CameraEstimator.estimate``."""

    initial: Camera | None
    searched: int | None
    refined: CoarseToFine


class CameraEstimator:
    """Estimates cameras of one mesh; what is prepared for the first image serves the next, with the same results."""

    def __init__(self, mesh: TexturedMesh, config: Configuration | None = None) -> None:
        self.config = config or Configuration()
        self.device = resolve_device(self.config.device)
        self.mesh = mesh.to(self.device)
        self.objective = create_loss_objective(
            self.config.loss.name, device=str(self.device), **self.config.loss.options
        )
        self.renderer = create_renderer(self.mesh, self.config.renderer)
        coarse = simplified(self.mesh, self.config.search.faces)
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
        stages = Stages(progress)
        start = Start(initial, searched, self.tracked if nearly_right else self.refined)
        if intrinsics is None:
            intrinsics = self._assumed_intrinsics(image)
        with stages("prepare"):
            full = camera_without_pose(image, intrinsics).to(self.device, torch.float32)
            target = make_target(image, self.device)
        with stages("search"):
            occluded = self.config.refinement.occlusion == "on"
            candidates = self._candidates(target, full, start, occluded, stages)
            stages.produced("search", candidates.camera, -candidates.score, list(range(len(candidates.camera))))
        with stages("refine"):
            survivors = start.refined(candidates, target, occluded, stages.produced)
        with stages("explain"):
            explained = self._explained(survivors, target, full, start, stages)
        with stages("decide"):
            ranked, explained = decided(
                explained, target, self.objective, self.config, self._constrained, stages.report
            )
            stages.produced("decide", ranked.camera, -ranked.score, [0])
            explained = replace(explained, candidates=ranked)
            assessment = start.refined.assessed(explained, target)
        return self._estimate(explained, assessment, image, intrinsics, target, stages)

    def _assumed_intrinsics(self, image: SourceImage) -> Intrinsics:
        """From the configured field of view, with a central principal point."""
        fov = math.radians(self.config.camera.fov_deg)
        return tuple(intrinsics_from_fov(fov, image.width, image.height).tolist())

    def _candidates(self, target: Target, full: Camera, start: Start, occluded: bool, stages: Stages) -> Candidates:
        """Of the search, after those that are given; scores of the given ones are infinite."""
        given = [] if start.initial is None else [self._given(start.initial, full)]
        if given and start.searched == 0:
            return Candidates(given[0], torch.full((len(given[0]),), torch.inf, device=self.device))
        found = self.search(target, full, stages.report, partial=occluded)
        cameras = concatenate([*given, found.camera[: start.searched]])
        score = torch.full((len(cameras),), torch.inf, device=self.device)
        score[len(cameras) - len(found.score[: start.searched]) :] = found.score[: start.searched]
        return Candidates(cameras, score)

    def _given(self, initial: Camera, full: Camera) -> Camera:
        """World cameras as cameras of the normalised mesh, with the intrinsics of ``full`` as far as they are known."""
        camera = self.mesh.to_normalised(initial.to(torch.float64)).to(self.device, torch.float32)
        known = full[[0] * len(camera)]
        focal = camera.focal * (full.height / camera.height) if self.config.camera.optimize_fov else known.focal
        return replace(known, rotation=camera.rotation, translation=camera.translation, focal=focal)

    def _explained(
        self, survivors: Candidates, target: Target, full: Camera, start: Start, stages: Stages
    ) -> Explanation:
        """The survivors if they explain the silhouette; else what hides the object, or bends the mesh, is found too."""
        config = self.config.refinement
        occluded = config.occlusion == "on"
        if not config.levels:
            return Explanation(survivors, [self.renderer] * len(survivors.camera))
        explanation, fit = self._bent_if_needed(survivors, target, occluded, start, stages)
        suspected = fit.hidden > HIDDEN_SHARE or (config.mesh_quality == "auto" and fit.rim > WELL_FITTING)
        if config.occlusion != "auto" or not suspected:
            return explanation
        partial = start.refined(self._candidates(target, full, start, True, stages), target, True, stages.produced)
        merged = start.refined.merged(survivors, partial, target, stages.produced)
        other, fit = self._bent_if_needed(merged, target, True, start, stages)
        return other if fit.hidden > HIDDEN_SHARE and other.cost < explanation.cost else explanation

    def _bent_if_needed(
        self, survivors: Candidates, target: Target, occluded: bool, start: Start, stages: Stages
    ) -> tuple[Explanation, Fit]:
        """The survivors with the mesh as it is or, if that does not fit or is not said to, deformed."""
        fit = start.refined.fit(survivors.camera[:1], target, occluded)
        quality = self.config.refinement.mesh_quality
        if quality == "generated" or (quality == "auto" and fit.rim > WELL_FITTING):
            return start.refined.deformed(survivors, target, occluded, stages.produced), fit
        return Explanation(survivors, [self.renderer] * len(survivors.camera), occluded=occluded), fit

    def _constrained(self, camera: Camera) -> Camera:
        """The cameras as they are, or kept upright where that is asked for."""
        return camera if self.up is None else straightened(camera, self.up)

    @torch.no_grad()
    def _estimate(
        self,
        explained: Explanation,
        assessment: Assessment,
        image: SourceImage,
        intrinsics: Intrinsics,
        target: Target,
        stages: Stages,
    ) -> CameraEstimate:
        """The result in world units and double precision, known intrinsics to the last digit."""
        ranked = explained.candidates
        view = target.view(self.config.loss.resolution)
        mask = self.renderer.render(view.camera(ranked.camera)).mask
        overlaps = silhouette_iou(mask, view.rgba[:, 3:], view.inside).tolist()
        world = self.mesh.to_world(ranked.camera.to("cpu"))
        world = replace(world, rotation=nearest_rotation(world.rotation))
        if not self.config.camera.optimize_fov:
            known = camera_without_pose(image, intrinsics)
            world = replace(
                world,
                focal=known.focal.expand_as(world.focal),
                principal_point=known.principal_point.expand_as(world.principal_point),
            )
        angles = geodesic_angle(world.rotation, world.rotation[:1].expand_as(world.rotation))
        poses = [
            AlternativePose(world[index], -float(score), overlap, float(angle), float(evidence))
            for index, (score, overlap, angle, evidence) in enumerate(
                zip(ranked.score, overlaps, angles, assessment.against, strict=True)
            )
        ]
        best, *others = poses
        return CameraEstimate(
            camera=best.camera,
            crop_camera=view.camera(best.camera),
            crop=target.window,
            loss=best.loss,
            silhouette_iou=best.silhouette_iou,
            uncertainty=uncertainty(assessment.covariance, ranked.camera.translation[0], self.mesh.radius),
            occluded=explained.occluded,
            deformation=assessment.deformation,
            alternatives=tuple(others),
            stages=tuple(replace(s, camera=self.mesh.to_world(s.camera.to("cpu"))) for s in stages.trace),
            seconds=dict(stages.seconds),
            config=self.config,
        )


def camera_without_pose(image: SourceImage, intrinsics: Intrinsics) -> Camera:
    """A camera of the full image at the world's origin, in double precision."""
    pose = torch.eye(4, dtype=torch.float64)[None]
    return make_camera(pose, torch.tensor(intrinsics, dtype=torch.float64), image.width, image.height)


def silhouette_iou(
    first: Float[Tensor, "B 1 H W"], second: Float[Tensor, "1 1 H W"], inside: Float[Tensor, "1 1 H W"]
) -> Float[Tensor, "B"]:
    """Intersection over union of soft masks where ``inside`` holds."""
    common = (torch.minimum(first, second) * inside).sum((1, 2, 3))
    union = (torch.maximum(first, second) * inside).sum((1, 2, 3))
    return common / union.clamp(min=1e-6)
