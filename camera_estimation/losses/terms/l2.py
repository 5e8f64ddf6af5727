"""Mean squared difference of colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._pixelwise import PixelwiseTerm, saturate

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor

    from camera_estimation.losses.typed_objective import ImagePair, ViewContext


@register_term("l2")
class L2Term(PixelwiseTerm):
    """Mean squared difference of colours; ``robust`` in brightness."""

    formula = "L2"

    def measure(self, images: ImagePair, context: ViewContext) -> Float[Tensor, " B"]:
        return l2(images.rendered_image, images.target_image, self.robust)


def l2(
    rendered_image: Float[Tensor, "B 3 H W"], target_image: Float[Tensor, "#B 3 H W"], robust: float | None = None
) -> Float[Tensor, " B"]:
    """Mean squared difference."""
    return saturate((rendered_image - target_image).square(), robust and robust**2).flatten(1).mean(1)
