"""One image whose camera is sought, as all stages see it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.geometry import Camera, intrinsics_from_fov, make_camera
from camera_estimation.images import SourceImage, Target, make_target
from camera_estimation.mesh import TexturedMesh

Intrinsics = tuple[float, float, float, float]  # fx, fy, cx, cy in pixels of the full image


@dataclass(frozen=True)
class Observation:
    """What is known before any pose is.

    Attributes:
        image: The picture, its mask and the evidence beside it.
        intrinsics: As they are known or assumed, to the last digit.
        frame: A camera of the full image at the origin, on the device of the estimate.
        target: The window of the image around the object, and its evidence about the mesh.
    """

    image: SourceImage
    intrinsics: Intrinsics
    frame: Camera
    target: Target


def observe(
    image: SourceImage, intrinsics: Intrinsics | None, mesh: TexturedMesh, config: Configuration
) -> Observation:
    """The observation of ``mesh`` in ``image``, on the mesh's device; without intrinsics those of the configured field
    of view."""
    intrinsics = intrinsics or assume_intrinsics(image, config.camera.fov_deg)
    frame = camera_without_pose(image, intrinsics).to(mesh.device, torch.float32)
    return Observation(image, intrinsics, frame, make_target(image, mesh.device, mesh, config.evidence))


def assume_intrinsics(image: SourceImage, fov_deg: float) -> Intrinsics:
    """From a vertical field of view, with a central principal point."""
    return tuple(intrinsics_from_fov(math.radians(fov_deg), image.width, image.height).tolist())


def camera_without_pose(image: SourceImage, intrinsics: Intrinsics) -> Camera:
    """A camera of the full image at the world's origin, in double precision."""
    pose = torch.eye(4, dtype=torch.float64)[None]
    return make_camera(pose, torch.tensor(intrinsics, dtype=torch.float64), image.width, image.height)
