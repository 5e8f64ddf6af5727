"""What lies on the sides of pixels, for backends whose samples are a tensor."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def pixel_sides(samples: Float[Tensor, "B 4 Hs Ws"], count: int) -> Float[Tensor, "B H W 4 4"]:
    """``ShadedPixels.sides`` of samples, of which a pixel has ``count`` a side."""
    pixels = samples.unflatten(3, (-1, count)).unflatten(2, (-1, count))  # B 4 H rows W columns
    columns, rows = pixels.sum(3), pixels.sum(5).transpose(3, 4)
    sides = torch.stack([columns[..., 0], columns[..., -1], rows[..., 0], rows[..., -1]], dim=1)
    return sides.permute(0, 3, 4, 1, 2).contiguous()
