"""Pictures read at other places: what a pixel of the new picture shows is somewhere in the old one."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch
from jaxtyping import Float, Shaped, UInt8
from torch import Tensor
from torch.nn import functional as F

BLOCK = 1 << 20  # pixels at once, which bounds the memory
FARTHEST = -1e6  # a place in no picture
# Samples between those whose places are computed: 0.02 pixels off where k1 = -0.3 turns back, 0.003 elsewhere.
STEP = 4

# Gives the places in the old picture, in its pixels, of places in the new one; NaN where there is none.
PixelMap = Callable[[Float[Tensor, "N 2"]], Float[Tensor, "N 2"]]


def resample_picture(
    picture: Shaped[np.ndarray, "H W *C"],
    places: PixelMap,
    width: int,
    height: int,
    *,
    samples: int = 1,
    interpolation: int = cv2.INTER_CUBIC,
    left: int = 0,
    top: int = 0,
) -> tuple[Shaped[np.ndarray, "h w *C"], UInt8[np.ndarray, "h w"]]:
    """A picture as another one shows it. Beyond its border it goes on as it ends.

    Args:
        picture: The old one, of a type that OpenCV knows.
        places: Where pixels of the new one are in it.
        width: Of the new picture, in pixels.
        height: Likewise.
        samples: A side, of which every new pixel is the mean: as many as it shows old pixels there.
        interpolation: Between old pixels.
        left: Of the new picture's first column, in the pixels that ``places`` takes.
        top: Of its first row.

    Returns:
        The new picture, and the share of each pixel that is in the old one, 255 for all of it.
    """
    shown = np.empty((height, width, *picture.shape[2:]), picture.dtype)
    inside = np.empty((height, width), np.uint8)
    rows = max(1, BLOCK // (width * samples**2))
    for first in range(0, height, rows):
        last = min(first + rows, height)
        found = _find_places(places, left, top + first, width, last - first, samples)
        limits = found.new_tensor([picture.shape[1], picture.shape[0]])
        known = ((found >= 0) & (found <= limits)).all(-1).numpy().astype(np.uint8) * 255
        # OpenCV counts pixels from the first one's centre.
        column, row = (found - 0.5).nan_to_num(FARTHEST).numpy().transpose(2, 0, 1)
        part = cv2.remap(
            picture,
            np.ascontiguousarray(column),
            np.ascontiguousarray(row),
            interpolation,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if samples > 1:
            part = cv2.resize(part, (width, last - first), interpolation=cv2.INTER_AREA)
            known = cv2.resize(known, (width, last - first), interpolation=cv2.INTER_AREA).astype(np.uint8)
        shown[first:last], inside[first:last] = part, known
    return shown, inside


def _find_places(
    places: PixelMap, left: int, top: int, width: int, height: int, samples: int
) -> Float[Tensor, "h w 2"]:
    """Where samples of pixels are: linear between every fourth of them, for lenses are smooth, and each by itself
    where one of these is nowhere."""
    rows, columns = height * samples, width * samples
    knots = [_knots(count) for count in (rows, columns)]
    grid = _sample_places(left, top, samples, *knots)
    coarse = places(grid.reshape(-1, 2)).reshape(grid.shape)
    size = [(len(each) - 1) * STEP + 1 for each in knots]
    found = F.interpolate(coarse.permute(2, 0, 1)[None], size, mode="bilinear", align_corners=True)
    found = found[0].permute(1, 2, 0)[:rows, :columns].contiguous()
    lost = found.isnan().any(-1)
    if lost.any():
        every = [torch.arange(count, dtype=torch.float64) for count in (rows, columns)]
        found[lost] = places(_sample_places(left, top, samples, *every)[lost])
    return found.float()


def _knots(count: int) -> Float[Tensor, " K"]:
    """Every ``STEP``-th index, up to the last one or beyond."""
    return STEP * torch.arange(-(-(count - 1) // STEP) + 1, dtype=torch.float64)


def _sample_places(
    left: int, top: int, samples: int, rows: Float[Tensor, " R"], columns: Float[Tensor, " C"]
) -> Float[Tensor, "R C 2"]:
    """In pixels, of samples by their indices."""
    across, down = left + (columns + 0.5) / samples, top + (rows + 0.5) / samples
    return torch.stack(torch.meshgrid(across, down, indexing="xy"), dim=-1)
