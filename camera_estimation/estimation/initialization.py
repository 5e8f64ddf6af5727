"""Where an estimate begins, beside or in place of a search."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.observation import Observation
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.geometry import Camera, concatenate
from camera_estimation.poses.pnp import poses_from_keypoints


@dataclass(frozen=True)
class Initialization:
    """Poses that are given.

    Attributes:
        given: World cameras of the full image, in the order of preference; a focal length of NaN is not known, and what
            is expected of the image's takes its place. None: there are none.
        searched: How many candidates of the search compete with them: 0 does without the search, None takes all.
        nearly_right: Whether one of them is, so that the lighter refinement of ``config.tracking`` will do.
    """

    given: Camera | None = None
    searched: int | None = None
    nearly_right: bool = False


def normalize_given(world: Camera, frame: Camera, mesh: PreparedMesh, free_focal: bool) -> Camera:
    """World cameras as cameras of the normalized mesh, with the intrinsics of ``frame`` as far as they are known."""
    camera = mesh.normalize(world)
    known = frame[[0] * len(camera)]
    focal = camera.focal * (known.height / camera.height)
    focal = torch.where(focal.isfinite() & free_focal, focal, known.focal)
    return replace(known, rotation=camera.rotation, translation=camera.translation, focal=focal)


def add_keypoint_poses(start: Initialization, observation: Observation, config: Configuration) -> Initialization:
    """The start with the poses that the image's keypoints leave possible: as many, at most, as come from the search."""
    keypoints = observation.image.evidence.keypoints
    if keypoints is None or start.searched == 0:
        return start
    free, most = observation.focal is not None, config.evidence.search_poses
    most = most if start.searched is None else min(most, start.searched)
    poses = poses_from_keypoints(keypoints, observation.frame.to("cpu", torch.float64), free, limit=most)
    if not poses:
        return start
    given = [] if start.given is None else [start.given.to("cpu", torch.float64)]
    return replace(start, given=concatenate([*given, *(pose.camera for pose in poses)]))
