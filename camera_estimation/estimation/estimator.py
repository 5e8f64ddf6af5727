"""The whole method: propose poses from everywhere, refine them coarse to fine, adapt what does not fit, let the chosen
objective select, and report how sure the answer is."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import partial

import torch

from camera_estimation.configuration import CameraConfig, Configuration, DeformationConfig, LossConfig, RefinementConfig
from camera_estimation.estimation._mask_choice import choose_mask
from camera_estimation.estimation.adaptation import adapt
from camera_estimation.estimation.assessment import assess
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.initialization import Initialization, add_keypoint_poses
from camera_estimation.estimation.mask_hint import settle_boundary
from camera_estimation.estimation.observation import Intrinsics, Observation, observe
from camera_estimation.estimation.pipeline import propose, refine_coarse_to_fine, refine_coarsely
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.estimation.report import build_estimate
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.estimation.selection import select_pose
from camera_estimation.estimation.unmasked import UnmaskedEstimate
from camera_estimation.geometry import Camera
from camera_estimation.images import UNMASKED, SourceImage
from camera_estimation.losses import create_objective, settle_lighting
from camera_estimation.mesh import TexturedMesh
from camera_estimation.poses import Progress, Trace
from camera_estimation.rendering import Renderer, shared_property
from camera_estimation.search import FrameSearch, ViewpointSearch, create_search, search_registry


def estimate_camera(
    mesh: TexturedMesh,
    image: SourceImage,
    config: Configuration | None = None,
    *,
    intrinsics: Intrinsics | None = None,
    progress: Progress | None = None,
) -> CameraEstimate:
    """Recover the camera that took ``image`` of ``mesh``. For many images of one mesh keep a ``CameraEstimator``.

    Args:
        mesh: The object, in its world units.
        image: The picture with the object's mask.
        config: All settings; None: the preset ``default``.
        intrinsics: (fx, fy, cx, cy) in pixels of the image; None: a central principal point and, unless
            ``config.camera`` says otherwise, a focal length that is estimated with the pose. Of an image that
            ``undistort_image`` made they are known already.
        progress: Told each stage and the loss so far.
    """
    return CameraEstimator(mesh, config).estimate(image, intrinsics=intrinsics, progress=progress)


class CameraEstimator:
    """Estimates cameras of one mesh; what is prepared for the first image serves the next, with the same results.

    Several threads may use it at once, on CUDA each with a stream of its own.

    Args:
        mesh: The object.
        config: All settings; None: the preset ``default``.
        record: Whether every iteration is kept (``CameraEstimate.iterations``).
    """

    def __init__(self, mesh: TexturedMesh, config: Configuration | None = None, *, record: bool = False) -> None:
        self.record = record
        self.config = config or Configuration()
        self.prepared = PreparedMesh(mesh, self.config)
        appearance = settle_lighting(self.config.appearance, self.prepared.coarse_renderer)
        self.config = replace(self.config, appearance=appearance)
        self.objective = create_objective(self.config.loss, str(self.device))
        self.search = create_search(self.prepared.coarse_renderer, self.objective, self.config)

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
        """The camera of one image.

        Args:
            image: The picture, with a mask or marked as one without (``load_unmasked_image``), and without distortion
                (``undistort_image``).
            intrinsics: As in ``estimate_camera``.
            initial: Cameras (a batch, in world units, of the full image; of their intrinsics the focal lengths count
                where these are estimated) that are refined beside the candidates of the search.
            searched: How many candidates of the search are taken: 0 does without the search, None takes all.
            nearly_right: Whether one of ``initial`` is, so that the lighter refinement of ``config.tracking`` will do.
            progress: Told each stage and the loss so far.
        """
        if image.window is not None and initial is not None:
            initial = image.window.to_window(initial)
        start = Initialization(initial, searched, nearly_right)
        if image.mask_source == UNMASKED:
            unmasked = UnmaskedEstimate(self.prepared, self.config, self.frame_search, self._estimate_near, progress)
            return unmasked(image, intrinsics, start)
        return self.decide(self.propose(image, intrinsics, start, Trace(progress, self.record)))

    def propose(
        self,
        image: SourceImage,
        intrinsics: Intrinsics | None = None,
        start: Initialization | None = None,
        trace: Trace | None = None,
    ) -> PoseHypotheses:
        """The poses that explain the image, before the objective decides among them: the same for every objective,
        unless the search evaluates it. Raises ValueError for an image without a mask, which ``estimate`` is for."""
        if image.mask_source == UNMASKED:
            raise ValueError(f"{image.path}: has no mask: its poses cannot be explained before one is decided on")
        start, trace = start or Initialization(), trace or Trace()
        config = self.config.for_tracking() if start.nearly_right else self.config
        if image.other_masks:
            with trace("mask"):
                image = self.settle_mask(image, intrinsics, start)
        with trace("prepare"):
            observation = self.observe(image, intrinsics)
            start = add_keypoint_poses(start, observation, config)

        def search(occluded: bool, name: str) -> PoseHypotheses:
            return propose(observation, start, self.search, self.prepared, config, trace, occluded, name)

        with trace("search"):
            searched = search(config.refinement.occlusion == "on", "search")
        with trace("refine"):
            hypotheses = refine_coarse_to_fine(searched, self.prepared, config)
            hypotheses = settle_boundary(hypotheses, searched, self.prepared, config)
        with trace("explain"):
            return adapt(
                hypotheses,
                self.prepared,
                config,
                partial(search, True, "search of parts"),
            )

    def settle_mask(
        self, image: SourceImage, intrinsics: Intrinsics | None = None, start: Initialization | None = None
    ) -> SourceImage:
        """The image with that of its masks that the mesh explains best, and no other."""
        start = start or Initialization()
        config = self.config.for_tracking() if start.nearly_right else self.config
        return choose_mask(image, partial(self._propose_coarsely, intrinsics, start, config), self.prepared, config)

    def _propose_coarsely(
        self, intrinsics: Intrinsics | None, start: Initialization, config: Configuration, image: SourceImage
    ) -> PoseHypotheses:
        """Poses refined but at the finest level."""
        observation = self.observe(image, intrinsics)
        start = add_keypoint_poses(start, observation, config)
        occluded = config.refinement.occlusion == "on"
        searched = propose(observation, start, self.search, self.prepared, config, Trace(), occluded)
        return refine_coarsely(searched, self.prepared, config)

    def decide(self, hypotheses: PoseHypotheses) -> CameraEstimate:
        """The pose that the objective selects and refines. The same hypotheses can be decided again under another."""
        hypotheses = replace(hypotheses, trace=hypotheses.trace.branch())
        with hypotheses.trace("decide"):
            hypotheses = select_pose(hypotheses, self.objective, self.prepared, self.config)
            assessment = assess(hypotheses, self.prepared, self.config)
        return build_estimate(hypotheses, assessment, self.prepared, self.config)

    def observe(self, image: SourceImage, intrinsics: Intrinsics | None = None) -> Observation:
        """The image as the stages see it: without ``intrinsics`` those of the configured field of view."""
        return observe(image, intrinsics, self.mesh, self.config)

    def with_loss(self, loss: LossConfig) -> CameraEstimator:
        """The same with another objective: mesh, renderers and what the search prepared are shared."""
        other = copy(self)
        other.config = replace(self.config, loss=loss)
        other.objective = create_objective(loss, str(self.device))
        if self.search_needs_objective:
            other.search = create_search(self.prepared.coarse_renderer, other.objective, other.config)
        return other

    def with_settings(self, refinement: RefinementConfig, camera: CameraConfig) -> CameraEstimator:
        """The same with another refinement, and other cameras expected: all that is prepared is shared."""
        other = copy(self)
        other.config = replace(self.config, refinement=refinement, camera=camera)
        return other

    def with_deformations(self, deformation: DeformationConfig) -> CameraEstimator:
        """The same with other deformations of the mesh: all else that is prepared is shared."""
        other = copy(self)
        other.config = replace(self.config, deformation=deformation)
        other.prepared = self.prepared.with_deformations(deformation)
        return other

    @property
    def mesh(self) -> TexturedMesh:
        """On the device of the estimate."""
        return self.prepared.mesh

    @property
    def renderer(self) -> Renderer:
        """Draws the mesh."""
        return self.prepared.renderer

    @property
    def device(self) -> torch.device:
        """On which everything is computed."""
        return self.prepared.device

    @property
    def search_needs_objective(self) -> bool:
        """Whether candidates differ between objectives."""
        return search_registry.get(self.config.search.method).evaluates_objective

    @property
    def remarks(self) -> tuple[str, ...]:
        """Lines about what the searches could not do as they should, so far."""
        unmasked = self.__dict__.get("frame_search")
        return (*self.search.remarks, *(() if unmasked is None else unmasked.search.remarks))

    @shared_property
    def frame_search(self) -> FrameSearch:
        """What images without masks are searched by, whatever ``config.search.method`` is."""
        upright = self.config.camera.roll == "upright"
        return FrameSearch(
            ViewpointSearch(self.prepared.coarse_renderer, self.config.search, self.config.model, upright)
        )

    def _estimate_near(
        self,
        refinement: RefinementConfig,
        camera: CameraConfig,
        image: SourceImage,
        intrinsics: Intrinsics | None,
        world: Camera,
        progress: Progress | None,
    ) -> CameraEstimate:
        """Of an image that has a mask, with other settings, from a camera that is nearly right."""
        return self.with_settings(refinement, camera).estimate(
            image, intrinsics=intrinsics, initial=world, searched=0, nearly_right=True, progress=progress
        )
