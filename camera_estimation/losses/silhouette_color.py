"""The default objective: silhouette, and colour up to a gain and a bias per channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_loss

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@register_loss("silhouette_color")
class SilhouetteColor(LossObjective):
    """The cost that Gauss-Newton descends: see refinement/appearance.py."""

    made_of = "silhouette + robust colour difference after gain and bias"
    good_for = "default: changed lighting, washed-out textures"
    minimised_by_gauss_newton = True

    def __init__(self, device: str | torch.device = "cpu", blur: float = 1.0) -> None:
        super().__init__(device, blur=blur)
        self.blur = blur

    def compute_loss(
        self, rendered_image, target_image, rendered_mask, target_mask, inside=None, **kwargs: Any
    ) -> Tensor:
        """As declared; ``inside`` is 0 where nothing is known of the target (all is known without it)."""
        import torch

        from camera_estimation.refinement.appearance import compare

        render = torch.cat([rendered_image, rendered_mask], dim=1)
        target = torch.cat([target_image, target_mask], dim=1)
        return compare(render, target, torch.ones_like(target_mask) if inside is None else inside).cost
