"""Residuals between renders and a target, and their weights: what ``appearance.compare`` finds."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class AppearanceResiduals:
    """Residuals target - render of (R, G, B, coverage) with the weights of their squares.

    Attributes:
        residual: The differences; colours are straight, the render's under the fitted light.
        weight: Of their squares: coverage, robustness and validity. They sum over the target's object pixels to about
            one, so that ``cost`` is comparable between images and sizes.
        curvature: Of their products in the normal matrix: between ``weight``, which bounds the cost from above and
            takes steps too short where many residuals are large, and the cost's own second derivative, zero there.
        gain: What multiplies the render's colours (see losses/_lighting.py).
        cost: The robust sum of squares.
        cost_map: What each pixel adds to it.
    """

    residual: Float[Tensor, "B 4 H W"]
    weight: Float[Tensor, "B 4 H W"]
    curvature: Float[Tensor, "B 4 H W"]
    gain: Float[Tensor, "B 3 #H #W"]
    cost: Float[Tensor, " B"]
    cost_map: Float[Tensor, "B 1 H W"]
