"""Objectives that compare pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.losses import terms
from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_loss

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@register_loss("l1l2")
class L1L2Objective(LossObjective):
    """0.5 L1 + 0.5 L2 + 0.1 boundary."""

    made_of = "0.5 L1 + 0.5 L2 + 0.1 boundary"
    good_for = "fast, where render and image have the same colours"

    def __init__(
        self,
        device: str | torch.device = "cpu",
        l1_weight: float = 0.5,
        l2_weight: float = 0.5,
        boundary_weight: float = 0.1,
    ) -> None:
        super().__init__(device)
        self.l1_weight, self.l2_weight, self.boundary_weight = l1_weight, l2_weight, boundary_weight

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return (
            self.l1_weight * terms.l1(rendered_image, target_image)
            + self.l2_weight * terms.l2(rendered_image, target_image)
            + self.boundary_weight * terms.boundary(rendered_mask, target_mask)
        )


@register_loss("ssim")
class SSIMObjective(LossObjective):
    """1 - SSIM + 0.1 boundary."""

    made_of = "1 - SSIM + 0.1 boundary"
    good_for = "structure under changed brightness"

    def __init__(self, device: str | torch.device = "cpu", boundary_weight: float = 0.1) -> None:
        super().__init__(device)
        self.boundary_weight = boundary_weight

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return (
            1 - terms.ssim(rendered_image, target_image)
            + self.boundary_weight * terms.boundary(rendered_mask, target_mask)
        )  # fmt: skip


@register_loss("mask_only")
class MaskObjective(LossObjective):
    """The boundary term alone."""

    made_of = "boundary"
    good_for = "silhouettes; blind to colour, so also to front and back"

    def compute_loss(self, rendered_image, target_image, rendered_mask, target_mask, **kwargs: Any) -> Tensor:
        return terms.boundary(rendered_mask, target_mask)
