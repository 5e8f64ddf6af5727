"""How cameras move from frame to frame."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from scipy.spatial.transform import Rotation
from torch import Tensor

from camera_estimation.geometry import Camera, special_procrustes

# A prediction that brings the object nearer than this share of its last distance is none.
LEAST_APPROACH = 0.3


def extrapolate(before: Camera, last: Camera, share: float = 1.0) -> Camera:
    """The cameras of the next frame if they keep their velocity: ``share`` of the motion from ``before`` to ``last``,
    once more.

    That motion, last @ before^-1, is the same screw in camera axes as in the object's, so that it does not matter
    whether camera or object moved. With the origin in the object's centre an error of its rotation hardly moves the
    object. Intrinsics are those of ``last``.
    """
    turn = last.rotation @ before.rotation.transpose(-1, -2)
    step = (turn @ (last.translation - before.translation)[..., None])[..., 0]
    if share != 1.0:
        step, turn = share * step, _turn_partly(turn, share)
    return replace(last, rotation=special_procrustes(turn @ last.rotation), translation=last.translation + step)


def is_ahead(camera: Camera, last: Camera) -> bool:
    """Whether what was foretold (one camera) is still in front, and not much nearer than ``last``."""
    return bool(camera.translation[0, 2] > LEAST_APPROACH * last.translation[0, 2])


def _turn_partly(turn: Float[Tensor, "*B 3 3"], share: float) -> Float[Tensor, "*B 3 3"]:
    vectors = Rotation.from_matrix(turn.reshape(-1, 3, 3).cpu().numpy()).as_rotvec()
    parts = Rotation.from_rotvec(share * vectors).as_matrix()
    return torch.from_numpy(parts).to(turn).reshape(turn.shape)
