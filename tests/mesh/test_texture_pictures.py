"""Pictures of textures are made small while they are read, and none has too many pixels."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.mesh import _texture_pictures as texture_pictures
from camera_estimation.mesh._texture_budget import count_textures
from camera_estimation.mesh._texture_pictures import read_texture


def stored(picture: Image.Image, form: str, **options) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


@pytest.fixture
def small_limit(monkeypatch) -> int:
    monkeypatch.setattr(texture_pictures, "GREATEST_SIDE", 16)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    return 16


def ramp(width: int, height: int, mode: str) -> Image.Image:
    gray = np.linspace(0, 250, width)[None].repeat(height, axis=0).round().astype(np.uint8)
    if mode == "I;16":
        return Image.fromarray(gray.astype(np.uint16) * 257)
    return Image.fromarray(gray).convert(mode)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize(("size", "reduced"), [((64, 32), (16, 8)), ((50, 10), (13, 3)), ((16, 4), (16, 4))])
def test_large_pictures_are_reduced_by_means(small_limit, mode, size, reduced):
    texels = read_texture(stored(ramp(*size, mode), "PNG"), "mesh")
    assert texels.shape == (reduced[1], reduced[0], 4)
    expected = np.linspace(0, 250, size[0])
    factor = -(-size[0] // small_limit)
    means = [expected[start : start + factor].mean() for start in range(0, size[0], factor)]
    assert np.abs(texels[0, :, 0] - np.array(means)).max() <= 1
    assert (texels[..., 3] == 255).all()
    assert Image.MAX_IMAGE_PIXELS == 10  # is as it was


def test_colors_of_transparent_texels_stay_and_strips_fit(small_limit, monkeypatch):
    monkeypatch.setattr(texture_pictures, "STRIP", 3)
    texels = np.zeros((64, 32, 4), dtype=np.uint8)
    texels[..., 0] = np.arange(64)[:, None]
    texels[:, ::2, 3] = 200
    found = read_texture(stored(Image.fromarray(texels), "PNG"), "mesh")
    assert found.shape == (16, 8, 4)
    assert np.abs(found[:, 0, 0] - (4 * np.arange(16) + 1.5)).max() <= 0.5
    assert (found[..., 3] == 100).all()


def test_jpeg_is_decoded_small(small_limit):
    texels = read_texture(stored(ramp(256, 128, "RGB"), "JPEG", quality=95), "mesh")
    assert texels.shape == (8, 16, 4)
    assert np.abs(texels[0, :, 0] - np.linspace(0, 250, 256).reshape(16, 16).mean(axis=1)).max() < 3


def test_the_pixel_limit_comes_back_after_an_error(small_limit):
    with pytest.raises(OSError, match="cannot identify"):
        read_texture(b"nothing", "mesh")
    assert Image.MAX_IMAGE_PIXELS == 10


def test_too_many_texels_of_one_texture_are_one_line(own_limits):
    own_limits(texture_megapixels=0.001)
    with pytest.raises(InputError, match=r"^mesh: has 0\.002 megapixels, more than limits\.texture_megapixels"):
        read_texture(stored(ramp(50, 40, "L"), "PNG"), "mesh")


def test_a_ktx2_header_is_held_against_the_limit_before_it_is_decoded():
    header = texture_pictures.KTX2_MAGIC + struct.pack("<4I", 37, 1, 2**31, 2**31) + bytes(60)
    with pytest.raises(InputError, match=r"more than limits\.texture_megapixels = 1100"):
        read_texture(header, "mesh")


def test_all_textures_of_a_mesh_are_counted_together(own_limits, tmp_path):
    own_limits(textures_megapixels=0.003)
    content = stored(ramp(50, 40, "L"), "PNG")
    with count_textures(tmp_path / "a.glb"):
        read_texture(content, "mesh")
        with pytest.raises(InputError, match=r"a\.glb: has 0\.004 megapixels of textures, more than limits\.textures"):
            read_texture(content, "mesh")
