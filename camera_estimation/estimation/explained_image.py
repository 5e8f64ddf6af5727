"""An image with the poses that explain it, before an objective decides among them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.coarse_to_fine import CoarseToFine, Explanation
from camera_estimation.geometry import Camera, concatenate, make_camera
from camera_estimation.images import SourceImage, Target
from camera_estimation.poses import Trace
from camera_estimation.poses.pnp import poses_from_keypoints

Intrinsics = tuple[float, float, float, float]  # fx, fy, cx, cy in pixels of the full image


@dataclass(frozen=True)
class Start:
    """What an estimate starts from, beside the image: see ``CameraEstimator.estimate``."""

    initial: Camera | None
    searched: int | None
    refined: CoarseToFine


@dataclass(frozen=True)
class ExplainedImage:
    """An image and the poses that explain it, how they were come by, and what was assumed."""

    image: SourceImage
    intrinsics: Intrinsics
    target: Target
    explanation: Explanation
    start: Start
    stages: Trace


def camera_without_pose(image: SourceImage, intrinsics: Intrinsics) -> Camera:
    """A camera of the full image at the world's origin, in double precision."""
    pose = torch.eye(4, dtype=torch.float64)[None]
    return make_camera(pose, torch.tensor(intrinsics, dtype=torch.float64), image.width, image.height)


def with_keypoint_poses(start: Start, image: SourceImage, full: Camera, config: Configuration) -> Start:
    """The start with the poses that the image's keypoints leave possible: as many, at most, as come from the search.
    ``full`` gives the intrinsics."""
    if image.evidence.keypoints is None or start.searched == 0:
        return start
    free, most = config.camera.optimize_fov, config.evidence.search_poses
    most = most if start.searched is None else min(most, start.searched)
    poses = poses_from_keypoints(image.evidence.keypoints, full.to("cpu", torch.float64), free, limit=most)
    if not poses:
        return start
    given = [] if start.initial is None else [start.initial.to("cpu", torch.float64)]
    return replace(start, initial=concatenate([*given, *(pose.camera for pose in poses)]))
