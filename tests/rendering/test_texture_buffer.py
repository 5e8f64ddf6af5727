"""Mip levels of textures in their one buffer, against torch's own area averaging."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from camera_estimation.mesh.textured_mesh import Texture
from camera_estimation.rendering._surface import TextureBuffer, build_texture_buffer
from tests.support.shapes import box


def random_texture(height: int, width: int, **others) -> Texture:
    generator = torch.Generator().manual_seed(height * width)
    return Texture(torch.randint(256, (height, width, 3), generator=generator, dtype=torch.uint8), **others)


def bytes_of(buffer: TextureBuffer, level: int) -> torch.Tensor:
    """[height, width, 4] of one mip level."""
    offset, width, height = buffer.levels[level].tolist()
    packed = buffer.texels[offset : offset + width * height].reshape(height, width)
    return torch.stack([(packed >> shift) & 255 for shift in (0, 8, 16, 24)], dim=-1)


@pytest.mark.parametrize("size", [(64, 64), (32, 128), (37, 50), (1, 8), (6, 1), (1, 1)])
def test_levels_are_averages_of_the_whole(size):
    texture = random_texture(*size)
    buffer = build_texture_buffer(replace(box(), textures=(texture,)))
    first, count, _, _ = buffer.table[0].tolist()
    image = texture.texels.permute(2, 0, 1)[None].float()
    for level in range(first, first + count):
        packed = bytes_of(buffer, level)
        assert torch.equal(packed[..., :3], image[0].round().permute(1, 2, 0).int())
        assert (packed[..., 3] == 0).all()
        image = F.adaptive_avg_pool2d(image, [max(1, side // 2) for side in image.shape[-2:]])
    assert packed.shape[:2] == (1, 1)


def test_textures_lie_one_after_the_other_with_their_opacity():
    opacity = torch.arange(32 * 16).reshape(32, 16).to(torch.uint8)
    textures = (random_texture(8, 8), random_texture(32, 16, opacity=opacity, cutoff=0.5), random_texture(4, 4))
    buffer = build_texture_buffer(replace(box(), textures=textures))
    assert buffer.table[:, 1].tolist() == [4, 6, 3]
    for (first, *_), texture in zip(buffer.table.tolist(), textures, strict=True):
        assert torch.equal(bytes_of(buffer, first)[..., :3], texture.texels.int())
    assert torch.equal(bytes_of(buffer, 4)[..., 3], opacity.int())
    assert (bytes_of(buffer, 5)[..., 3] == 0).all()
    assert buffer.cutoffs.tolist() == [0, 0.5, 0]
