"""The default objective: silhouette and colour, robust to lighting, nothing to download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_loss
from camera_estimation.losses.typed_objective import TypedObjective

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_loss("silhouette_color")
class SilhouetteColor(TypedObjective):
    """What Gauss-Newton descends and ranks poses by (losses/appearance.py).

    ``blur`` is the standard deviation in pixels of the Gaussian that both images are compared through.
    """

    formula = "coverage and colour (Huber; gain and bias free) + 0.05 (1 - correlation of details)"
    description = "the default: meshes with their colours under any light; in the fewest steps (Gauss-Newton)"
    minimized_by_gauss_newton = True

    def __init__(self, device: str | torch.device = "cpu", blur: float = 1.0) -> None:
        super().__init__(device, blur=blur)
        self.blur = blur

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        """``appearance.ranking_score`` of the blurred images."""
        import torch

        from camera_estimation.configuration import AppearanceConfig
        from camera_estimation.losses._gaussian import blur_to_share, share_inside
        from camera_estimation.losses.appearance import ranking_score

        weight = torch.ones_like(images.target_mask) if context.pixel_weight is None else context.pixel_weight
        share = share_inside(weight, self.blur)
        render = torch.cat([images.rendered_image, images.rendered_mask], dim=1)
        target = torch.cat([images.target_image, images.target_mask], dim=1)
        render, target = (blur_to_share(image, weight, self.blur, share) for image in (render, target))
        appearance = context.appearance or AppearanceConfig()
        picture = None if context.picture is None else blur_to_share(context.picture, weight, self.blur, share)
        return ranking_score(
            render,
            target,
            weight,
            appearance,
            context.points,
            context.hidden_from,
            context.silhouette_weight,
            picture,
            1 / context.mask_trust,
        )
