"""The files of region masks: written, read, brought to size; damaged, and of other images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors import safe_open

from camera_estimation.errors import InputError
from camera_estimation.segmentation import mask_cache
from camera_estimation.segmentation.categories import DEFAULT_CATEGORIES
from camera_estimation.segmentation.loading import create_segmenter
from camera_estimation.segmentation.mask_cache import MaskOrigin, load_category_masks, read_masks, write_masks
from camera_estimation.segmentation.picture import Picture
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.regions import RegionMasks
from tests.support.masks import disc, save, speckled

CATEGORIES = tuple(DEFAULT_CATEGORIES.values())


def origin_of(path, segmenter="plain", categories=CATEGORIES, **prompts):
    return MaskOrigin.of(Picture(path, speckled(disc()), prompts=prompts), create_segmenter(segmenter), categories)


@pytest.fixture
def written(tmp_path):
    """An image, and its masks in a folder."""
    image = save(tmp_path / "images" / "photo.png", speckled(disc()))
    soft = disc().astype(np.float32) * 0.8
    regions = RegionMasks({"foreground": soft, "background": 1 - soft}, missing=("face",), unsought=("hair",))
    write_masks(tmp_path / "masks" / "photo_masks.safetensors", regions, origin_of(image), 64)
    return image, tmp_path / "masks", soft


def test_masks_come_back(written):
    image, folder, soft = written
    masks = load_category_masks(image, folder)
    assert set(masks) == {"foreground", "background"}
    assert masks["foreground"].dtype == torch.float32
    assert masks["foreground"].shape == soft.shape
    assert np.abs(masks["foreground"].numpy() - soft).max() < 1e-3


def test_metadata(written):
    image, folder, _ = written
    with safe_open(folder / "photo_masks.safetensors", framework="np") as file:
        assert set(file.keys()) == {"foreground_mask", "background_mask"}
        metadata = file.metadata()
    assert (metadata["image_width"], metadata["image_height"]) == ("96", "72")
    assert metadata["working_size"] == "64"
    assert (metadata["segmenter"], metadata["segmenter_version"]) == ("plain", "1")
    cached = read_masks(folder / "photo_masks.safetensors")
    assert cached.categories_found == ("foreground", "background")
    assert cached.categories_missing == ("face", "hair")
    assert cached.origin == origin_of(image)


def test_brought_to_a_size_by_bilinear_interpolation(written):
    image, folder, soft = written
    larger = load_category_masks(image, folder, size=(144, 192))["foreground"]
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(soft)[None, None], (144, 192), mode="bilinear", align_corners=False
    )[0, 0]
    assert larger.shape == (144, 192)
    assert (larger - expected).abs().max() < 1e-3
    smaller = load_category_masks(image, folder, size=(18, 24))["foreground"]
    assert abs(float(smaller.mean()) - soft.mean()) < 0.01


def test_large_masks_are_kept_smaller(tmp_path, monkeypatch):
    monkeypatch.setattr(mask_cache, "LONGEST_SIDE", 48)
    image = save(tmp_path / "photo.png", speckled(disc()))
    path = tmp_path / "photo_masks.safetensors"
    write_masks(path, RegionMasks({"foreground": disc().astype(np.float32)}), origin_of(image), None)
    assert read_masks(path).masks["foreground"].shape == (36, 48)
    assert load_category_masks(image)["foreground"].shape == (72, 96)


def test_beside_the_image(written):
    image, folder, _ = written
    (folder / "photo_masks.safetensors").rename(image.with_name("photo_masks.safetensors"))
    assert "foreground" in load_category_masks(image)
    assert "foreground" in load_category_masks(image, folder)


def test_none_there(written):
    image, _, _ = written
    with pytest.raises(InputError, match=r"has no photo_masks.safetensors in .*; make it with camera-masks"):
        load_category_masks(image)


def test_the_image_has_changed(written):
    image, folder, _ = written
    save(image, speckled(disc(), seed=1))
    with pytest.raises(InputError, match=r"is of another photo\.png than the one there now"):
        load_category_masks(image, folder)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 40, None])
def test_damaged(written, content):
    image, folder, _ = written
    path = folder / "photo_masks.safetensors"
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    with pytest.raises(InputError, match="is damaged or no file of masks") as caught:
        load_category_masks(image, folder)
    assert "\n" not in str(caught.value)


def test_other_settings_are_another_origin(written):
    image, _, _ = written
    same = origin_of(image)
    assert origin_of(image, categories=CATEGORIES[:2]) != same
    assert origin_of(image, segmenter="grabcut") != same
    assert origin_of(image, foreground=(Prompt((1, 2, 30, 40)),)) != same
    assert origin_of(image, categories=CATEGORIES[::-1]) == same
