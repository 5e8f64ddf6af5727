"""What renders and targets are compared by: straight colors and coverage."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

LEAST_COVERAGE = 1e-3


def straight_color(rgba: Float[Tensor, "B 4 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Colours without their coverage; zero where nothing is covered."""
    return rgba[:, :3] / rgba[:, 3:].clamp(min=LEAST_COVERAGE)


def comparison_channels(
    rgba: Float[Tensor, "B 4 H W"], gain: Float[Tensor, "#B 3 #H #W"] | float = 1.0
) -> Float[Tensor, "B 4 H W"]:
    """What residuals are differences of: straight colours under the fitted light (times ``gain``), and coverage."""
    return torch.cat([straight_color(rgba) * gain, rgba[:, 3:]], dim=1)
