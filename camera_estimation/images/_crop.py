"""Windows of an image in whole pixels, and sizes of views of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Shaped, UInt8
from torch import Tensor
from torch.nn import functional as F

# Room around the object's bounding box on each side, as a share of the box's longer side.
MARGIN = 0.2
# Mask values up to this count as background when the bounding box is taken: soft edges must not widen it.
FAINT = 8
SMALLEST_SIDE = 8  # pixels of a view


@dataclass(frozen=True)
class Crop:
    """A window of an image of ``width`` x ``height`` pixels, beyond whose border it may reach.

    Args:
        left: First column.
        top: First row.
        right: The column behind the last.
        bottom: The row behind the last.
        width: Of the image.
        height: Likewise.
    """

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int

    @property
    def window(self) -> tuple[float, float, float, float]:
        """(left, top, width, height) as cameras are cropped with."""
        return float(self.left), float(self.top), float(self.right - self.left), float(self.bottom - self.top)

    def cut(self, image: Tensor) -> Tensor:
        """What of an image's rows and columns, its last two axes, is in the window and in the image."""
        left, right, top, bottom = self._padding
        return image[..., self.top + top : self.bottom - bottom, self.left + left : self.right - right]

    def pad(self, part: Shaped[Tensor, "1 C H W"]) -> Shaped[Tensor, "1 C h w"]:
        """What ``cut`` gave, continued with zeros to the whole window."""
        return F.pad(part, self._padding)

    @property
    def _padding(self) -> tuple[int, int, int, int]:
        """Pixels beyond the image's border: left, right, top, bottom."""
        return (
            max(0, -self.left),
            max(0, self.right - self.width),
            max(0, -self.top),
            max(0, self.bottom - self.height),
        )


def object_crop(mask: UInt8[Tensor, "H W"]) -> Crop:
    """The window around an object with some room about it."""
    height, width = mask.shape
    rows, columns = torch.nonzero((mask > FAINT).any(1)), torch.nonzero((mask > FAINT).any(0))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    margin = max(2, round(MARGIN * max(bottom - top, right - left)))
    return Crop(left - margin, top - margin, right + margin, bottom + margin, width, height)


def view_size(height: int, width: int, longer_side: int) -> tuple[int, int]:
    """(height, width) of a view of a window of that size whose longer side has ``longer_side`` pixels."""
    scale = longer_side / max(height, width)
    return max(SMALLEST_SIDE, round(height * scale)), max(SMALLEST_SIDE, round(width * scale))
