"""How sure an answer is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.estimation.coarse_to_fine import CoarseToFine, Explanation
from camera_estimation.estimation.silhouette_fit import HIDDEN_SHARE
from camera_estimation.estimation.uncertainty import (
    deformed_covariance,
    evidence_against,
    pose_covariance,
    with_information,
)
from camera_estimation.images import Target
from camera_estimation.losses import blur_inside, compare, depth_cost_map, evidence_information, keypoint_evidence


@dataclass(frozen=True)
class Assessment:
    """Covariance of the best pose (parameters of ``geometry.retract``), and the evidence against each of all poses."""

    covariance: Float[Tensor, "K K"]
    against: Float[Tensor, " B"]
    deformation: float  # root-mean-square displacement of the best pose's mesh, in object radii
    occluded: bool  # whether areas of the object are hidden at the best pose


@torch.no_grad()
def assessed(refined: CoarseToFine, explained: Explanation, target: Target) -> Assessment:
    """How sure the first pose is, and how surely it is better than each of the others."""
    level = refined.finest_level
    view = target.view(level.resolution)
    blurred_target = blur_inside(view.rgba, view.pixel_weight, level.blur)
    hidden_from = level.hidden_from if explained.occluded else None
    seen, cost_maps = [], []
    cameras, evidence = view.camera(explained.candidates.camera), view.evidence
    for index, renderer in enumerate(explained.renderers):
        rgba, points = renderer.draw(cameras[index])
        rgba = blur_inside(rgba, view.pixel_weight, level.blur)
        compared = compare(rgba, blurred_target, view.pixel_weight, refined.config.appearance, points, hidden_from)
        cost_map = compared.cost_map
        if evidence.depth is not None:
            config = evidence.config
            off = depth_cost_map(evidence.depth, cameras[index], points, config.depth_tolerance)
            cost_map = cost_map + config.depth_weight * off
        seen.append((rgba, compared, points))
        cost_maps.append(cost_map)
    against = evidence_against(torch.cat(cost_maps))
    if evidence.keypoints is not None:
        against = against + keypoint_evidence(evidence.keypoints, cameras, evidence.config.keypoint_pixels)
    deformation = 0.0
    if explained.deformed is not None:
        deformation = refined.deformations.magnitude(explained.deformed[0].coefficients)
        normal = explained.deformed[0].normal_matrix[0]
        covariance = deformed_covariance(normal, refined.config.deformation.prior_weight)
    else:
        rgba, compared, points = seen[0]
        parameters = 7 if refined.config.camera.optimize_fov else 6
        covariance = pose_covariance(
            refined.renderer, cameras[0], rgba, compared, view.pixel_weight, level.blur, parameters
        )
        if evidence.constrains_pose:
            known = evidence_information(evidence, cameras[0], points, parameters)[0]
            covariance = with_information(covariance, known)
    occluded = explained.occluded and refined.fit(explained, target).hidden > HIDDEN_SHARE
    return Assessment(covariance, against, deformation, occluded)
