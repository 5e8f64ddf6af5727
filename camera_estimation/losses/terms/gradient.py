"""Robust difference of image gradients: of edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._pixelwise import saturate
from camera_estimation.losses.terms._pyramid import PyramidTerm

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

# Across an edge, and along it: Scharr, "Optimal operators in digital image processing", 2000. Per pixel.
_ACROSS, _ALONG = (-0.5, 0.0, 0.5), (3 / 16, 10 / 16, 3 / 16)
_ROUNDING = 1e-3  # of a difference, below which its cost is a square: Charbonnier et al., 1994


@register_term("gradient")
class GradientTerm(PyramidTerm):
    """Difference of image gradients at ``scales`` scales; ``robust`` (see ``PixelwiseTerm``) in brightness a pixel."""

    formula = "gradient"
    positive_options = ("scales", "robust")

    def __init__(self, device: str | torch.device = "cpu", scales: int = 4, robust: float | None = None) -> None:
        super().__init__(device, scales)
        self.robust = robust

    def features(self, image: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 2 H W"]:
        return image_gradients(image)

    def difference(
        self, rendered: Float[Tensor, "B 3 2 H W"], target: Float[Tensor, "#B 3 2 H W"]
    ) -> Float[Tensor, " B"]:
        return gradient_difference(rendered, target, self.robust)


def image_gradients(image: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C 2 h w"]:
    """Scharr's derivatives to the right and downwards; the border counts as a continuation of the image."""
    import torch
    from torch.nn import functional as F

    across, along = (torch.tensor(taps, dtype=image.dtype, device=image.device) for taps in (_ACROSS, _ALONG))
    kernels = torch.stack([torch.outer(along, across), torch.outer(across, along)])[:, None]
    single = F.pad(image, (1, 1, 1, 1), mode="replicate").flatten(0, 1)[:, None]
    return F.conv2d(single, kernels).unflatten(0, image.shape[:2])


def gradient_difference(
    seen: Float[Tensor, "B C 2 h w"], wanted: Float[Tensor, "#B C 2 h w"], robust: float | None = None
) -> Float[Tensor, " B"]:
    """Mean length of the difference of gradient vectors; ``robust`` as in ``PixelwiseTerm``."""
    length = ((seen - wanted).square().sum(2) + _ROUNDING**2).sqrt() - _ROUNDING
    return saturate(length, robust).flatten(1).mean(1)
