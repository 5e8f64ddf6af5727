"""Mean absolute difference of colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._pixelwise import PixelwiseTerm, saturate

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("l1")
class L1Term(PixelwiseTerm):
    """Mean absolute difference of colours; ``robust`` in brightness."""

    formula = "L1"

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        return l1(images.rendered_image, images.target_image, self.robust)


def l1(
    rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"], robust: float | None = None
) -> Float[Tensor, " B"]:
    """Mean absolute difference."""
    return saturate((rendered_image - target_image).abs(), robust).flatten(1).mean(1)
