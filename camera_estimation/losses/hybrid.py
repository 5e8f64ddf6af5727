"""The objective that combines perceptual and pixel terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.losses import terms, weights
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_loss

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@register_loss("hybrid")
class HybridObjective(LossObjective):
    """0.4 DreamSim + 0.3 LPIPS + 0.2 L1 + 0.1 boundary."""

    made_of = "0.4 DreamSim + 0.3 LPIPS + 0.2 L1 + 0.1 boundary"
    good_for = "meaning, texture and colour together; the slowest"
    needs = "weights of DreamSim and LPIPS"

    def __init__(
        self,
        device: str | torch.device = "cpu",
        dreamsim_weight: float = 0.4,
        lpips_weight: float = 0.3,
        l1_weight: float = 0.2,
        boundary_weight: float = 0.1,
        dreamsim_type: str = weights.DEFAULT_VARIANT["dreamsim"],
        net: str = weights.DEFAULT_VARIANT["lpips"],
    ) -> None:
        super().__init__(device)
        self.dreamsim_weight, self.lpips_weight = dreamsim_weight, lpips_weight
        self.l1_weight, self.boundary_weight = l1_weight, boundary_weight
        self.dreamsim_type, self.net = dreamsim_type, net

    @classmethod
    def missing(
        cls,
        dreamsim_type: str = weights.DEFAULT_VARIANT["dreamsim"],
        net: str = weights.DEFAULT_VARIANT["lpips"],
        **options: Any,
    ) -> str | None:
        return weights.missing(cls.name, [("dreamsim", dreamsim_type), ("lpips", net)])

    def setup_models(self) -> None:
        from camera_estimation.losses.dreamsim_distance import DreamSimDistance
        from camera_estimation.losses.lpips_distance import LPIPSDistance

        self.dreamsim = DreamSimDistance(self.dreamsim_type, self.device)
        self.lpips = LPIPSDistance(self.net, self.device)

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return (
            self.dreamsim_weight * self.dreamsim(rendered_image, target_image)
            + self.lpips_weight * self.lpips(rendered_image, target_image)
            + self.l1_weight * terms.l1(rendered_image, target_image)
            + self.boundary_weight * terms.boundary(rendered_mask, target_mask)
        )
