"""Poses from keypoints (perspective-n-point), where some of the points may be wrong.

The best of four points of which one is wrong cannot be told from the points alone: any three are mapped exactly by up
to four poses (P3P). So every plausible pose comes back, best first, and the image has to decide among them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.images import Keypoints
from camera_estimation.poses.pnp._minimal_poses import (
    focal_lengths,
    poses_of_consensus,
    poses_of_triples,
    triples,
)
from camera_estimation.poses.pnp._pose_batch import Observations, PoseBatch, concatenate_poses
from camera_estimation.poses.pnp._pose_ranking import Fits, rank_poses

FEWEST_POINTS = 4
# Of the image diagonal: points are clicked to a few pixels, and a generated mesh differs from the object by about a
# percent of its size, while a mistaken point (left for right, the wrong corner) is off by a part of the object.
TOLERANCE_SHARE = 0.01
# An exact pose of three inexact points passes its fourth at a greater distance than the pose that fits all four.
LOOSE = 3.0
# Poses that are refined, and of many points, which leave less to chance, as many as have this many errors altogether.
MOST_REFINED, FEWEST_REFINED, REFINED_ERRORS = 256, 64, 3072
MOST_POSES = 24


@dataclass(frozen=True, eq=False)
class KeypointPose:
    """One pose that keypoints suggest.

    Attributes:
        camera: A world camera of the full image (a batch of one, double precision).
        inliers: Which points agree with it; those of confidence 0 never do.
        error: Reprojection error of each in pixels, infinite behind the camera.
    """

    camera: Camera
    inliers: Bool[Tensor, " N"]
    error: Float[Tensor, " N"]


def poses_from_keypoints(
    keypoints: Keypoints,
    full: Camera,
    optimize_focal: bool,
    tolerance_pixels: float | None = None,
    limit: int = MOST_POSES,
) -> list[KeypointPose]:
    """All different plausible poses.

    Args:
        keypoints: Points in mesh world coordinates and where they are in the full image.
        full: Gives the intrinsics of the full image (a batch of one); its pose does not matter.
        optimize_focal: Its focal length is one of several tried, and is refined where four points or more agree.
        tolerance_pixels: A point agrees if its error is less; by default 1 % of the image's diagonal.
        limit: At most so many are returned.

    Returns:
        Best first: by the confidence of the points that agree, then by the error of these. None for fewer than four
        points of confidence above 0, for points on one line, and where no pose agrees with most points.
    """
    used = keypoints.confidence.numpy() > 0
    if used.sum() < FEWEST_POINTS:
        return []
    observed, center, scale = _observations(keypoints, full, used)
    tolerance = tolerance_pixels
    if tolerance is None:
        tolerance = TOLERANCE_SHARE * math.hypot(full.width, full.height)
    given = float(full.focal[0, 1])
    focals = focal_lengths(given, full.height) if optimize_focal else [given]
    exact = poses_of_triples(observed, triples(observed.confidence), focals)
    if len(exact) == 0:
        return []
    poses = _fit_poses(_strongest(exact, observed, tolerance), observed, tolerance, optimize_focal)
    fits = Fits(poses, poses.errors(observed), observed, tolerance, given)
    return [_keypoint_pose(poses[[k]], keypoints, full, center, scale, tolerance) for k in rank_poses(fits, limit)]


def _observations(
    keypoints: Keypoints, full: Camera, used: Bool[np.ndarray, " N"]
) -> tuple[Observations, Float[np.ndarray, "3"], float]:
    """The points that count, relative to their centre and scale (world units); medians, for a wrong point may be far
    off."""
    xyz = keypoints.xyz.double().numpy()[used]
    center = np.median(xyz, axis=0)
    distance = np.linalg.norm(xyz - center, axis=1)
    scale = float(np.median(distance)) or float(distance.max()) or 1.0
    focal, principal_point = full.focal[0].double().cpu().numpy(), full.principal_point[0].double().cpu().numpy()
    stretch = focal / focal[1]
    image = (keypoints.uv.double().numpy()[used] - principal_point) / stretch
    return (
        Observations((xyz - center) / scale, image, stretch, keypoints.confidence.double().numpy()[used]),
        center,
        scale,
    )


def _strongest(poses: PoseBatch, observed: Observations, tolerance: float) -> PoseBatch:
    """Those with the most support (MSAC: Torr and Zisserman, "MLESAC", 2000)."""
    support = np.maximum(0, 1 - np.square(np.minimum(poses.errors(observed) / (LOOSE * tolerance), 1)))
    # Rounded, so that equally good ones keep their order on every machine.
    order = np.argsort(-np.round(support @ observed.confidence, 6), kind="stable")
    count = min(MOST_REFINED, max(FEWEST_REFINED, REFINED_ERRORS // len(observed.points)))
    return poses[order[:count]]


def _fit_poses(poses: PoseBatch, observed: Observations, tolerance: float, optimize_focal: bool) -> PoseBatch:
    """Poses fitted to the points that agree with them, once from a loose agreement and once from a strict one: a wrong
    point not far off spoils the one, inexact points of a minimal set the other (locally optimised RANSAC: Chum, Matas
    and Kittler, 2003)."""
    fitted = []
    for first in (LOOSE * tolerance, tolerance):
        agreeing = poses.errors(observed) < first
        candidates = concatenate_poses([poses, poses_of_consensus(observed, agreeing, poses.focal)])
        for threshold in (first, tolerance, tolerance):
            agreeing = candidates.errors(observed) < threshold
            free_focal = optimize_focal & (agreeing.sum(-1) >= FEWEST_POINTS)
            candidates = candidates.refine(observed, agreeing * observed.confidence, free_focal)
        fitted.append(candidates)
    return concatenate_poses(fitted)


def _keypoint_pose(
    pose: PoseBatch,
    keypoints: Keypoints,
    full: Camera,
    center: Float[np.ndarray, "3"],
    scale: float,
    tolerance: float,
) -> KeypointPose:
    focal = full.focal.double().cpu()
    camera = Camera(
        rotation=torch.from_numpy(pose.rotation),
        translation=torch.from_numpy(scale * pose.translation - pose.rotation @ center),
        focal=focal * float(pose.focal[0]) / focal[:, 1:],
        principal_point=full.principal_point.double().cpu(),
        width=full.width,
        height=full.height,
    )
    uv, depth = camera.project(keypoints.xyz[None])
    error = torch.where(depth[0] > 0, (uv[0] - keypoints.uv).norm(dim=-1), math.inf)
    return KeypointPose(camera, (error < tolerance) & (keypoints.confidence > 0), error)
