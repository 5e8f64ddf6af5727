"""The mesh as several images showed it, and the poses of single images with it."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration, LevelConfig
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.initialization import Initialization
from camera_estimation.estimation.joint._focal_groups import with_focal
from camera_estimation.estimation.observation import Intrinsics
from camera_estimation.estimation.pipeline import finest_level, level_scorer, refine_at_level, suppress
from camera_estimation.geometry import Camera, concatenate, rotmat_geodesic_distance
from camera_estimation.images import SourceImage
from camera_estimation.poses import Trace
from camera_estimation.refinement import DeformedPoses, refine


class SharedMesh:
    """A mesh under the deformation that several images of it have in common.

    Args:
        estimator: Of the mesh as it is.
        coefficients: Of its deformation; None: it stays as it is.
    """

    def __init__(self, estimator: CameraEstimator, coefficients: Float[Tensor, " M"] | None) -> None:
        self.estimator, self.coefficients = estimator, coefficients
        self.exact = estimator if coefficients is None else bend_estimator(estimator, coefficients)

    def compare_others(self, poses: PoseHypotheses, score: Float[Tensor, "1"], level: LevelConfig) -> PoseHypotheses:
        """The first pose with its score at ``level``, and the others, refined there with this mesh and the first one's
        focal length, as far as they stay apart from it; best first."""
        prepared, config = self.exact.prepared, self.exact.config
        first, name = poses.camera[:1], f"joint {level.resolution} px"
        cameras, scores = first, score
        if len(poses) > 1:
            others = replace(poses.candidates[1:], camera=with_focal(poses.camera[1:], first.focal))
            known = replace(poses, observation=replace(poses.observation, focal=None))
            found, their_scores = refine_at_level(known.rigid(others, prepared.renderer), level, prepared, config)
            apart = rotmat_geodesic_distance(found.rotation, first.rotation.expand_as(found.rotation))
            near = apart < math.radians(config.refinement.separation_deg)
            cameras = concatenate([first, found])
            scores = torch.cat([score, torch.where(near, torch.inf, their_scores)])
        return suppress(poses, name, cameras, scores, level.keep, prepared, config)

    def show(self, poses: PoseHypotheses) -> PoseHypotheses:
        """The same poses, seeing this mesh."""
        return replace(poses, renderers=(self.exact.renderer,) * len(poses))

    def search(
        self,
        image: SourceImage,
        intrinsics: Intrinsics | None,
        near: Camera | None = None,
        trace: Trace | None = None,
    ) -> PoseHypotheses:
        """Poses of an image with this mesh from everywhere, and from a camera of the normalized mesh."""
        given = None if near is None else self.exact.mesh.to_world(near.to("cpu"))
        return self.exact.propose(image, intrinsics, Initialization(given), trace)

    @torch.no_grad()
    def explain(self, poses: PoseHypotheses, information: Float[Tensor, "k k"] | None = None) -> PoseHypotheses:
        """Poses found with this mesh as what ``CameraEstimator.decide`` takes.

        Args:
            poses: Best first.
            information: Normal matrix of the first; None: as if the deformation were known.
        """
        if self.coefficients is None:
            return poses
        scorer = level_scorer(poses, finest_level(self.exact.config), self.exact.config)
        cameras = scorer.view.camera(poses.camera)
        focal = poses.observation.free_focal(scorer.view)
        found = refine(self.exact.renderer, cameras, scorer, 0, focal=focal, up=self.exact.prepared.up)
        normal = found.normal_matrix
        if information is not None:
            normal = torch.cat([information[None].to(normal), normal[1:]])
        deformed = DeformedPoses(cameras, self.coefficients.expand(len(poses), -1), found.score, normal)
        return replace(poses, deformed=deformed)


def bend_estimator(estimator: CameraEstimator, coefficients: Float[Tensor, " M"]) -> CameraEstimator:
    """Estimates cameras of the deformed mesh, which is then the object as exactly as it is known."""
    config, prepared = config_with_deformation(estimator.config), estimator.prepared
    config = replace(config, refinement=replace(config.refinement, mesh_quality="exact"))
    bent = replace(prepared.mesh, vertices=prepared.deformations.displace(coefficients).contiguous())
    return CameraEstimator(bent, config, record=estimator.record)


def config_with_deformation(config: Configuration) -> Configuration:
    """How images are compared with a deformed mesh, whose colors are less exact."""
    threshold = config.deformation.color_threshold
    return replace(config, appearance=replace(config.appearance, color_threshold=threshold))
