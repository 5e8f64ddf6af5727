"""A recorded estimate of a small rendered ball."""

from __future__ import annotations

from dataclasses import dataclass, replace

from camera_estimation.configuration import LossConfig
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.geometry.camera import Camera
from camera_estimation.images.source_image import SourceImage
from tests.support.orbits import QUICK, ball, orbiting_cameras, pictures


@dataclass(frozen=True)
class Recorded:
    estimator: CameraEstimator
    image: SourceImage
    truth: Camera
    estimate: CameraEstimate


def recorded_estimate(loss: str, steps: int = 6) -> Recorded:
    mesh, truth = ball(), orbiting_cameras([25.0])
    config = replace(QUICK, loss=LossConfig(name=loss, resolution=64, steps=steps))
    estimator = CameraEstimator(mesh, config, record=True)
    (image,) = pictures(mesh, truth)
    intrinsics = (*truth.focal[0].tolist(), *truth.principal_point[0].tolist())
    return Recorded(estimator, image, truth, estimator.estimate(image, intrinsics=intrinsics))
