"""Large images without a mask: the pose and the mask are found with fewer pixels, and the answer with all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from camera_estimation.estimation.initialization import Initialization
from camera_estimation.estimation.observation import Intrinsics
from camera_estimation.estimation.result import CameraEstimate
from camera_estimation.geometry import Camera
from camera_estimation.images import ESTIMATED, HALF_COVERED, SourceImage, reduce_image, reduce_planes
from camera_estimation.segmentation import enlarge_levels, reduction_to_area

# Images of four times as many pixels and more are looked at with about these.
WORKING_PIXELS = 1 << 22


def is_large(image: SourceImage) -> bool:
    return reduction_to_area(image.height, image.width, WORKING_PIXELS) > 1


def estimate_reduced(
    image: SourceImage,
    intrinsics: Intrinsics | None,
    start: Initialization,
    estimate_small: Callable[[SourceImage, Intrinsics | None, Initialization], CameraEstimate],
    estimate_near: Callable[[SourceImage, Camera], CameraEstimate],
) -> CameraEstimate:
    """The estimate of a large image without a mask, in its own pixels.

    Args:
        image: For which ``is_large`` holds.
        intrinsics: In its pixels.
        start: Whose cameras are of it.
        estimate_small: Estimates an image without a mask.
        estimate_near: Estimates one that has a mask, from a world camera that is nearly right.
    """
    factor = reduction_to_area(image.height, image.width, WORKING_PIXELS)
    small = reduce_image(image, factor)
    across, down = small.width / image.width, small.height / image.height
    if small.box is not None:
        left, top, right, bottom = small.box
        small = replace(small, box=(across * left, down * top, across * right, down * bottom))
    small = replace(small, points=tuple((across * x, down * y) for x, y in small.points))
    if small.proposed_mask is not None:
        small = replace(small, proposed_mask=reduce_planes(255 * small.proposed_mask.byte(), factor) >= HALF_COVERED)
    if intrinsics is not None:
        fx, fy, cx, cy = intrinsics
        intrinsics = (across * fx, down * fy, across * cx, down * cy)
    if start.given is not None:
        start = replace(start, given=start.given.resize(small.width, small.height))
    first = estimate_small(small, intrinsics, start)
    assert first.mask is not None
    mask = torch.from_numpy(enlarge_levels(first.mask[0].numpy(), image.height, image.width))[None]
    masked = replace(image, mask=mask, mask_source=ESTIMATED, box=None)
    found = estimate_near(masked, first.camera.resize(image.width, image.height))
    seconds = {stage: value + found.seconds.get(stage, 0.0) for stage, value in first.seconds.items()}
    diagnosis = replace(found.diagnosis, picture=first.diagnosis.picture)
    return replace(found, mask=mask, diagnosis=diagnosis, config=first.config, seconds=seconds)
