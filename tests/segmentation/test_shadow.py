"""Soft shadows before plain backgrounds, against the coverage that they were drawn from."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from camera_estimation.segmentation import _shadow
from camera_estimation.segmentation.plain_background import cut_plain_background, plain_background_mask

SIZE = 200
Y, X = np.mgrid[0:SIZE, 0:SIZE]
SOFT = np.clip(50.5 - np.hypot(X + 0.5 - 95, Y + 0.5 - 90), 0.0, 1.0)
RED = np.array([190.0, 60.0, 40.0])


def shadow(depth: float = 0.45, center: tuple[float, float] = (100.0, 140.0)) -> np.ndarray:
    """Factor of the background's color."""
    return 1 - depth * np.exp(-(((X - center[0]) / 38.0) ** 2) - ((Y - center[1]) / 10.0) ** 2)


def scene(background: tuple = (255, 255, 255), color: np.ndarray = RED, light: np.ndarray | None = None) -> np.ndarray:
    shaded = color * (0.75 + 0.25 * np.sin(X / 6.0) * np.cos(Y / 5.0))[..., None]
    ground = np.array(background) * (np.ones((SIZE, SIZE)) if light is None else light)[..., None]
    return np.round(SOFT[..., None] * shaded + (1 - SOFT[..., None]) * ground).astype(np.uint8)


def compress(rgb: np.ndarray, quality: int = 90) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "JPEG", quality=quality)
    return np.array(Image.open(stream))


def error(mask: np.ndarray) -> float:
    """Mean absolute error of coverage, as a share of the object's area."""
    return float(np.abs(mask / 255.0 - SOFT).sum() / SOFT.sum())


@pytest.mark.parametrize("background", [(255, 255, 255), (240, 238, 230), (70, 120, 200)])
@pytest.mark.parametrize("depth", [0.2, 0.45, 0.7])
def test_the_mask_without_the_shadow_is_the_object(background, depth):
    rgb = scene(background, light=shadow(depth))
    found = cut_plain_background(rgb, lossy=False)
    assert np.array_equal(found.coverage, plain_background_mask(rgb, lossy=False))
    assert error(found.coverage) > 0.15
    assert error(found.without_shadow) < 0.03


@pytest.mark.parametrize("quality", [75, 90])
def test_compression_does_not_hide_it(quality):
    found = cut_plain_background(compress(scene(light=shadow()), quality), lossy=True)
    assert error(found.without_shadow) < 0.08


def test_the_shadow_is_seen_through_a_hole():
    hole = np.clip(12.5 - np.hypot(X + 0.5 - 95, Y + 0.5 - 120), 0.0, 1.0)
    ring = SOFT * (1 - hole)
    light = shadow()
    rgb = np.round(ring[..., None] * RED + ((1 - ring) * 255 * light)[..., None]).astype(np.uint8)
    found = cut_plain_background(rgb, lossy=False)
    assert (found.coverage[115:125, 90:100] == 255).all()
    assert np.abs(found.without_shadow / 255.0 - ring).sum() < 0.03 * ring.sum()


def test_a_shadow_apart_from_the_object_is_one_too():
    found = cut_plain_background(scene(light=shadow(center=(100.0, 168.0))), lossy=False)
    assert error(found.without_shadow) < 0.03


def test_nothing_is_offered_without_a_shadow():
    for rgb, lossy in ((scene(), False), (compress(scene()), True), (scene((90, 90, 90)), False)):
        assert cut_plain_background(rgb, lossy).without_shadow is None


def test_a_gray_object_with_a_sharp_edge_is_not_eaten():
    rgb = scene(color=np.array([80.0, 80.0, 80.0]), light=shadow())
    assert error(cut_plain_background(rgb, lossy=False).without_shadow) < 0.05
    assert cut_plain_background(scene(color=np.array([225.0, 225.0, 225.0])), lossy=False).without_shadow is None


def test_the_shadow_between_bars_is_found_too():
    rgb = np.pad(scene(light=shadow()), ((0, 0), (40, 40), (0, 0)))
    found = cut_plain_background(rgb, lossy=False)
    assert error(found.without_shadow[:, 40:-40]) < 0.03
    assert not found.without_shadow[:, :40].any()


def test_of_large_pictures_not_every_pixel_is_looked_at(monkeypatch):
    monkeypatch.setattr(_shadow, "LARGEST", 90)
    monkeypatch.setattr(_shadow, "WORKING_SIZE", 60)
    assert cut_plain_background(scene(), lossy=False).without_shadow is None
    assert error(cut_plain_background(scene(light=shadow(0.2)), lossy=False).without_shadow) < 0.06
