"""Cameras of several images of one mesh, estimated together."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.estimator import CameraEstimator
from camera_estimation.estimation.hypotheses import PoseHypotheses
from camera_estimation.estimation.joint._pipeline import JointImages, gather_images, solve_jointly
from camera_estimation.estimation.joint._shared_mesh import SharedMesh
from camera_estimation.estimation.joint.result import JointEstimate, JointSolution, SharedFocal
from camera_estimation.estimation.observation import Intrinsics
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.images import SourceImage
from camera_estimation.mesh import TexturedMesh
from camera_estimation.poses import Progress, Trace


def estimate_jointly(
    mesh: TexturedMesh,
    images: Sequence[SourceImage],
    config: Configuration | None = None,
    *,
    intrinsics: Sequence[Intrinsics | None] | None = None,
    progress: Progress | None = None,
) -> JointEstimate:
    """Recover the cameras that took ``images`` of one mesh, whose deformation and unknown focal length are shared.

    Args:
        mesh: The object, in its world units.
        images: Pictures with the object's mask, two at least; of more than ``config.joint.images`` that many, spread
            over all, tell what is shared.
        config: All settings; None: the preset ``default``.
        intrinsics: (fx, fy, cx, cy) of each image in its pixels; None for all or one: not known.
        progress: Told each stage of each image.
    """
    joint = JointEstimator(CameraEstimator(mesh, config))
    known = intrinsics or [None] * len(images)
    members = spread(len(images), joint.config.joint.images)
    alone = [joint.propose(images[place], known[place], progress) for place in members]
    solved = joint.solve(alone, [known[place] for place in members])
    estimates = [
        solved.decide(members.index(place)) if place in members else solved.estimate(image, known[place], progress)
        for place, image in enumerate(images)
    ]
    return JointEstimate(tuple(estimates), tuple(members), solved.solution)


def spread(count: int, most: int) -> list[int]:
    """Places of at most so many of ``count`` things, evenly spread over them."""
    if count <= most:
        return list(range(count))
    return sorted({round(place) for place in torch.linspace(0, count - 1, most).tolist()})


class JointEstimator:
    """Estimates images of one mesh together, in three steps: ``propose`` for each, ``solve`` for all, and what
    ``SolvedImages`` then says of each.

    Args:
        estimator: Of the mesh.
    """

    def __init__(self, estimator: CameraEstimator) -> None:
        joint, refinement = estimator.config.joint, estimator.config.refinement
        freer = replace(
            estimator.config.deformation, modes=joint.modes, length=joint.length, prior_weight=joint.prior_weight
        )
        self.config, self.estimator = estimator.config, estimator.with_deformations(freer)
        if refinement.occlusion == "auto":
            refinement = replace(refinement, occlusion="off")
        self._alone = estimator.with_settings(replace(refinement, mesh_quality="exact"), self.config.camera)

    def propose(
        self, image: SourceImage, intrinsics: Intrinsics | None = None, progress: Progress | None = None
    ) -> PoseHypotheses:
        """Poses of one image alone, with the mesh as it is: what does not fit is explained by all images together.
        Raises ValueError for an image without a mask."""
        return self._alone.propose(image, intrinsics, None, Trace(progress, self.estimator.record))

    def solve(self, alone: Sequence[PoseHypotheses], intrinsics: Sequence[Intrinsics | None]) -> SolvedImages:
        """What images have in common, two at least, and their poses with it.

        Args:
            alone: Of each image what ``propose`` returned.
            intrinsics: Of each image what ``propose`` was given.
        """
        began = time.perf_counter()
        images = solve_jointly(gather_images(alone, intrinsics, self.estimator), self.estimator)
        seconds = (time.perf_counter() - began) / len(alone)
        for poses in images.poses:
            poses.trace.seconds["joint"] = seconds
        return SolvedImages(self.estimator, images, self.config)


class SolvedImages:
    """Images that were solved together, and what they say of further ones.

    Args:
        estimator: Of the mesh as it is, with the deformations that images share.
        images: With what they share.
        config: That the estimates tell of.
    """

    def __init__(self, estimator: CameraEstimator, images: JointImages, config: Configuration) -> None:
        self.estimator, self.images, self.config = estimator, images, config
        self._shared = SharedMesh(estimator, images.coefficients)

    @property
    def solution(self) -> JointSolution:
        """What they have in common."""
        images, mesh = self.images, self.estimator.prepared
        magnitude = 0.0 if images.coefficients is None else mesh.deformations.magnitude(images.coefficients)
        took_part = tuple(place in images.taking_part for place in range(len(images.poses)))
        return JointSolution(took_part, images.coefficients, magnitude, self._focal_lengths())

    def _focal_lengths(self) -> tuple[SharedFocal, ...]:
        images, found = self.images, self.images.found
        if found is None:
            return ()
        lengths = []
        for group in found.focal_groups:
            places = tuple(place for place in images.taking_part if images.focal_group[place] == group)
            fov = float(images.poses[places[0]].camera.fov[0])
            # To first order: the tangent of half of it is in proportion to the inverse focal length.
            lengths.append(SharedFocal(fov, math.sin(fov) * found.focal_deviation(group), places))
        return tuple(lengths)

    def decide(self, place: int) -> CameraEstimate:
        """The camera of one of the images that were solved."""
        images, poses = self.images, self.images.poses[place]
        if place not in images.taking_part:
            return self._decide(images.search_again(place, self._shared))
        if images.found is None:
            return replace(self.estimator.decide(poses), config=self.config)
        index, level = images.taking_part.index(place), self.estimator.config.joint.levels[-1]
        poses = self._shared.compare_others(poses, images.found.score[index : index + 1], level)
        return self._decide(poses, images.found.information(index))

    def estimate(
        self, image: SourceImage, intrinsics: Intrinsics | None = None, progress: Progress | None = None
    ) -> CameraEstimate:
        """The camera of another image of the same object."""
        trace = Trace(progress, self.estimator.record)
        return self._decide(self._shared.search(image, intrinsics, trace=trace))

    def _decide(self, poses: PoseHypotheses, information: Float[Tensor, "k k"] | None = None) -> CameraEstimate:
        estimate = self.estimator.decide(self._shared.explain(poses, information))
        return replace(estimate, config=self.config)
