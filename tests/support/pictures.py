"""Small premultiplied pictures of soft discs."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

Pictures = tuple[Tensor, Tensor, Tensor, Tensor]


def make_pictures(count: int, size: tuple[int, int] = (64, 48), dtype: torch.dtype = torch.float32) -> Pictures:
    """(rendered_image, target_image, rendered_mask, target_mask): ``count`` different renders, one target."""
    centers = torch.linspace(-0.2, 0.25, count + 1)
    images = [_disc(float(center), size) for center in centers]
    image, mask = (torch.cat(parts).to(dtype) for parts in zip(*images, strict=True))
    return image[:-1], image[-1:], mask[:-1], mask[-1:]


def _disc(center: float, size: tuple[int, int]) -> tuple[Float[Tensor, "1 3 H W"], Float[Tensor, "1 1 H W"]]:
    rows = torch.linspace(-1, 1, size[0])[:, None]
    columns = torch.linspace(-1, 1, size[1])[None]
    distance = ((columns - center) ** 2 + (rows + center / 2) ** 2).sqrt()
    mask = torch.sigmoid((0.6 - distance) * 20)[None, None]
    color = F.interpolate(torch.rand(1, 3, 6, 6), size, mode="bicubic").clamp(0, 1)
    return color * mask, mask
