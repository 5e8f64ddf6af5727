"""One image whose camera is sought, as all stages see it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch

from camera_estimation.configuration import CameraConfig, Configuration
from camera_estimation.geometry import Camera, FocalPrior, intrinsics_from_fov, make_camera
from camera_estimation.images import EXIF, SourceImage, Target, TargetView, make_target
from camera_estimation.mesh import TexturedMesh
from camera_estimation.refinement import FreeFocal

# Where a focal length is from, or what is expected of one that is estimated; files and messages have these words.
INTRINSICS, FOV_DEG, ASSUMED = "intrinsics", "fov_deg", "assumed"

Intrinsics = tuple[float, float, float, float]  # fx, fy, cx, cy in pixels of the full image


@dataclass(frozen=True)
class Observation:
    """What is known before any pose is.

    Attributes:
        image: The picture, its mask and the evidence beside it.
        intrinsics: As they are known or assumed, to the last digit.
        focal: What is expected of the focal length where it is not known; None: it is.
        focal_source: Where the focal length, or what is expected of it, is from.
        frame: A camera of the full image at the origin, on the device of the estimate.
        target: The window of the image around the object, and its evidence about the mesh.
    """

    image: SourceImage
    intrinsics: Intrinsics
    focal: FocalPrior | None
    focal_source: str
    frame: Camera
    target: Target

    def free_focal(self, view: TargetView | None = None) -> FreeFocal | None:
        """What is expected of the focal length in the full image, or in a view of it; None: it is known."""
        return free_focal(self.focal, self.image, view)


def observe(
    image: SourceImage, intrinsics: Intrinsics | None, mesh: TexturedMesh, config: Configuration
) -> Observation:
    """The observation of ``mesh`` in ``image``, on the mesh's device; without intrinsics those that are expected."""
    if image.window is not None:
        intrinsics = image.window.intrinsics
    focal = focal_prior(image, intrinsics, config.camera)
    source = image_focal_prior(image, config.camera).source if intrinsics is None else INTRINSICS
    intrinsics = intrinsics or assume_intrinsics(image, config.camera)
    frame = camera_without_pose(image, intrinsics).to(mesh.device, torch.float32)
    return Observation(image, intrinsics, focal, source, frame, make_target(image, mesh.device, mesh, config.evidence))


def free_focal(prior: FocalPrior | None, image: SourceImage, view: TargetView | None) -> FreeFocal | None:
    """The prior of a full image for cameras of it, or of a view of it."""
    if prior is None:
        return None
    scale = 1.0 if view is None else view.rgba.shape[-2] / view.window[3]
    return FreeFocal.of_camera(prior, scale * image.height)


def focal_prior(image: SourceImage, intrinsics: Intrinsics | None, config: CameraConfig) -> FocalPrior | None:
    """What is expected of the focal length where it is to be estimated; None: it is not.

    About the one that is given, if there is one that is not believed, else about what the image's file says, else about
    what is configured.
    """
    if config.optimize_fov == "off" or (config.optimize_fov == "auto" and intrinsics is not None):
        return None
    if image.window is not None:  # it shows what is there only with the focal length that its lens has
        return None
    if intrinsics is None:
        return image_focal_prior(image, config)
    return replace(_prior_from_settings(config), tan_half_fov=image.height / 2 / intrinsics[1], source=INTRINSICS)


def image_focal_prior(image: SourceImage, config: CameraConfig) -> FocalPrior:
    """What is expected of the focal length of an image without intrinsics."""
    told = image.focal_prior
    if told is None or (told.source == EXIF and not config.exif):
        return _prior_from_settings(config)
    return told


def _prior_from_settings(config: CameraConfig) -> FocalPrior:
    return FocalPrior.from_degrees(config.fov_deg, config.fov_deviation_deg, ASSUMED if config.exif else FOV_DEG)


def assume_intrinsics(image: SourceImage, config: CameraConfig) -> Intrinsics:
    """From the field of view that is expected, with a central principal point."""
    fov_deg = image_focal_prior(image, config).fov_deg
    return tuple(intrinsics_from_fov(math.radians(fov_deg), image.width, image.height).tolist())


def camera_without_pose(image: SourceImage, intrinsics: Intrinsics) -> Camera:
    """A camera of the full image at the world's origin, in double precision."""
    pose = torch.eye(4, dtype=torch.float64)[None]
    return make_camera(pose, torch.tensor(intrinsics, dtype=torch.float64), image.width, image.height)
