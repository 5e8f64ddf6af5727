"""How well a pose explains the silhouette."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.configuration import LevelConfig
from camera_estimation.images import TargetView
from camera_estimation.losses import coverage_trust

HIDDEN_SHARE = 0.06  # of the silhouettes' union in areas of difference, from which something hides the object


@dataclass(frozen=True)
class SilhouetteFit:
    """How well a pose explains the silhouette: by how many pixels its rim is off in the mean, where nothing hides it,
    those of the image or of the finest level, whichever are larger; and the share of the silhouettes' union in whole
    areas of difference."""

    rim: float
    hidden: float


def fit_silhouette(
    mask: Float[Tensor, "1 1 H W"], view: TargetView, level: LevelConfig, occluded: bool
) -> SilhouetteFit:
    """How a rendered silhouette fits the target's; with ``occluded``, areas of difference do not count."""
    other = view.rgba[:, 3:]
    trust = coverage_trust((other - mask) * view.pixel_weight, level.hidden_from)
    union = torch.maximum(mask, other) * view.pixel_weight
    difference = (other - mask).abs() * view.pixel_weight
    hidden = ((1 - trust) * difference).sum() / union.sum().clamp(min=1e-6)
    weight = trust if occluded else torch.ones_like(trust)
    across = (other[..., :, 1:] - other[..., :, :-1])[..., 1:, :]
    down = (other[..., 1:, :] - other[..., :-1, :])[..., 1:]
    contour = (across.square() + down.square()).sqrt().sum().clamp(min=1e-6)
    return SilhouetteFit(float((weight * difference).sum() / contour), float(hidden))
