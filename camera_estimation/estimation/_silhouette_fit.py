"""How well a pose explains the silhouette."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from camera_estimation.images import TargetView
from camera_estimation.losses import coverage_trust

# A rim that is off by more than this many pixels, in the mean, shows that the mesh is not quite the object. Measured at
# 256 px: at most 0.25 with exact meshes, at least 1.0 with generated ones.
WELL_FITTING = 0.7
HIDDEN_SHARE = 0.06  # of the silhouettes' union in areas of difference, from which something hides the object
# Beyond this share too little is seen to say that the rest fits: a pose that looks past the object hides all of it.
MOST_HIDDEN = 0.45


@dataclass(frozen=True)
class SilhouetteFit:
    """How well a pose explains the silhouette.

    Attributes:
        rim: By how many pixels its rim is off in the mean, where nothing hides it: those of the image or of the finest
            level, whichever are larger.
        hidden: Share of the silhouettes' union in whole areas of difference.
        beyond: Of that what the render covers, and the mask does not.
    """

    rim: float
    hidden: float
    beyond: float

    @property
    def is_off(self) -> bool:
        """Whether the mesh is not quite the object."""
        return self.rim > WELL_FITTING

    @property
    def is_hidden(self) -> bool:
        """Whether something hides a part of the object, or the mask has more than the object."""
        return self.hidden > HIDDEN_SHARE

    @property
    def is_partly_hidden(self) -> bool:
        """The same, and enough is seen to judge by."""
        return HIDDEN_SHARE < self.hidden <= MOST_HIDDEN


def fit_silhouette(
    mask: Float[Tensor, "1 1 H W"], view: TargetView, hidden_from: float, occluded: bool
) -> SilhouetteFit:
    """How a rendered silhouette fits the target's: areas are those beyond ``hidden_from`` (see ``coverage_trust``), and
    with ``occluded`` they do not count."""
    other = view.rgba[:, 3:]
    trust = coverage_trust((other - mask) * view.pixel_weight, hidden_from)
    union = torch.maximum(mask, other) * view.pixel_weight
    difference = (other - mask).abs() * view.pixel_weight
    if view.silhouette_weight is not None:
        difference = difference * view.silhouette_weight
    areas = (1 - trust) * difference / union.sum().clamp(min=1e-6)
    weight = trust if occluded else torch.ones_like(trust)
    across = (other[..., :, 1:] - other[..., :, :-1])[..., 1:, :]
    down = (other[..., 1:, :] - other[..., :-1, :])[..., 1:]
    contour = (across.square() + down.square()).sqrt().sum().clamp(min=1e-6)
    rim = view.mask_trust * (weight * difference).sum() / contour
    return SilhouetteFit(float(rim), float(areas.sum()), float(areas[mask > other].sum()))
