"""Normal equations of several poses, each tied to shared parameters and to no other pose: the matrix of an arrow."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class ArrowSystem:
    """J^T W J and J^T W r in blocks, in double precision.

    Attributes:
        pose: Of each pose with itself.
        cross: Of each pose with the shared parameters.
        shared: Of the shared parameters with themselves, over all images and the prior.
        pose_force: Right-hand side of each pose.
        shared_force: Right-hand side of the shared parameters.
    """

    pose: Float[Tensor, "N P P"]
    cross: Float[Tensor, "N P S"]
    shared: Float[Tensor, "S S"]
    pose_force: Float[Tensor, "N P"]
    shared_force: Float[Tensor, " S"]

    @classmethod
    def of(cls, normal: Float[Tensor, "N K K"], force: Float[Tensor, "N K"], pose: int) -> ArrowSystem:
        """From each image's normal equations in its pose (the first ``pose`` parameters) and the shared parameters."""
        return cls(
            normal[:, :pose, :pose],
            normal[:, :pose, pose:],
            normal[:, pose:, pose:].sum(0),
            force[:, :pose],
            force[:, pose:].sum(0),
        )

    def add_prior(self, information: Float[Tensor, " S"], force: Float[Tensor, " S"]) -> ArrowSystem:
        """With independent priors of the shared parameters."""
        shared, shared_force = self.shared + torch.diag(information), self.shared_force + force
        return ArrowSystem(self.pose, self.cross, shared, self.pose_force, shared_force)

    def damp(self, damping: float) -> ArrowSystem:
        """With that share of each parameter's own curvature added to it, and a floor that makes all blocks regular."""
        pose, shared = _damp(self.pose, damping), _damp(self.shared[None], damping)[0]
        return ArrowSystem(pose, self.cross, shared, self.pose_force, self.shared_force)

    def solve_shared(self) -> Float[Tensor, " S"]:
        """Of the shared parameters, with the poses eliminated (the Schur complement)."""
        eliminated = torch.linalg.solve(self.pose, self.pose_force[..., None])[..., 0]
        return torch.linalg.solve(
            self._eliminate_poses(), self.shared_force - torch.einsum("nps,np->s", self.cross, eliminated)
        )

    def solve_poses(self, shared_step: Float[Tensor, " S"]) -> Float[Tensor, "N P"]:
        """Of the poses, given that of the shared parameters."""
        return torch.linalg.solve(self.pose, (self.pose_force - self.cross @ shared_step)[..., None])[..., 0]

    def covariances(self) -> Float[Tensor, "N K K"]:
        """The blocks of the inverse matrix of each pose with the shared parameters."""
        inverse = torch.linalg.inv(self.pose)
        carried = inverse @ self.cross
        shared = torch.linalg.inv(self._eliminate_poses()).expand(len(self.pose), -1, -1)
        across = -carried @ shared
        pose = inverse - across @ carried.mT
        return torch.cat([torch.cat([pose, across], dim=2), torch.cat([across.mT, shared], dim=2)], dim=1)

    def _eliminate_poses(self) -> Float[Tensor, "S S"]:
        return self.shared - torch.einsum("nps,npt->st", self.cross, torch.linalg.solve(self.pose, self.cross))


def _damp(normal: Float[Tensor, "B K K"], damping: float) -> Float[Tensor, "B K K"]:
    diagonal = normal.diagonal(dim1=1, dim2=2)
    if not diagonal.shape[1]:
        return normal
    floor = (1e-6 * diagonal.amax(1, keepdim=True)).clamp(min=1e-12)
    return normal + torch.diag_embed(damping * diagonal + floor)
