"""Pose hypotheses: cameras with scores, and which of them go on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from camera_estimation.geometry import Camera, concatenate


@dataclass(frozen=True)
class Candidates:
    """Poses worth refining, best first, with the score of each (higher is better)."""

    camera: Camera
    score: Float[Tensor, " B"]

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, index: slice | list[int] | Tensor) -> Candidates:
        return Candidates(self.camera[index], self.score[index])

    @classmethod
    def concatenate(cls, parts: Sequence[Candidates]) -> Candidates:
        """All of them, one part after the other."""
        return cls(concatenate([part.camera for part in parts]), torch.cat([part.score for part in parts]))

    def suppress_neighbors(self, count: int, separation: float, places_apart: float | None = None) -> Candidates:
        """The best ``count`` of them that are apart: see ``non_maximum_suppression``."""
        return self[non_maximum_suppression(self.camera, self.score, count, separation, places_apart)]


def non_maximum_suppression(
    camera: Camera, score: Float[Tensor, " B"], count: int, separation: float, places_apart: float | None = None
) -> list[int]:
    """Indices of the best poses that are apart, best first.

    Args:
        camera: The poses, of a normalized mesh.
        score: Higher is better; minus infinity for those that do not count at all.
        count: At most so many are kept.
        separation: Least angle (radians) between the rotations of any two that are kept.
        places_apart: Poses of one rotation are apart too if the object is this many of its radii elsewhere in the
            image, or of another size by as much. None: these do not count.
    """
    remaining = score.clone()
    chosen: list[int] = []
    for _ in range(min(count, len(score))):
        best = int(remaining.argmax())
        if remaining[best] == -math.inf:
            break
        chosen.append(best)
        remaining[find_beside(camera, camera[best : best + 1], separation, places_apart)[:, 0]] = -math.inf
    return chosen


def find_better_neighbors(
    camera: Camera, cost: Float[Tensor, " B"], separation: float, places_apart: float
) -> Int[Tensor, " B"]:
    """For each pose the index of the best one beside it, its own where there is no better. CUDA is not waited for.

    Args:
        camera: The poses, of a normalized mesh.
        cost: Lower is better; of equal ones the first is.
        separation: Angle (radians) between rotations within which poses may be beside each other.
        places_apart: They are not if the object is this many of its radii elsewhere, or of another size by as much.
    """
    near = find_beside(camera, camera, separation, places_apart)
    own = torch.eye(len(cost), dtype=torch.bool, device=cost.device)
    return torch.where(near | own, cost, torch.inf).argmin(1)


def find_beside(
    camera: Camera, others: Camera, separation: float, places_apart: float | None = None
) -> Bool[Tensor, "B N"]:
    """Which of ``others`` each pose is beside.

    Args:
        camera: The poses, of a normalized mesh.
        others: Likewise.
        separation: Angle (radians) between rotations within which poses may be beside each other.
        places_apart: They are not if the object is this many of its radii (at the distance of the other) elsewhere in
            the image, or of another size by as much. None: these do not count.
    """
    near = camera.rotation.flatten(1) @ others.rotation.flatten(1).mT > 1 + 2 * math.cos(separation)
    if places_apart is None:
        return near
    place, other_place = (each.translation[:, :2] / each.translation[:, 2:] for each in (camera, others))
    distance, other_distance = (each.translation[:, 2].abs() for each in (camera, others))
    radii = (place[:, None] - other_place).norm(dim=2) * other_distance
    size = (distance.log()[:, None] - other_distance.log()).abs()
    return near & (torch.maximum(radii, size) < places_apart)
