"""Pose hypotheses: cameras with scores, and which of them go on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
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

    def suppress_neighbors(self, count: int, separation: float) -> Candidates:
        """The best ``count`` of them that are apart: see ``non_maximum_suppression``."""
        return self[non_maximum_suppression(self.camera, self.score, count, separation)]


def non_maximum_suppression(camera: Camera, score: Float[Tensor, " B"], count: int, separation: float) -> list[int]:
    """Indices of the best poses whose rotations are apart, best first.

    Args:
        camera: The poses.
        score: Higher is better; minus infinity for those that do not count at all.
        count: At most so many are kept.
        separation: Least angle (radians) between the rotations of any two that are kept.
    """
    remaining = score.clone()
    flat = camera.rotation.flatten(1)
    least_trace = 1 + 2 * math.cos(separation)
    chosen: list[int] = []
    for _ in range(min(count, len(score))):
        best = int(remaining.argmax())
        if remaining[best] == -math.inf:
            break
        chosen.append(best)
        remaining[flat @ flat[best] > least_trace] = -math.inf
    return chosen
