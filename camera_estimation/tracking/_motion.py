"""How cameras move from frame to frame."""

from __future__ import annotations

from dataclasses import replace

from camera_estimation.geometry import Camera, special_procrustes


def extrapolate(before: Camera, last: Camera) -> Camera:
    """The cameras of the next frame if they keep their velocity: the motion from ``before`` to ``last``, once more.

    That motion, last @ before^-1, is the same screw in camera axes as in the object's, so that it does not matter
    whether camera or object moved. With the origin in the object's centre an error of its rotation hardly moves the
    object. Intrinsics are those of ``last``.
    """
    turn = last.rotation @ before.rotation.transpose(-1, -2)
    step = (turn @ (last.translation - before.translation)[..., None])[..., 0]
    return replace(last, rotation=special_procrustes(turn @ last.rotation), translation=last.translation + step)
