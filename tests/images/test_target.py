"""The window around the object: what is in it, what is beyond the image's border, and views of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from camera_estimation.images import Evidence, SourceImage, _window_pixels, frame_view, make_target
from camera_estimation.images._crop import Crop, object_crop, view_size


def image_with_disc(x: float, y: float, radius: float, evidence: Evidence | None = None) -> SourceImage:
    rows, columns = np.mgrid[:60, :80]
    inside = np.hypot(columns + 0.5 - x, rows + 0.5 - y) < radius
    rgb = torch.from_numpy(np.stack([columns, rows, columns + rows]).astype(np.uint8))
    mask = torch.from_numpy(np.where(inside, 255, 3).astype(np.uint8))[None]  # 3: faint, does not count
    return SourceImage(Path("disc.png"), rgb, mask, "file", evidence=evidence or Evidence())


def test_the_window_has_room_about_the_object():
    crop = object_crop(image_with_disc(40, 30, 10).mask[0])
    assert (crop.left, crop.top, crop.right, crop.bottom) == (26, 16, 54, 44)
    assert crop.window == (26.0, 16.0, 28.0, 28.0)


def test_a_crop_within_the_image_is_a_slice():
    image = torch.arange(60.0 * 80).reshape(60, 80)
    crop = Crop(10, 20, 30, 50, 80, 60)
    assert torch.equal(crop.cut(image), image[20:50, 10:30])
    assert torch.equal(crop.pad(crop.cut(image)[None, None]), image[None, None, 20:50, 10:30])


def test_a_crop_is_zero_beyond_every_border():
    crop = Crop(-3, -4, 85, 66, 80, 60)
    ones = torch.ones(1, 2, 60, 80)
    padded = crop.pad(crop.cut(ones))
    assert padded.shape == (1, 2, 70, 88)
    assert torch.equal(padded[..., 4:64, 3:83], ones)
    assert padded.sum() == ones.sum()


def test_colors_are_premultiplied_and_nothing_is_known_beyond_the_border():
    target = make_target(image_with_disc(4, 30, 10), "cpu")
    beyond = int(-target.window[0])
    assert beyond > 0
    assert (target.rgba[..., :beyond] == 0).all()
    assert (target.pixel_weight[..., :beyond] == 0).all()
    assert (target.pixel_weight[..., beyond:] == 1).all()
    faint = target.rgba[0, 3] < 0.5
    assert (target.rgba[0, :3][:, faint] <= 3 / 255).all()


def test_weights_of_pixels_come_from_the_evidence():
    weight = torch.rand(60, 80, generator=torch.Generator().manual_seed(0))
    target = make_target(image_with_disc(40, 30, 10, Evidence(weight=weight)), "cpu")
    assert torch.equal(target.pixel_weight[0, 0], weight[16:44, 26:54])


def test_a_view_knows_the_silhouette_where_its_target_does():
    target = make_target(image_with_disc(40, 30, 10), "cpu")
    assert target.view(14).silhouette_weight is None
    weight = torch.zeros_like(target.pixel_weight)
    weight[..., :14] = 1
    known = replace(target, silhouette_weight=weight).view(14)
    assert torch.equal(known.silhouette_weight[..., :6], torch.ones(1, 1, 14, 6))
    assert torch.equal(known.silhouette_weight[..., 8:], torch.zeros(1, 1, 14, 6))
    assert torch.equal(known.rgba, target.view(14).rgba)


def test_colors_beyond_a_mask_that_is_a_hint_are_kept_within_reach():
    target = make_target(replace(image_with_disc(40, 30, 10), mask_source="file"), "cpu")
    assert target.view(14).picture is None
    coverage = (target.rgba[:, 3:] > 0.5).float()
    reach = torch.zeros_like(coverage)
    reach[..., :14] = 1
    settled = target.with_silhouette(coverage, torch.ones_like(coverage), reach, mask_trust=0.25)
    view = settled.view(28)
    assert view.mask_trust == 0.25
    assert torch.equal(view.picture[:, 3:], reach)
    assert torch.equal(view.picture[:, :3], target.picture * reach)
    assert torch.equal(view.rgba[:, 3:], coverage)


def test_views_keep_the_window_and_its_shape():
    target = make_target(image_with_disc(40, 30, 10), "cpu")
    view = target.view(14)
    assert view.rgba.shape == (1, 4, 14, 14)
    assert view.window == target.window
    assert torch.allclose(view.rgba.mean((2, 3)), target.rgba.mean((2, 3)), atol=0.02)
    assert view_size(100, 50, 30) == (30, 15)
    assert view_size(1000, 2, 30) == (30, 8)


@pytest.mark.parametrize("source", ["alpha", "file"])
def test_large_windows_are_reduced_and_their_views_stay(monkeypatch, source):
    """Colors where the mask is 0 are noise here: none of it may come into the object's rim."""
    rows, columns = np.mgrid[:600, :800]
    inside = np.clip(150.5 - np.hypot(columns + 0.5 - 130, rows + 0.5 - 300), 0, 1)  # reaches beyond the border
    noise = np.random.default_rng(0).integers(0, 256, (3, 600, 800))
    smooth = np.stack([columns / 4, rows / 4, (columns + rows) / 8])
    rgb = torch.from_numpy(np.where(inside > 0, smooth, noise if source == "alpha" else smooth).astype(np.uint8))
    mask = torch.from_numpy(np.round(255 * inside).astype(np.uint8))[None]
    weight = torch.from_numpy((columns / 800).astype(np.float32))
    image = SourceImage(Path("large.png"), rgb, mask, source, evidence=Evidence(weight=weight))
    whole = make_target(image, "cpu")
    expected = whole.view(40)
    monkeypatch.setattr(_window_pixels, "WORKING_SIDE", 100)
    target = make_target(image, "cpu")
    assert target.window == whole.window
    assert max(target.rgba.shape[-2:]) == pytest.approx(max(whole.rgba.shape[-2:]) / 4, abs=1)
    assert (target.rgba[..., 0] == 0).all()
    view = target.view(40)
    assert view.rgba.shape == expected.rgba.shape
    assert (view.rgba - expected.rgba).abs().mean() < 0.004
    assert (view.pixel_weight - expected.pixel_weight).abs().mean() < 0.01
    assert (target.picture is None) == (source == "alpha")
    # Depth and regions are not averaged.
    with_regions = replace(image, evidence=Evidence(regions={"face": weight}))
    assert make_target(with_regions, "cpu").rgba.shape == whole.rgba.shape


def test_views_of_large_frames_are_reduced_first(monkeypatch):
    rows, columns = np.mgrid[:600, :800]
    rgb = torch.from_numpy(np.stack([columns / 4, rows / 4, (columns + rows) / 8]).astype(np.uint8))
    image = SourceImage(Path("large.png"), rgb, torch.full_like(rgb[:1], 255), "none")
    expected = frame_view(image, None, 64, torch.device("cpu"))
    monkeypatch.setattr("camera_estimation.images.frame.WORKING_SIDE", 150)
    view = frame_view(image, None, 64, torch.device("cpu"))
    assert view.window == expected.window
    assert (view.rgba - expected.rgba).abs().max() < 0.01


@pytest.mark.parametrize("working_side", [7, 2048])
def test_pixels_that_are_not_known_do_not_count(monkeypatch, working_side):
    monkeypatch.setattr(_window_pixels, "WORKING_SIDE", working_side)
    image = image_with_disc(40, 30, 10)
    known = torch.full_like(image.mask, 255)
    known[..., :40] = 0
    weight = torch.full((60, 80), 0.5)
    image = replace(image, known=known, evidence=Evidence(weight=weight))
    target = make_target(image, "cpu")
    half = target.pixel_weight.shape[-1] // 2
    assert target.pixel_weight[..., : half - 1].eq(0).all()
    assert float(target.pixel_weight[..., half + 1 :].max()) == pytest.approx(0.5, abs=0.01)
    assert float(target.rgba[..., : half - 1].max()) > 0


@pytest.mark.parametrize("working_side", [40, 2048])
def test_frames_have_nothing_where_nothing_is_known(monkeypatch, working_side):
    monkeypatch.setattr("camera_estimation.images.frame.WORKING_SIDE", working_side)
    image = image_with_disc(40, 30, 10)
    known = torch.full_like(image.mask, 255)
    known[..., :40] = 0
    plain, view = (frame_view(each, None, 80, torch.device("cpu")) for each in (image, replace(image, known=known)))
    assert view.rgba[..., :38].eq(0).all()
    assert torch.equal(view.rgba[..., 42:], plain.rgba[..., 42:])
    assert torch.equal(view.pixel_weight, view.rgba[:, 3:])
