"""Mask files as programs write them: what is object in them, and the line of those that do not say it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.images.mask_file import read_mask_file

SIZE = 64
Y, X = np.mgrid[0:SIZE, 0:SIZE]
SOFT = np.clip(18.5 - np.hypot(X + 0.5 - 34, Y + 0.5 - 28), 0.0, 1.0)
HARD = SOFT >= 0.5
OBJECT = np.where(HARD, 255, 0).astype(np.uint8)
PALETTE = [0, 0, 0, 128, 0, 0, 0, 128, 0, 224, 224, 192]
NOISE = np.random.default_rng(0).integers(30, 226, (SIZE, SIZE, 3), dtype=np.uint8)


def save(folder, array: np.ndarray, name: str = "mask.png", palette=None, **options):
    picture = Image.fromarray(array)
    if palette is not None:
        picture.putpalette(palette)
    picture.save(folder / name, **options)
    return folder / name


def colored(inside: tuple, outside: tuple, coverage: np.ndarray = HARD) -> np.ndarray:
    share = coverage[..., None].astype(float)
    return np.round(share * np.array(inside) + (1 - share) * np.array(outside)).astype(np.uint8)


@pytest.mark.parametrize(
    "array",
    [
        *(np.where(HARD, value, 0).astype(np.uint8) for value in (1, 7, 128, 254, 255)),
        np.where(HARD, 2, 1).astype(np.uint8),
        np.where(HARD, 9, 0).astype(np.uint16),
        np.where(HARD, 26001, 0).astype(np.uint16),
        np.where(HARD, 65535, 0).astype(np.uint16),
        colored((128, 0, 0), (0, 0, 0)),
        colored((253, 231, 37), (68, 1, 84)),
        colored((0, 0, 0, 255), (0, 0, 0, 0)),
        colored((255, 255, 255, 255), (0, 0, 0, 0)),
        colored((255, 255, 255, 255), (0, 0, 0, 255)),
    ],
    ids=[
        "1",
        "7",
        "128",
        "254",
        "255",
        "1-2",
        "wide-9",
        "wide-id",
        "wide",
        "red",
        "viridis",
        "black",
        "white",
        "opaque",
    ],
)
def test_two_values_of_any_kind(tmp_path, array):
    assert np.array_equal(read_mask_file(save(tmp_path, array)), OBJECT)


@pytest.mark.parametrize("label", [1, 2, 3])
def test_palettes(tmp_path, label):
    path = save(tmp_path, np.where(HARD, label, 0).astype(np.uint8), palette=PALETTE)
    assert np.array_equal(read_mask_file(path), OBJECT)


def test_soft_coverage_stays_as_it_is(tmp_path):
    levels = np.round(255 * SOFT).astype(np.uint8)
    few = np.round(3 * SOFT).astype(np.uint8) * 85
    for array in (levels, few, np.dstack([levels] * 3)):
        assert np.array_equal(read_mask_file(save(tmp_path, array)), array if array.ndim == 2 else levels)
    matte = np.clip(255 * np.exp(-np.hypot(X - 30, Y - 30) / 20), 0, 255).astype(np.uint8)
    assert np.array_equal(read_mask_file(save(tmp_path, matte)), matte)


def test_soft_edges_between_two_values(tmp_path):
    wanted = np.round(255 * SOFT)
    for array in (colored((200, 0, 0), (0, 0, 0), SOFT), np.round(128 * SOFT).astype(np.uint8)):
        found = read_mask_file(save(tmp_path, array))
        assert np.abs(found - wanted).max() <= 2


@pytest.mark.parametrize("array", [OBJECT, np.where(HARD, 128, 0).astype(np.uint8), colored((220, 30, 30), (0, 0, 0))])
def test_lossy_compression(tmp_path, array):
    found = read_mask_file(save(tmp_path, array, "mask.jpg", quality=90, subsampling=0))
    assert np.array_equal(found >= 128, HARD)
    assert np.abs(found.astype(int) - OBJECT)[np.abs(SOFT - 0.5) == 0.5].mean() < 8


def test_the_alpha_of_a_cutout_is_its_mask(tmp_path):
    levels = np.round(255 * SOFT).astype(np.uint8)
    cutout = np.dstack([NOISE, levels])
    assert np.array_equal(read_mask_file(save(tmp_path, cutout)), levels)
    gray = np.dstack([NOISE[..., :1].repeat(3, axis=-1), levels])
    assert np.array_equal(read_mask_file(save(tmp_path, gray)), levels)


def test_alpha_that_only_trims_a_mask_is_not_it(tmp_path):
    alpha = np.full((SIZE, SIZE), 255, dtype=np.uint8)
    alpha[0, 0] = 0
    assert np.array_equal(read_mask_file(save(tmp_path, np.dstack([OBJECT] * 3 + [alpha]))), OBJECT)


def instances(first: int = 1, second: int = 2, kind: type = np.uint8) -> np.ndarray:
    return np.where(HARD & (X < 34), first, np.where(HARD, second, 0)).astype(kind)


@pytest.mark.parametrize(
    ("array", "palette", "named", "label"),
    [
        (instances(), None, "1, 2", "2"),
        (instances(128, 255), None, "128, 255", "255"),
        (instances(26000, 26001, np.uint16), None, "26000, 26001", "26001"),
        (instances(1, 2), PALETTE, "1, 2", "2"),
        (np.where(instances()[..., None] == 1, (128, 0, 0), np.where(HARD[..., None], (0, 128, 0), 0)), None,
         "#008000, #800000", "#008000"),
    ],
    ids=["numbers", "gray", "wide", "palette", "colors"],
)  # fmt: skip
def test_several_labels_are_named_and_one_can_be_chosen(tmp_path, array, palette, named, label):
    path = save(tmp_path, array if array.dtype == np.uint16 else array.astype(np.uint8), palette=palette)
    with pytest.raises(InputError, match="several labels") as caught:
        read_mask_file(path)
    assert str(caught.value).startswith(f"{path}: has several labels ({named}); choose the object's with --mask_label ")
    assert np.array_equal(read_mask_file(path, label) == 255, HARD & (X >= 34))


@pytest.mark.parametrize("label", ["5", "red", "#ff0000"])
def test_a_label_that_is_not_there(tmp_path, label):
    with pytest.raises(InputError, match="it has 0, 1, 2"):
        read_mask_file(save(tmp_path, instances()), label)


def test_a_picture_is_no_mask(tmp_path):
    rgb = np.where(HARD[..., None], NOISE, 0).astype(np.uint8)
    for name in ("mask.png", "mask.jpg"):
        with pytest.raises(InputError, match="is a picture in colors, not a mask; give black and white"):
            read_mask_file(save(tmp_path, rgb, name))
