"""The camera of an image without a mask, whatever the image: a window that a lens left, or one of very many pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from camera_estimation.configuration import CameraConfig, Configuration, RefinementConfig
from camera_estimation.estimation.initialization import Initialization
from camera_estimation.estimation.lens_estimate import estimate_of_source
from camera_estimation.estimation.observation import Intrinsics, assume_intrinsics, focal_prior
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.estimation.unmasked._reduced_image import estimate_reduced, is_large
from camera_estimation.estimation.unmasked.pipeline import UnmaskedPipeline
from camera_estimation.geometry import Camera
from camera_estimation.images import SourceImage
from camera_estimation.poses import Progress
from camera_estimation.search import FrameSearch

# The estimate of an image that has a mask, with other settings, from a world camera that is nearly right.
EstimateMasked = Callable[
    [RefinementConfig, CameraConfig, SourceImage, Intrinsics | None, Camera, Progress | None], CameraEstimate
]


@dataclass(frozen=True)
class UnmaskedEstimate:
    """What finds the pose by image alone; the mask follows from it.

    Attributes:
        mesh: The object.
        config: All settings.
        search: Of poses in frames.
        estimate_masked: Called with every mask that is tried.
        progress: Told each stage and the loss so far.
    """

    mesh: PreparedMesh
    config: Configuration
    search: FrameSearch
    estimate_masked: EstimateMasked
    progress: Progress | None

    def __call__(self, image: SourceImage, intrinsics: Intrinsics | None, start: Initialization) -> CameraEstimate:
        """As ``CameraEstimator.estimate``."""
        window, camera = image.window, self.config.camera
        if window is None:
            return self._find(camera, image, intrinsics, start)
        fixed = replace(camera, optimize_fov="off")  # the window is of the focal length that its lens has
        found = self._find(fixed, replace(image, window=None), window.intrinsics, start)
        return estimate_of_source(found, window)

    def _find(
        self, camera: CameraConfig, image: SourceImage, intrinsics: Intrinsics | None, start: Initialization
    ) -> CameraEstimate:
        """Of an image that is no window, with other cameras expected than those of the settings."""
        focal = focal_prior(image, intrinsics, camera)
        # Masks that are not exact show hidden areas, and bends, that are not there.
        quality = "exact" if self.config.refinement.mesh_quality == "auto" else self.config.refinement.mesh_quality
        refinement = replace(self.config.refinement, occlusion="on", mesh_quality=quality)

        def estimate_near(image: SourceImage, world: Camera) -> CameraEstimate:
            return self.estimate_masked(refinement, camera, image, intrinsics, world, self.progress)

        if is_large(image):
            return estimate_reduced(image, intrinsics, start, partial(self._find, camera), estimate_near)
        pipeline = UnmaskedPipeline(self.mesh, self.config, self.search, focal is None)
        assumed = intrinsics or assume_intrinsics(image, camera)
        return pipeline.estimate(image, assumed, start, estimate_near, self.progress)
