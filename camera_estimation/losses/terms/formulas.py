"""Formulas of the pixel terms: differences of a batch of renders from the target, one value per image.

``robust`` is the residual at which a pixel costs half of what it would without it; no residual costs more than twice
that. For squares this is the function of Geman and McClure, "Statistical methods for tomographic image reconstruction",
1987.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


def boundary(
    rendered_mask: Float[Tensor, "B 1 H W"], target_mask: Float[Tensor, "#B 1 H W"], robust: float | None = None
) -> Float[Tensor, " B"]:
    """Squared difference of the masks, summed, over the target's area: the same at every resolution and crop."""
    area = target_mask.flatten(1).sum(1).clamp(min=1.0)
    cost = saturated((rendered_mask - target_mask).square(), robust and robust**2)
    return cost.flatten(1).sum(1) / area


def l1(
    rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"], robust: float | None = None
) -> Float[Tensor, " B"]:
    """Mean absolute difference."""
    return saturated((rendered_image - target_image).abs(), robust).flatten(1).mean(1)


def l2(
    rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"], robust: float | None = None
) -> Float[Tensor, " B"]:
    """Mean squared difference."""
    return saturated((rendered_image - target_image).square(), robust and robust**2).flatten(1).mean(1)


def saturated(cost: Float[Tensor, "B C H W"], scale: float | None) -> Float[Tensor, "B C H W"]:
    """Costs of pixels (not negative) that grow to ``scale`` at most, and are half of what they were there."""
    return cost if scale is None else cost * (scale / (scale + cost))
