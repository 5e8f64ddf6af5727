"""The default objective: silhouette and colour, robust to lighting, nothing to download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camera_estimation.losses.objective import LossObjective
from camera_estimation.losses.registry import register_loss

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.configuration import AppearanceConfig


@register_loss("silhouette_color")
class SilhouetteColor(LossObjective):
    """What Gauss-Newton descends and ranks poses by (losses/appearance.py).

    ``blur`` is the standard deviation in pixels of the Gaussian that both images are compared through.
    """

    made_of = "coverage and colour (Huber; gain and bias free) + 0.05 (1 - correlation of details)"
    good_for = "the default: meshes with their colours under any light; in the fewest steps (Gauss-Newton)"
    minimized_by_gauss_newton = True

    def __init__(self, device: str | torch.device = "cpu", blur: float = 1.0) -> None:
        super().__init__(device, blur=blur)
        self.blur = blur

    def compute_loss(
        self,
        rendered_image: Float[Tensor, "B 3 H W"],
        target_image: Float[Tensor, "#B 3 H W"],
        rendered_mask: Float[Tensor, "B 1 H W"],
        target_mask: Float[Tensor, "#B 1 H W"],
        *,
        pixel_weight: Float[Tensor, "1 1 H W"] | None = None,
        appearance: AppearanceConfig | None = None,
        points: Float[Tensor, "B 5 H W"] | None = None,
        hidden_from: float | None = None,
        **kwargs: Any,
    ) -> Float[Tensor, " B"]:
        """Arguments beyond those of every objective are those of ``appearance.compare``."""
        import torch

        from camera_estimation.configuration import AppearanceConfig
        from camera_estimation.losses.appearance import blur_inside, ranking_score

        pixel_weight = torch.ones_like(target_mask) if pixel_weight is None else pixel_weight
        render = blur_inside(torch.cat([rendered_image, rendered_mask], dim=1), pixel_weight, self.blur)
        target = blur_inside(torch.cat([target_image, target_mask], dim=1), pixel_weight, self.blur)
        return ranking_score(render, target, pixel_weight, appearance or AppearanceConfig(), points, hidden_from)
