"""Soft census transform: whether neighbours are brighter or darker, which no light that changes slowly alters.

Zabih and Woodfill, "Non-parametric local transforms for computing visual correspondence", 1994; differentiable as in
Meister, Hur and Roth, "UnFlow", 2018.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from camera_estimation.losses.registry import register_term
from camera_estimation.losses.terms._pyramid import PyramidTerm

if TYPE_CHECKING:
    import torch
    from jaxtyping import Float
    from torch import Tensor

_HALFWAY = 0.1  # squared difference of comparisons that costs half: UnFlow's


@register_term("census")
class CensusTerm(PyramidTerm):
    """Difference of soft census transforms at ``scales`` scales. ``radius`` in pixels; ``contrast`` is the brightness
    that counts."""

    formula = "census"
    positive_options = ("scales", "radius", "contrast")

    def __init__(
        self, device: str | torch.device = "cpu", scales: int = 4, radius: int = 2, contrast: float = 0.02
    ) -> None:
        super().__init__(device, scales)
        self.radius, self.contrast = radius, contrast

    def features(self, image: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B K H W"]:
        return census_transform(image, self.radius, self.contrast)

    def difference(self, rendered: Float[Tensor, "B K H W"], target: Float[Tensor, "#B K H W"]) -> Float[Tensor, " B"]:
        return census_difference(rendered, target)


def census_transform(image: Float[Tensor, "B 3 H W"], radius: int, contrast: float) -> Float[Tensor, "B K H W"]:
    """Of each pair of pixels up to ``radius`` rows and columns apart, from -1 to 1, how much brighter the second is.

    Differences in brightness below ``contrast`` count as nearly none, those beyond as nearly the sign alone.
    """
    import torch
    from torch.nn import functional as F

    brightness = image.mean(1, keepdim=True)
    height, width = image.shape[-2:]
    padded = F.pad(brightness, (radius, radius, 0, radius), mode="replicate")
    shifted = [
        padded[:, :, row : row + height, radius + column : radius + column + width]
        for row, column in _half_of_offsets(radius)
    ]
    difference = torch.cat(shifted, dim=1) - brightness
    return difference / (difference.square() + contrast**2).sqrt()


def census_difference(seen: Float[Tensor, "B K H W"], wanted: Float[Tensor, "#B K H W"]) -> Float[Tensor, " B"]:
    """The mean over pixels and pairs of UnFlow's robust distance, in [0, 1)."""
    squared = (seen - wanted).square()
    return (squared / (squared + _HALFWAY)).flatten(1).mean(1)


def _half_of_offsets(radius: int) -> list[tuple[int, int]]:
    """One of each two opposite offsets, as the other compares the same pairs."""
    below = [(row, column) for row in range(1, radius + 1) for column in range(-radius, radius + 1)]
    return [(0, column) for column in range(1, radius + 1)] + below
