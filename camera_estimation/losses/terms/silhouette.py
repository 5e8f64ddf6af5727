"""The term that compares silhouettes by distance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_term

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@register_term("silhouette_distance")
class SilhouetteDistanceTerm(LossObjective):
    """Differences of the masks, weighted by the distance from the target's contour."""

    made_of = "boundary by distance"

    def __init__(self, device: str | torch.device = "cpu") -> None:
        super().__init__(device)

    def setup_models(self) -> None:
        from camera_estimation.losses.terms.contour_distance import ContourDistance

        self.distance = ContourDistance()

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return self.distance(rendered_mask, target_mask)
