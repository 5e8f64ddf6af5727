"""How sure an answer is."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._uncertainty import (
    covariance_with_deformation,
    evidence_against,
    pose_covariance,
    with_information,
)
from camera_estimation.estimation.adaptation import fit_first
from camera_estimation.estimation.diagnosis import Diagnosis, diagnose
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.pipeline import finest_level, level_scorer
from camera_estimation.estimation.prepared_mesh import PreparedMesh
from camera_estimation.losses import PoseLook, evidence_information, keypoint_evidence
from camera_estimation.refinement import FreeFocal


@dataclass(frozen=True)
class Assessment:
    """How sure the first of several poses is.

    Attributes:
        covariance: Of its parameters (see ``geometry.retract``).
        against: Evidence against each of all poses, in standard deviations; 0 for the first.
        deformation: Root-mean-square displacement of its mesh, in object radii.
        occluded: Whether areas of the object are hidden at it.
        diagnosis: How it fits.
    """

    covariance: Float[Tensor, "K K"]
    against: Float[Tensor, " B"]
    deformation: float
    occluded: bool
    diagnosis: Diagnosis


@torch.no_grad()
def assess(hypotheses: PoseHypotheses, mesh: PreparedMesh, config: Configuration) -> Assessment:
    """How sure the first pose is, and how surely it is better than each of the others."""
    scorer = level_scorer(hypotheses, finest_level(config), config)
    cameras, evidence = scorer.view.camera(hypotheses.camera), scorer.view.evidence
    looks = [scorer(renderer, cameras[index]) for index, renderer in enumerate(hypotheses.renderers)]
    against = evidence_against(torch.cat([look.cost_map for look in looks]))
    if evidence.keypoints is not None:
        against = against + keypoint_evidence(evidence.keypoints, cameras, evidence.config.keypoint_pixels)
    deformation = 0.0
    if hypotheses.deformed is not None:
        deformation = mesh.deformations.magnitude(hypotheses.deformed.coefficients[0])
        normal = hypotheses.deformed.normal_matrix[0]
        covariance = covariance_with_deformation(normal, config.deformation.prior_weight)
    else:
        covariance = _rigid_covariance(looks[0], mesh, hypotheses.observation.free_focal(scorer.view))
    fit = fit_first(hypotheses, config)
    diagnosis = diagnose(looks[0], fit, hypotheses, covariance, config)
    return Assessment(covariance, against, deformation, hypotheses.occluded and fit.is_hidden, diagnosis)


def _rigid_covariance(look: PoseLook, mesh: PreparedMesh, focal: FreeFocal | None) -> Float[Tensor, "K K"]:
    """From the image, from what was expected of the focal length, and from keypoints and depth where they are known."""
    parameters = 6 if focal is None else 7
    covariance = pose_covariance(mesh.renderer, look, parameters)
    if focal is not None:
        covariance = with_information(covariance, focal.information(look.camera)[0])
    evidence = look.scorer.view.evidence
    if not evidence.constrains_pose:
        return covariance
    return with_information(covariance, evidence_information(evidence, look.camera, look.points, parameters)[0])
