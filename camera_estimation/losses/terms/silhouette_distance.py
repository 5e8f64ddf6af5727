"""Distances from the target's contour, which weigh differences of silhouettes: far ones pull harder.

Kervadec et al., "Boundary loss for highly unbalanced segmentation", 2019, with squared differences of coverage, so that
antialiased edges cost nothing at the target itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.typed_objective import TypedObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("silhouette_distance")
class SilhouetteDistanceTerm(TypedObjective):
    """Squared differences of the masks, weighted by the distance from the target's contour."""

    formula = "boundary by distance"

    def __init__(self, device: str | torch.device = "cpu") -> None:
        super().__init__(device)

    def setup_models(self) -> None:
        self.distance = ContourDistance()

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        return self.distance(images.rendered_mask, images.target_mask)


class ContourDistance:
    """Calling it gives, for each render, the sum over pixels of squared difference of coverage times the distance from
    the target's contour, in units of the target's size (the root of its area) on both counts: the same at every
    resolution and crop. Not symmetric: distances are the target's, so that gradients are exact."""

    def __init__(self) -> None:
        from camera_estimation.losses._target_cache import TargetCache

        self._weights = TargetCache(_contour_weights)

    def __call__(
        self, rendered_mask: Float[Tensor, "B 1 H W"], target_mask: Float[Tensor, "#B 1 H W"]
    ) -> Float[Tensor, " B"]:
        """Gradients flow into the render only; for a target with no contour all pixels weigh the same."""
        difference = (rendered_mask - target_mask.detach()).square()
        return (self._weights(target_mask) * difference).flatten(1).sum(1)


def _contour_weights(mask: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B 1 H W"]:
    import torch

    area = mask.flatten(1).sum(1).clamp(min=1.0)[:, None, None, None]
    distances = torch.stack([_distance_from_contour(single) for single in mask[:, 0]])[:, None]
    return distances / area**1.5


def _distance_from_contour(mask: Float[Tensor, "H W"]) -> Float[Tensor, "H W"]:
    """In pixels, unsigned, from the line of half coverage; one everywhere where there is none."""
    import torch
    from scipy.ndimage import distance_transform_edt

    covered = (mask >= 0.5).cpu().numpy()
    if covered.all() or not covered.any():
        return torch.ones_like(mask)
    # To the centre of the nearest pixel of the other side; the contour runs half a pixel before it.
    distance = distance_transform_edt(covered) + distance_transform_edt(~covered) - 0.5
    return torch.as_tensor(distance, dtype=mask.dtype, device=mask.device)
