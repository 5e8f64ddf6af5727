"""How sure an answer is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation._silhouette_fit import fit_silhouette
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
from camera_estimation.refinement import FreeFocal, pose_change_by_bends

# By how many pixels of a view the rim of an exact mesh is off in the mean at the right pose: samples and blur.
EXACT_RIM = 0.25


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
        focal = hypotheses.observation.free_focal(scorer.view)
        covariance = _rigid_covariance(looks[0], mesh, focal, finest_level(config).hidden_from)
    fit = fit_first(hypotheses, config, looks[0])
    diagnosis = diagnose(looks[0], fit, hypotheses, covariance, config)
    return Assessment(covariance, against, deformation, hypotheses.occluded and fit.is_hidden, diagnosis)


def _rigid_covariance(
    look: PoseLook, mesh: PreparedMesh, focal: FreeFocal | None, hidden_from: float
) -> Float[Tensor, "K K"]:
    """From the image, from bends that would leave the rim as far off as it is, from what was expected of the focal
    length, and from keypoints and depth where they are known."""
    parameters = 6 if focal is None else 7
    covariance = pose_covariance(mesh.renderer, look, parameters) + _bend_covariance(look, mesh, focal, hidden_from)
    if focal is not None:
        covariance = with_information(covariance, focal.information(look.camera)[0])
    evidence = look.scorer.view.evidence
    if not evidence.constrains_pose:
        return covariance
    return with_information(covariance, evidence_information(evidence, look.camera, look.points, parameters)[0])


def _bend_covariance(
    look: PoseLook, mesh: PreparedMesh, focal: FreeFocal | None, hidden_from: float
) -> Float[Tensor, "*K"]:
    """Of a pose whose mesh is, as far as its rim shows, a little bent beside the object."""
    rim = fit_silhouette(look.coverage, look.scorer.view, hidden_from, occluded=True).rim
    excess = math.sqrt(max(rim**2 - EXACT_RIM**2, 0.0))
    if excess == 0.0:
        return look.render.new_zeros(())
    radii = excess * float(look.camera.translation[0, 2] / look.camera.focal[0, 0])
    # The mean distance of a rim whose points are displaced by a normal distribution along each axis.
    expected = math.sqrt(2 / math.pi) * mesh.deformations.typical_magnitude / math.sqrt(3)
    change = radii / expected * pose_change_by_bends(look, mesh.deformations, focal)
    return (change @ change.T).to(look.render)
