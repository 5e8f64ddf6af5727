"""What was estimated in an undistorted window as what it says of the distorted picture, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.estimation.keypoint_agreement import KeypointAgreement
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.geometry import Camera, LensWindow
from camera_estimation.images import distort_picture


def estimate_of_source(estimate: CameraEstimate, window: LensWindow) -> CameraEstimate:
    """An estimate in a window's pixels and axes in those of the picture that the window is of.

    Args:
        estimate: Of the window.
        window: The pinhole.
    """
    turned = _turn_cameras(estimate, window.to_source, window.rotation.T)
    mask = estimate.mask
    return replace(
        turned,
        mask=None if mask is None else torch.from_numpy(distort_picture(mask[0].numpy(), window))[None],
        keypoints=None if estimate.keypoints is None else _distort_keypoints(estimate.keypoints, window),
        window=window,
    )


def estimate_in_window(estimate: CameraEstimate) -> CameraEstimate:
    """Cameras of an estimate, and their deviations, as they were in its window; itself if it has none."""
    if estimate.window is None:
        return estimate
    turned = _turn_cameras(estimate, estimate.window.to_window, estimate.window.rotation)
    return replace(turned, window=None)


def _turn_cameras(
    estimate: CameraEstimate, turn: Callable[[Camera], Camera], rotation: Float[Tensor, "3 3"]
) -> CameraEstimate:
    """With ``turn`` of every camera but that of the crop; ``rotation`` is that of their axes."""
    deviation = estimate.uncertainty
    variance = torch.tensor(deviation.translation, dtype=torch.float64).square()
    aside, down, ahead = (rotation.square() @ variance).sqrt().tolist()
    return replace(
        estimate,
        camera=turn(estimate.camera),
        uncertainty=replace(deviation, translation=(aside, down, ahead)),
        alternatives=tuple(replace(other, camera=turn(other.camera)) for other in estimate.alternatives),
        stages=tuple(replace(stage, camera=turn(stage.camera)) for stage in estimate.stages),
        iterations=tuple(replace(each, camera=turn(each.camera)) for each in estimate.iterations),
    )


def _distort_keypoints(agreement: KeypointAgreement, window: LensWindow) -> KeypointAgreement:
    """In pixels of the distorted picture; errors stay those of the window, where they were judged."""
    projected = window.source_pixels(agreement.projected).nan_to_num(torch.inf)
    return replace(agreement, projected=projected)
