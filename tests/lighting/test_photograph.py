from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.geometry import OPENCV, Distortion, Lens
from camera_estimation.lighting.photograph import BACKGROUND, decode_srgb, encode_srgb, open_photograph
from tests.support.shapes import view_from

CAMERA = view_from((0.3, 0.4, 1.0), 4.0, 64)


def write_noise(path, channels: int = 3) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, channels), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return pixels


def test_srgb_goes_there_and_back():
    levels = np.arange(256, dtype=np.uint8)
    assert (encode_srgb(decode_srgb(levels)) == levels).all()
    assert decode_srgb(np.array([188], np.uint8))[0] == pytest.approx(0.5, abs=5e-3)  # half the light


def test_a_picture_and_its_mask(tmp_path):
    pixels = write_noise(tmp_path / "a.png")
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 5:9] = 200
    Image.fromarray(mask).save(tmp_path / "mask.png")
    photograph = open_photograph(tmp_path / "a.png", CAMERA, mask_path=tmp_path / "mask.png")
    assert (photograph.pixels == pixels).all()
    assert (photograph.mask == mask).all()
    assert photograph.camera.rotation.dtype == torch.float64
    assert not photograph.flattened
    assert open_photograph(tmp_path / "a.png", CAMERA, mask_path=tmp_path / "none.png").mask is None


def test_transparent_pixels_stand_over_gray(tmp_path):
    pixels = write_noise(tmp_path / "a.png", 4)
    pixels[..., 3] = np.where(np.arange(64) < 32, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    photograph = open_photograph(tmp_path / "a.png", CAMERA)
    assert photograph.flattened
    assert (photograph.pixels[:, :32] == BACKGROUND).all()
    assert (photograph.pixels[:, 32:] == pixels[:, 32:, :3]).all()


def test_a_distorted_picture_is_seen_by_a_pinhole(tmp_path):
    write_noise(tmp_path / "a.png")
    intrinsics = (*CAMERA.focal[0].tolist(), *CAMERA.principal_point[0].tolist())
    lens = Lens(intrinsics, Distortion.of(OPENCV, {"k1": -0.2}), 64, 64)
    photograph = open_photograph(tmp_path / "a.png", CAMERA, lens)
    assert photograph.window is not None
    assert photograph.original is not None
    assert photograph.original.shape == (64, 64, 3)
    assert photograph.pixels.shape[:2] == (photograph.camera.height, photograph.camera.width)
    # What the pinhole sees at a pixel, the lens sees where the window says.
    pixel = torch.tensor([[photograph.camera.width / 2, photograph.camera.height / 2]], dtype=torch.float64)
    assert torch.allclose(photograph.window.window_pixels(photograph.window.source_pixels(pixel)), pixel)


def test_what_does_not_belong_together_is_told(tmp_path):
    write_noise(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png: has 64 x 64 pixels now, and 32 x 64"):
        open_photograph(tmp_path / "a.png", replace(CAMERA, width=32))
    Image.new("L", (8, 8)).save(tmp_path / "mask.png")
    with pytest.raises(InputError, match=r"mask\.png: has another size"):
        open_photograph(tmp_path / "a.png", CAMERA, mask_path=tmp_path / "mask.png")
    (tmp_path / "mask.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"mask\.png: is damaged"):
        open_photograph(tmp_path / "a.png", CAMERA, mask_path=tmp_path / "mask.png")
