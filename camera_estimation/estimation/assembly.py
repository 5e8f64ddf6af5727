"""The result of an estimate from what its stages found."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.assessment import Assessment
from camera_estimation.estimation.explained_image import ExplainedImage, camera_without_pose
from camera_estimation.estimation.keypoint_agreement import KeypointAgreement, keypoint_agreement
from camera_estimation.estimation.result import AlternativePose, CameraEstimate
from camera_estimation.estimation.uncertainty import uncertainty
from camera_estimation.geometry import Camera, rotmat_geodesic_distance, special_procrustes
from camera_estimation.images import ViewEvidence
from camera_estimation.losses import align_depth
from camera_estimation.mesh import TexturedMesh
from camera_estimation.rendering import Renderer


@torch.no_grad()
def assembled(
    explained: ExplainedImage, assessment: Assessment, mesh: TexturedMesh, renderer: Renderer, config: Configuration
) -> CameraEstimate:
    """The result in world units and double precision, known intrinsics to the last digit."""
    image, target, stages = explained.image, explained.target, explained.stages
    ranked = explained.explanation.candidates
    view = target.view(config.loss.resolution)
    drawn = renderer.render(view.camera(ranked.camera))
    overlaps = silhouette_iou(drawn.mask, view.rgba[:, 3:], view.pixel_weight).tolist()
    world = mesh.to_world(ranked.camera.to("cpu"))
    world = replace(world, rotation=special_procrustes(world.rotation))
    if not config.camera.optimize_fov:
        known = camera_without_pose(image, explained.intrinsics)
        world = replace(
            world,
            focal=known.focal.expand_as(world.focal),
            principal_point=known.principal_point.expand_as(world.principal_point),
        )
    angles = rotmat_geodesic_distance(world.rotation, world.rotation[:1].expand_as(world.rotation))
    poses = [
        AlternativePose(world[index], -float(score), overlap, float(angle), float(evidence))
        for index, (score, overlap, angle, evidence) in enumerate(
            zip(ranked.score, overlaps, angles, assessment.against, strict=True)
        )
    ]
    best, *others = poses
    return CameraEstimate(
        camera=best.camera,
        crop_camera=view.camera(best.camera),
        crop=target.window,
        loss=best.loss,
        silhouette_iou=best.silhouette_iou,
        uncertainty=uncertainty(assessment.covariance, ranked.camera.translation[0], mesh.radius),
        occluded=assessment.occluded,
        deformation=assessment.deformation,
        alternatives=tuple(others),
        stages=tuple(replace(s, camera=mesh.to_world(s.camera.to("cpu"))) for s in stages.trace),
        iterations=tuple(replace(i, camera=mesh.to_world(i.camera.to("cpu"))) for i in stages.iterations),
        seconds=dict(stages.seconds),
        config=config,
        keypoints=_agreement(explained, best.camera, renderer, config),
        depth_difference=_depth_difference(view.evidence, drawn.points[:1], mesh.radius),
    )


def _depth_difference(evidence: ViewEvidence, points: Float[Tensor, "1 5 H W"], radius: float) -> float | None:
    if evidence.depth is None:
        return None
    measured, seen = align_depth(evidence.depth, points, evidence.config.depth_tolerance)
    difference = (points[:, 3:4] - measured).abs()[seen > 0]
    return radius * float(difference.median()) if len(difference) else None


def _agreement(
    explained: ExplainedImage, camera: Camera, renderer: Renderer, config: Configuration
) -> KeypointAgreement | None:
    keypoints = explained.image.evidence.keypoints
    if keypoints is None:
        return None
    scale = max(explained.target.window[2:]) / config.loss.resolution
    return keypoint_agreement(keypoints, camera, renderer, scale * config.evidence.keypoint_pixels)


def silhouette_iou(
    first: Float[Tensor, "B 1 H W"], second: Float[Tensor, "1 1 H W"], inside: Float[Tensor, "1 1 H W"]
) -> Float[Tensor, " B"]:
    """Intersection over union of soft masks where ``inside`` holds."""
    common = (torch.minimum(first, second) * inside).sum((1, 2, 3))
    union = (torch.maximum(first, second) * inside).sum((1, 2, 3))
    return common / union.clamp(min=1e-6)
