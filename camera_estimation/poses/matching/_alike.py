"""The network of Zhao et al., "ALIKE: Accurate and lightweight keypoint detection and descriptor extraction", 2022."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

STRIDE = 32  # pixels: sides are padded to multiples of it
POOLINGS = (1, 2, 4, 4)  # before each block


class ALIKE(nn.Module):
    """Descriptors, of length one, and scores in [0, 1] of all pixels of images in [0, 1].

    Args:
        channels: Of the four blocks.
        descriptor: Dimensions of the descriptors.
    """

    def __init__(self, channels: tuple[int, ...], descriptor: int) -> None:
        super().__init__()
        share = descriptor // len(channels)
        for number, (before, after) in enumerate(zip((3, *channels), channels), start=1):  # noqa: B905 - one more before
            self.add_module(f"block{number}", _Block(before, after, shortcut=number > 1))
            self.add_module(f"conv{number}", nn.Conv2d(after, share, 1, bias=False))
        self.convhead2 = nn.Conv2d(descriptor, descriptor + 1, 1, bias=False)

    def forward(self, image: Float[Tensor, "B 3 H W"]) -> tuple[Float[Tensor, "B D H W"], Float[Tensor, "B 1 H W"]]:
        height, width = image.shape[-2:]
        seen = F.pad(image, (0, -width % STRIDE, 0, -height % STRIDE))
        size, layers = seen.shape[-2:], []
        for number, pooling in enumerate(POOLINGS, start=1):
            seen = self.get_submodule(f"block{number}")(F.max_pool2d(seen, pooling))
            layer = F.relu(self.get_submodule(f"conv{number}")(seen))
            layers.append(F.interpolate(layer, size, mode="bilinear", align_corners=True))
        found = self.convhead2(torch.cat(layers, dim=1))[..., :height, :width]
        return F.normalize(found[:, :-1], dim=1), torch.sigmoid(found[:, -1:])


class _Block(nn.Module):
    """Two convolutions, with a shortcut or without."""

    def __init__(self, before: int, after: int, shortcut: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.downsample = nn.Conv2d(before, after, 1) if shortcut else None

    def forward(self, image: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D H W"]:
        found = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(image)))))
        return F.relu(found if self.downsample is None else found + self.downsample(image))
