"""Pictures whose masks are a few pixels off."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from camera_estimation.images.source_image import SourceImage


def disc(size: int, x: float, y: float, radius: float) -> torch.Tensor:
    """Soft coverage [size, size]."""
    rows, columns = np.mgrid[:size, :size] + 0.5
    return torch.from_numpy(np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1).astype(np.float32))


def noise_pattern(size: int, cells: int, seed: int) -> torch.Tensor:
    """Smooth colors [3, size, size] in [0, 1]."""
    coarse = torch.from_numpy(np.random.default_rng(seed).random((1, 3, cells, cells)).astype(np.float32))
    return torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic", align_corners=True)[0].clamp(0, 1)


def grow(coverage: torch.Tensor, pixels: float) -> torch.Tensor:
    """Coverage [H, W] with its boundary moved outwards: a hard mask, or the same where ``pixels`` is 0."""
    if pixels == 0:
        return coverage
    inside = coverage.numpy() >= 0.5
    distance = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    return torch.from_numpy((distance + pixels > 0).astype(np.float32))


def over_texture(rgba: torch.Tensor, grown: float, seed: int = 1) -> SourceImage:
    """A premultiplied render [1, 4, H, W] before a patterned background, with a mask file's mask that is too large."""
    background = 0.15 + 0.3 * noise_pattern(rgba.shape[-1], 12, seed)
    picture = rgba[0, :3] + (1 - rgba[0, 3:]) * background
    mask = grow(rgba[0, 3], grown)
    levels = [(255 * image.clamp(0, 1)).round().byte() for image in (picture, mask[None])]
    return SourceImage(Path("made.png"), *levels, "file")


def picture_with_mask(coverage: torch.Tensor, grown: float, plain: bool = False) -> SourceImage:
    """A patterned object of that coverage before a pattern of other colors, or all of it in one color."""
    size = len(coverage)
    color = 0.55 + 0.4 * noise_pattern(size, 8, seed=0)
    image = over_texture(torch.cat([color * coverage, coverage[None]])[None], grown)
    if plain:
        image.rgb.fill_(128)
    return image
