"""Objectives that compare what a network sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.losses import terms, weights
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_loss

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@register_loss("dreamsim")
class DreamSimObjective(LossObjective):
    """DreamSim + 0.1 boundary."""

    made_of = "DreamSim + 0.1 boundary"
    good_for = "meaning and layout, where the mesh resembles the image only roughly"
    needs = "weights of DreamSim"

    def __init__(
        self,
        device: str | torch.device = "cpu",
        dreamsim_type: str = weights.DEFAULT_VARIANT["dreamsim"],
        boundary_weight: float = 0.1,
    ) -> None:
        super().__init__(device)
        self.dreamsim_type, self.boundary_weight = dreamsim_type, boundary_weight

    @classmethod
    def missing(cls, dreamsim_type: str = weights.DEFAULT_VARIANT["dreamsim"], **options: Any) -> str | None:
        return weights.missing(cls.name, [("dreamsim", dreamsim_type)])

    def setup_models(self) -> None:
        from camera_estimation.losses.dreamsim_distance import DreamSimDistance

        self.distance = DreamSimDistance(self.dreamsim_type, self.device)

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return self.distance(rendered_image, target_image) + self.boundary_weight * terms.boundary(
            rendered_mask, target_mask
        )


@register_loss("lpips")
class LPIPSObjective(LossObjective):
    """LPIPS + 0.1 boundary."""

    made_of = "LPIPS (VGG16) + 0.1 boundary"
    good_for = "fine texture, where the mesh matches the image closely"
    needs = "weights of VGG16"

    def __init__(
        self,
        device: str | torch.device = "cpu",
        net: str = weights.DEFAULT_VARIANT["lpips"],
        boundary_weight: float = 0.1,
    ) -> None:
        super().__init__(device)
        self.net, self.boundary_weight = net, boundary_weight

    @classmethod
    def missing(cls, net: str = weights.DEFAULT_VARIANT["lpips"], **options: Any) -> str | None:
        return weights.missing(cls.name, [("lpips", net)])

    def setup_models(self) -> None:
        from camera_estimation.losses.lpips_distance import LPIPSDistance

        self.distance = LPIPSDistance(self.net, self.device)

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return self.distance(rendered_image, target_image) + self.boundary_weight * terms.boundary(
            rendered_mask, target_mask
        )
