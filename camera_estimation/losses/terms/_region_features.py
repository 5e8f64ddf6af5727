"""Features of images, and how alike they are within a region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

TINY = 1e-12
NOTHING = 1e-6  # share of the pixels of a layer: a region that covers less of it is not there

Layers = Sequence[Float[Tensor, "#B _ _ _"]]


class Features(Protocol):
    """Layers of features of images with masks; ``frame`` brings a map of the images into the layers' frame."""

    def __call__(self, image: Float[Tensor, "B 3 H W"], mask: Float[Tensor, "B 1 H W"]) -> Layers: ...

    def frame(self, region: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 h w"]: ...


class ColorFeatures:
    """Colours, and coverage, so that black counts too."""

    def __call__(self, image: Float[Tensor, "B 3 H W"], mask: Float[Tensor, "B 1 H W"]) -> Layers:
        return (torch.cat([image, mask], dim=1),)

    def frame(self, region: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 H W"]:
        return region


class LPIPSFeatures:
    """All layers of LPIPS's trunk, unit vectors at each place; a target's are kept."""

    def __init__(self, net: str, device: str | torch.device) -> None:
        from camera_estimation.losses.terms._lpips_distance import LPIPSDistance

        self.distance = LPIPSDistance(net, device)

    def __call__(self, image: Float[Tensor, "B 3 H W"], mask: Float[Tensor, "B 1 H W"]) -> Layers:
        return self.distance.features(image) if image.requires_grad else self.distance.target_features(image)

    def frame(self, region: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 H W"]:
        return region


class DreamSimFeatures:
    """The patches' features of DreamSim's first network, which sees the image padded to a square."""

    def __init__(self, dreamsim_type: str, device: str | torch.device) -> None:
        from camera_estimation.losses._target_cache import TargetCache
        from camera_estimation.losses.terms._dreamsim_distance import PatchFeatures

        self.patches = PatchFeatures(dreamsim_type, device)
        self._of_target = TargetCache(self.patches)

    def __call__(self, image: Float[Tensor, "B 3 H W"], mask: Float[Tensor, "B 1 H W"]) -> Layers:
        return (self.patches(image) if image.requires_grad else self._of_target(image),)

    def frame(self, region: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 S S"]:
        from camera_estimation.losses.terms._dreamsim_distance import pad_to_square

        return pad_to_square(region)


def region_cosines(rendered: Layers, target: Layers, region: Float[Tensor, "#B 1 H W"]) -> Float[Tensor, " B"]:
    """The cosine between all features within the region, which is in their frame, as one vector: the mean over layers;
    1 where there is none."""
    return torch.stack([_cosine(r, t, region) for r, t in zip(rendered, target, strict=True)]).mean(0)


def _cosine(
    rendered: Float[Tensor, "B C h w"], target: Float[Tensor, "#B C h w"], region: Float[Tensor, "#B 1 H W"]
) -> Float[Tensor, " B"]:
    size = rendered.shape[-2:]
    if region.shape[-2:] != size:
        region = F.interpolate(region, size, mode="bilinear", antialias=True, align_corners=False)
    common = (region * rendered * target).sum((1, 2, 3))
    length_r = (region * rendered.square()).sum((1, 2, 3))
    length_t = (region * target.square()).sum((1, 2, 3)).expand_as(length_r)
    cosine = common / (length_r * length_t).clamp(min=TINY).sqrt()
    there = region.mean((1, 2, 3)) > NOTHING
    empty = (length_t <= TINY) & (length_r <= TINY)
    return torch.where(there & ~empty, cosine, torch.ones_like(cosine))
