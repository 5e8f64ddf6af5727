"""Squared difference of the masks over the target's area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._pixelwise import PixelwiseTerm, saturate

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("boundary")
class BoundaryTerm(PixelwiseTerm):
    """Squared difference of the masks over the target's area; ``robust`` in coverage."""

    formula = "boundary"

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        return boundary(images.rendered_mask, images.target_mask, self.robust)


def boundary(
    rendered_mask: Float[Tensor, "B 1 H W"], target_mask: Float[Tensor, "#B 1 H W"], robust: float | None = None
) -> Float[Tensor, " B"]:
    """Squared difference of the masks, summed, over the target's area: the same at every resolution and crop."""
    area = target_mask.flatten(1).sum(1).clamp(min=1.0)
    cost = saturate((rendered_mask - target_mask).square(), robust and robust**2)
    return cost.flatten(1).sum(1) / area
