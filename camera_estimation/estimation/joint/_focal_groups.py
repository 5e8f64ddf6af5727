"""Which images have a focal length in common."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import Configuration
from camera_estimation.estimation.observation import Observation
from camera_estimation.geometry import Camera


def focal_groups(observations: Sequence[Observation], config: Configuration) -> list[int | None]:
    """The number of each image's focal length among those that are not known; None where it is known.

    Images of one size of which the same is expected have one in common: a zoom that changed shows in what their files
    say of it.
    """
    numbers: dict[Hashable, int] = {}
    groups: list[int | None] = []
    for index, observation in enumerate(observations):
        if observation.focal is None:
            groups.append(None)
            continue
        alike: Hashable = (observation.frame.width, observation.frame.height, observation.focal)
        groups.append(numbers.setdefault(index if config.joint.focal == "own" else alike, len(numbers)))
    return groups


def unify_focal(cameras: Sequence[Camera], groups: Sequence[int | None]) -> list[Camera]:
    """Cameras of full images, each a batch of one, with the median focal length of their groups at constant size."""
    unified = list(cameras)
    for group in {group for group in groups if group is not None}:
        members = [index for index, other in enumerate(groups) if other == group]
        focal = torch.cat([cameras[index].focal for index in members]).median(0, keepdim=True).values
        for index in members:
            unified[index] = with_focal(cameras[index], focal)
    return unified


def with_focal(camera: Camera, focal: Float[Tensor, "1 2"]) -> Camera:
    """Cameras with another focal length at constant size in the image."""
    zoom = (focal / camera.focal).mean(1, keepdim=True)
    return replace(camera, focal=focal.expand_as(camera.focal), translation=zoom * camera.translation)
