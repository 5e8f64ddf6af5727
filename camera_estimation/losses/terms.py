"""What objectives are made of: differences of a batch of renders from the target, one value per image."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

SSIM_WINDOW = 11  # pixels


def boundary(rendered_mask: Float[Tensor, "B 1 H W"], target_mask: Float[Tensor, "1|B 1 H W"]) -> Float[Tensor, "B"]:
    """Squared difference of the masks, summed, over the target's area: the same at every resolution and crop."""
    area = target_mask.flatten(1).sum(1).clamp(min=1.0)
    return (rendered_mask - target_mask).square().flatten(1).sum(1) / area


def l1(rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "1|B 3 H W"]) -> Float[Tensor, "B"]:
    """Mean absolute difference."""
    return (rendered_image - target_image).abs().flatten(1).mean(1)


def l2(rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "1|B 3 H W"]) -> Float[Tensor, "B"]:
    """Mean squared difference."""
    return (rendered_image - target_image).square().flatten(1).mean(1)


def ssim(rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "1|B 3 H W"]) -> Float[Tensor, "B"]:
    """Structural similarity in [-1, 1]; 1 is equality. An image smaller than the window is widened with black."""
    from pytorch_msssim import ssim as structural_similarity

    target_image = target_image.expand_as(rendered_image)
    return structural_similarity(
        _at_least_window(rendered_image), _at_least_window(target_image), data_range=1.0, size_average=False
    )


def _at_least_window(image: Float[Tensor, "B 3 h w"]) -> Float[Tensor, "B 3 H W"]:
    from torch.nn import functional as F

    height, width = image.shape[-2:]
    return F.pad(image, (0, max(0, SSIM_WINDOW - width), 0, max(0, SSIM_WINDOW - height)))
