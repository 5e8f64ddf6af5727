"""The result of an estimate from what its stages found."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._found_bend import bends_of
from camera_estimation.estimation._uncertainty import uncertainty
from camera_estimation.estimation.assessment import Assessment
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.keypoint_agreement import KeypointAgreement, keypoint_agreement
from camera_estimation.estimation.lens_estimate import estimate_of_source
from camera_estimation.estimation.observation import Observation, camera_without_pose
from camera_estimation.estimation.pipeline import silhouette_iou
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.estimation.result import AlternativePose, CameraEstimate
from camera_estimation.geometry import Camera, rotmat_geodesic_distance, special_procrustes
from camera_estimation.images import ViewEvidence
from camera_estimation.losses import align_depth


@torch.no_grad()
def build_estimate(
    hypotheses: PoseHypotheses, assessment: Assessment, mesh: PreparedMesh, config: Configuration
) -> CameraEstimate:
    """The result in world units and double precision, known intrinsics to the last digit. Of an undistorted window
    cameras are those of the distorted picture.

    Args:
        hypotheses: The answer first, with minus the objective's values as scores.
        assessment: Of the answer.
    """
    observation, trace = hypotheses.observation, hypotheses.trace
    view = observation.target.view(config.loss.resolution)
    rgba, points = mesh.renderer.draw(view.camera(hypotheses.camera))
    overlaps = silhouette_iou(rgba[:, 3:], view.rgba[:, 3:], view.pixel_weight).tolist()
    world = _world_cameras(hypotheses, mesh)
    angles = rotmat_geodesic_distance(world.rotation, world.rotation[:1].expand_as(world.rotation))
    poses = [
        AlternativePose(world[index], -float(score), overlap, float(angle), float(evidence), bend)
        for index, (score, overlap, angle, evidence, bend) in enumerate(
            zip(
                hypotheses.candidates.score,
                overlaps,
                angles,
                assessment.against,
                bends_of(hypotheses, mesh),
                strict=True,
            )
        )
    ]
    best, *others = poses
    to_world, radius = mesh.mesh.to_world, mesh.mesh.radius
    estimate = CameraEstimate(
        camera=best.camera,
        crop_camera=view.camera(best.camera),
        crop=observation.target.window,
        loss=best.loss,
        silhouette_iou=best.silhouette_iou,
        uncertainty=uncertainty(assessment.covariance, hypotheses.camera.translation[0], radius),
        occluded=assessment.occluded,
        deformation=assessment.deformation,
        bend=best.bend,
        diagnosis=assessment.diagnosis,
        alternatives=tuple(others),
        stages=tuple(replace(stage, camera=to_world(stage.camera.to("cpu"))) for stage in trace.stages),
        iterations=tuple(replace(each, camera=to_world(each.camera.to("cpu"))) for each in trace.iterations),
        seconds=dict(trace.seconds),
        config=config,
        mask=observation.image.mask if observation.image.mask_kind else None,
        mask_kind=observation.image.mask_kind,
        focal_source=observation.focal_source,
        focal_estimated=observation.focal is not None,
        keypoints=_agree_with_keypoints(observation, best.camera, mesh, config),
        depth_difference=_depth_difference(view.evidence, points[:1], radius),
    )
    window = observation.image.window
    return estimate if window is None else estimate_of_source(estimate, window)


def _world_cameras(hypotheses: PoseHypotheses, mesh: PreparedMesh) -> Camera:
    """In double precision, with orthonormal rotations and the intrinsics that are known."""
    world = mesh.mesh.to_world(hypotheses.camera.to("cpu"))
    world = replace(world, rotation=special_procrustes(world.rotation))
    if hypotheses.observation.focal is not None:
        return world
    known = camera_without_pose(hypotheses.observation.image, hypotheses.observation.intrinsics)
    return replace(
        world,
        focal=known.focal.expand_as(world.focal),
        principal_point=known.principal_point.expand_as(world.principal_point),
    )


def _depth_difference(evidence: ViewEvidence, points: Float[Tensor, "1 5 H W"], radius: float) -> float | None:
    if evidence.depth is None:
        return None
    measured, seen = align_depth(evidence.depth, points, evidence.config.depth_tolerance)
    difference = (points[:, 3:4] - measured).abs()[seen > 0]
    return radius * float(difference.median()) if len(difference) else None


def _agree_with_keypoints(
    observation: Observation, camera: Camera, mesh: PreparedMesh, config: Configuration
) -> KeypointAgreement | None:
    keypoints = observation.image.evidence.keypoints
    if keypoints is None:
        return None
    scale = max(observation.target.window[2:]) / config.loss.resolution
    return keypoint_agreement(keypoints, camera, mesh.renderer, scale * config.evidence.keypoint_pixels)
