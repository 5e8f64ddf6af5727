"""Names of mask files, and the line about those that are not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.images.loading import load_source_image
from camera_estimation.images.mask_places import find_mask_file, mask_names


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "photo.jpg").touch()
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["masks/photo.png", "masks/photo.jpg.png", "masks/photo_mask.png", "masks/photo.jpg", "masks/photo.webp",
     "masks/photo.tif", "masks/photo.bmp", "photo_mask.png", "photo_mask.jpg"],
)  # fmt: skip
def test_names_of_masks(folder, name):
    (folder / name).touch()
    assert find_mask_file(folder / "photo.jpg", None, folder / "masks") == folder / name


def test_the_first_of_them_counts(folder):
    for name in ("photo_mask.png", "masks/photo.bmp", "masks/photo_mask.png", "masks/photo.jpg.png", "masks/photo.png"):
        (folder / name).touch()
        assert find_mask_file(folder / "photo.jpg", None, folder / "masks") == folder / name
    assert find_mask_file(folder / "photo.jpg", None, None) == folder / "photo_mask.png"
    assert find_mask_file(folder / "photo.jpg", folder / "own.png", folder / "masks") == folder / "own.png"


def test_an_image_is_not_its_own_mask(folder):
    assert find_mask_file(folder / "photo.jpg", None, folder) is None


def test_what_was_looked_for_is_told(folder):
    path = folder / "photo.jpg"
    assert mask_names(path, None) == "photo_mask.png beside it"
    assert mask_names(Path("v_000000"), "masks") == "v_000000.png or v_000000_mask.png in masks"  # a frame
    rgb = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    Image.fromarray(rgb).save(path)
    with pytest.raises(InputError) as caught:
        load_source_image(path, masks_dir=folder / "masks")
    assert f"photo.png, photo.jpg.png or photo_mask.png in {folder / 'masks'}" in str(caught.value)
