"""Images of one object whose poses are refined jointly, and what comes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.geometry import Camera
from camera_estimation.losses import PoseScorer
from camera_estimation.refinement.focal_length import OBSERVATIONS, FreeFocal

POSE = 6  # parameters of a pose; the focal length is a shared one


@dataclass(frozen=True)
class JointView:
    """One image of several that show the same object.

    Attributes:
        scorer: What counts as a difference from it.
        camera: Its pose, a batch of one, as a camera of the scorer's view.
        focal: What is expected of its focal length, in pixels of the view; None: it is known.
        focal_group: The number of its focal length; views of one number have it in common, and expect the same of it.
    """

    scorer: PoseScorer
    camera: Camera
    focal: FreeFocal | None = None
    focal_group: int | None = None

    @property
    def distance(self) -> Float[Tensor, ""]:
        """What a relative change of the inverse focal length is divided by to be the last parameter of ``retract``."""
        return self.camera.translation[0, 2]


@dataclass(frozen=True)
class JointPoses:
    """Poses of several images and what they share.

    Attributes:
        views: With their poses.
        coefficients: Of ``SmoothDeformations``.
        cost: Of each image, without the prior of the deformation.
        score: Ranking score of each image's pose with the deformed mesh, likewise.
        covariance: Of each pose's parameters, then of all shared ones (relative changes of inverse focal lengths in the
            order of ``focal_groups``, coefficients), with the other poses marginalized: the inverse normal matrix.
        focal_groups: Of the views.
    """

    views: tuple[JointView, ...]
    coefficients: Float[Tensor, " M"]
    cost: Float[Tensor, " N"]
    score: Float[Tensor, " N"]
    covariance: Float[Tensor, "N K K"]
    focal_groups: tuple[int, ...]

    def information(self, index: int) -> Float[Tensor, "k k"]:
        """The normal matrix of the parameters of ``retract`` of one view, all else marginalized."""
        view = self.views[index]
        kept = [*range(POSE)]
        unit = self.covariance.new_ones(POSE)
        if view.focal_group is not None:
            kept.append(POSE + self.focal_groups.index(view.focal_group))
            unit = torch.cat([unit, view.distance[None]])
        return (unit[:, None] * torch.linalg.inv(self.covariance[index][kept][:, kept]) * unit).float()

    def focal_deviation(self, group: int) -> float:
        """Relative standard deviation of a focal length, with the images as evidence as ``FreeFocal`` counts them."""
        place = POSE + self.focal_groups.index(group)
        return math.sqrt(float(self.cost.mean() * self.covariance[0, place, place]) / OBSERVATIONS)


def share_prior(view: JointView, views: Sequence[JointView]) -> JointView:
    """With its part of the prior of a focal length, which counts once for all images that have it in common: against
    the evidence of so many it is weaker by as much in each."""
    if view.focal is None:
        return view
    sharing = sum(other.focal_group == view.focal_group for other in views)
    return replace(view, focal=replace(view.focal, deviation=math.sqrt(sharing) * view.focal.deviation))
