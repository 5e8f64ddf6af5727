"""Comparison of local features at several scales, with the target's kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from camera_estimation.losses.target_cache import TargetCache

SMALLEST = 16  # pixels of the shorter side of a scale beside the first


class PyramidComparison:
    """The mean over scales of ``cost``, one value per image, of what ``features`` makes of both images at that scale.

    Each scale is half the one before, by area; there are ``scales`` of them, or as many as the image has room for.
    """

    def __init__(
        self, scales: int, features: Callable[[Tensor], Any], cost: Callable[[Any, Any], Float[Tensor, " B"]]
    ) -> None:
        self.scales, self.features, self.cost = scales, features, cost
        self._target_features = TargetCache(self._of_scales)

    def __call__(
        self, rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"]
    ) -> Float[Tensor, " B"]:
        """Gradients flow into the render only."""
        pairs = zip(self._of_scales(rendered_image), self._target_features(target_image), strict=True)
        return torch.stack([self.cost(seen, wanted) for seen, wanted in pairs]).mean(0)

    def _of_scales(self, image: Float[Tensor, "B 3 H W"]) -> list[Any]:
        found = [self.features(image)]
        while len(found) < self.scales and min(image.shape[-2:]) >= 2 * SMALLEST:
            image = F.avg_pool2d(image, 2)
            found.append(self.features(image))
        return found
