"""The whole method: search all viewpoints, refine coarse to fine, let the chosen objective decide."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.camera import Camera, concatenate, intrinsics_from_fov, make_camera, nearest_rotation
from camera_estimation.configuration import Configuration
from camera_estimation.estimate import AlternativePose, CameraEstimate
from camera_estimation.losses.objective import evaluate
from camera_estimation.losses.registry import create_loss_objective
from camera_estimation.mesh import TexturedMesh
from camera_estimation.refinement.gauss_newton import refine, straightened
from camera_estimation.refinement.gradient_descent import descend
from camera_estimation.rendering.device import resolve_device
from camera_estimation.rendering.renderer import Renderer
from camera_estimation.search.simplification import simplified
from camera_estimation.search.viewpoint_search import Candidates, ViewpointSearch, axis_vector, select_apart
from camera_estimation.source_image import SourceImage
from camera_estimation.target import Target, make_target

SEARCH_RESOLUTION = 96  # pixels of the longer side of the target that the search looks at
FOCAL_ITERATIONS = 3  # times as many with the focal length, which depth nearly makes up for

Intrinsics = tuple[float, float, float, float]
Progress = Callable[[str, "float | None"], None]


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

    def __init__(self, mesh: TexturedMesh, config: Configuration | None = None) -> None:
        self.config = config or Configuration()
        self.device = resolve_device(self.config.device)
        self.mesh = mesh.to(self.device)
        self.objective = create_loss_objective(
            self.config.loss.name, device=str(self.device), **self.config.loss.options
        )
        self.renderer = Renderer(self.mesh)
        coarse = simplified(self.mesh, self.config.search.faces)
        self.coarse_renderer = self.renderer if coarse is self.mesh else Renderer(coarse)
        upright = self.config.camera.roll == "upright"
        self.up = axis_vector(self.config.model.up_axis, self.device) if upright else None
        self.search = ViewpointSearch(self.coarse_renderer, self.config.search, self.config.model, upright)

    def estimate(
        self, image: SourceImage, *, intrinsics: Intrinsics | None = None, progress: Progress | None = None
    ) -> CameraEstimate:
        """As ``estimate_camera``."""
        stages = Stages(progress)
        if intrinsics is None:
            intrinsics = self._assumed_intrinsics(image)
        with stages("prepare"):
            full = camera_without_pose(image, intrinsics).to(self.device, torch.float32)
            target = make_target(image, self.device)
        with stages("search"):
            candidates = self._searched(target, full)
        with stages("refine"):
            survivors = self._refined(candidates, target)
        with stages("decide"):
            ranked = self._decided(survivors, target, stages)
        return self._estimate(ranked, image, intrinsics, target, stages)

    def _assumed_intrinsics(self, image: SourceImage) -> Intrinsics:
        """From the configured field of view, with a central principal point."""
        fov = math.radians(self.config.camera.fov_deg)
        return tuple(intrinsics_from_fov(fov, image.width, image.height).tolist())

    def _searched(self, target: Target, full: Camera) -> Candidates:
        """Candidates from all viewpoints, as cameras of the full image."""
        view = target.view(SEARCH_RESOLUTION)
        found = self.search(view.rgba, view.camera(full))
        return replace(found, camera=view.full_camera(found.camera, full.width, full.height))

    def _refined(self, candidates: Candidates, target: Target) -> Candidates:
        """Gauss-Newton from coarse to fine; after each level the best candidates that differ go on."""
        config = self.config.refinement
        width, height = candidates.camera.width, candidates.camera.height
        for level in config.levels:
            view = target.view(level.resolution)
            refined = refine(
                self.coarse_renderer if level.simplified else self.renderer,
                view.camera(candidates.camera),
                view,
                level.iterations * (FOCAL_ITERATIONS if self.config.camera.optimize_fov else 1),
                level.blur,
                optimize_focal=self.config.camera.optimize_fov,
                up=self.up,
            )
            hopeful = refined.score <= config.hopeless * refined.score.min()
            cameras = view.full_camera(refined.camera[hopeful], width, height)
            separation = math.radians(config.separation_deg)
            candidates = select_apart(cameras, -refined.score[hopeful], level.keep, separation)
        return candidates

    def _decided(self, survivors: Candidates, target: Target, stages: Stages) -> Candidates:
        """The objective ranks the survivors and, unless Gauss-Newton has minimised it already, refines the best."""
        config = self.config.loss
        view = target.view(config.resolution)
        target_image, target_mask = view.rgba[:, :3], view.rgba[:, 3:]  # the same tensors each time: objectives cache

        def loss_of(camera: Camera) -> Float[Tensor, "B"]:
            drawn = self.renderer.render(view.camera(self._constrained(camera)))
            return evaluate(self.objective, drawn.image, target_image, drawn.mask, target_mask, inside=view.inside)

        with torch.no_grad():
            losses = loss_of(survivors.camera)
        order = losses.argsort()
        cameras, losses = survivors.camera[order], losses[order]
        stages.report(float(losses[0]))
        if not self.objective.minimised_by_gauss_newton:
            best = descend(
                loss_of,
                cameras[:1],
                config.steps,
                config.learning_rate,
                optimize_focal=self.config.camera.optimize_fov,
                on_step=lambda _, loss: stages.report(loss),
            )
            cameras = concatenate([self._constrained(best.camera), cameras[1:]])
            losses = torch.cat([best.loss.detach(), losses[1:]])
        return Candidates(cameras, -losses)

    def _constrained(self, camera: Camera) -> Camera:
        """The cameras as they are, or kept upright where that is asked for."""
        return camera if self.up is None else straightened(camera, self.up)

    @torch.no_grad()
    def _estimate(
        self, ranked: Candidates, image: SourceImage, intrinsics: Intrinsics, target: Target, stages: Stages
    ) -> CameraEstimate:
        """The result in world units and double precision, known intrinsics to the last digit."""
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
        poses = [
            AlternativePose(world[index], -float(ranked.score[index]), overlap)
            for index, overlap in enumerate(overlaps)
        ]
        best, *others = poses
        return CameraEstimate(
            camera=best.camera,
            crop_camera=view.camera(best.camera),
            crop=target.window,
            loss=best.loss,
            silhouette_iou=best.silhouette_iou,
            alternatives=tuple(others),
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


@dataclass
class Stages:
    """Times each stage and tells ``progress`` of it."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    current: str = ""

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.current = name
        self.report(None)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start

    def report(self, loss: float | None) -> None:
        """Tell the current stage and the loss so far."""
        if self.progress is not None:
            self.progress(self.current, loss)
