"""Segmenters that need nothing to be installed, lighting, and instances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from camera_estimation.errors import InputError
from camera_estimation.segmentation._instances import by_owner, join_pieces
from camera_estimation.segmentation._lighting import lighting_mask
from camera_estimation.segmentation.categories import DEFAULT_CATEGORIES, Category
from camera_estimation.segmentation.loading import create_segmenter
from camera_estimation.segmentation.picture import Picture
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.regions import masks_by_name, object_mask, region_masks
from tests.support.masks import disc, overlap, speckled

ALL = tuple(DEFAULT_CATEGORIES.values())


def picture(rgb: np.ndarray, **prompts: tuple[Prompt, ...]) -> Picture:
    return Picture(Path("made.png"), rgb, prompts=prompts)


def on_white(mask: np.ndarray) -> np.ndarray:
    return np.where(mask[..., None], (200, 80, 30), 255).astype(np.uint8)


def test_plain():
    mask = disc()
    found = region_masks(picture(on_white(mask)), create_segmenter("plain"), ALL)
    assert overlap(found.masks["foreground"], mask) > 0.99
    assert np.allclose(found.masks["background"], 1 - found.masks["foreground"])
    assert set(found.masks) == {"foreground", "background", "lighting"}
    assert found.masks["lighting"][0, 0] == 0  # a white backdrop is no highlight
    assert found.unsought == ("face", "body", "clothing", "hair")
    assert found.missing == ()
    assert all(mask.dtype == np.float32 and mask.min() >= 0 and mask.max() <= 1 for mask in found.masks.values())


def test_plain_refuses_other_grounds():
    with pytest.raises(InputError, match="has no plain background; give another --segmenter"):
        create_segmenter("plain").segment(picture(speckled(disc())), ALL)


def test_plain_in_a_box():
    rgb = speckled(disc())
    rgb[8:64, 8:72] = on_white(disc())[8:64, 8:72]
    found = object_mask(picture(rgb, foreground=(Prompt((19, 15, 61, 57)),)), create_segmenter("plain"))
    assert overlap(found, disc()) > 0.99


def test_grabcut_within_a_box():
    mask = disc()
    found = object_mask(picture(speckled(mask), foreground=(Prompt((16, 12, 64, 60)),)), create_segmenter("grabcut"))
    assert overlap(found, mask) > 0.97


def test_grabcut_without_a_box():
    mask = disc()
    assert overlap(object_mask(picture(speckled(mask)), create_segmenter("grabcut")), mask) > 0.97


def test_points_say_what_belongs_to_the_object():
    first, second = disc(center=(28, 36), radius=14), disc(center=(70, 36), radius=14)
    rgb = speckled(first | second)
    grabcut = create_segmenter("grabcut")
    both = object_mask(picture(rgb), grabcut)
    assert overlap(both, first | second) > 0.95
    away = tuple((float(x), float(y)) for x in range(56, 88, 3) for y in range(22, 52, 3))
    one = object_mask(picture(rgb, foreground=(Prompt(points=((28, 36),), background_points=away),)), grabcut)
    assert one[36, 28] == 1
    assert one[36, 71] == 0


def test_categories_that_are_pointed_at():
    first, second = disc(center=(28, 36), radius=14), disc(center=(70, 36), radius=14)
    boxes = (Prompt((12, 20, 44, 52)), Prompt((54, 20, 86, 52)))
    sought = (*ALL, Category("wheel"))
    found = region_masks(picture(speckled(first | second), wheel=boxes), create_segmenter("grabcut"), sought).masks
    assert overlap(found["wheel_1"], first) > 0.95
    assert overlap(found["wheel_2"], second) > 0.95
    assert overlap(found["wheel"], first | second) > 0.95


def test_plain_does_not_use_points():
    given = picture(on_white(disc()), foreground=(Prompt(points=((40, 36),)),))
    with pytest.raises(InputError, match="does not use points"):
        create_segmenter("plain").segment(given, ALL)


def test_a_box_beyond_the_picture():
    with pytest.raises(InputError, match="fewer than 8 pixels"):
        object_mask(picture(speckled(disc()), foreground=(Prompt((500, 0, 600, 40)),)), create_segmenter("grabcut"))


def test_an_empty_foreground_is_told():
    with pytest.raises(InputError, match="finds no object"):
        region_masks(picture(np.full((40, 40, 3), 255, np.uint8)), create_segmenter("plain"), ALL)


def test_alpha_is_the_foreground():
    alpha = disc().astype(np.float32) * 0.75
    found = region_masks(picture(speckled(disc())), create_segmenter("plain"), ALL, alpha)
    assert np.array_equal(found.masks["foreground"], alpha)
    assert np.allclose(found.masks["background"], 1 - alpha)


def test_lighting_is_highlights_and_shadows():
    rgb = np.full((80, 100, 3), (150, 90, 60), np.uint8)
    rgb[10:30, 10:30] = 255
    rgb[50:70, 60:90] = 8
    found = lighting_mask(rgb)
    assert found[14:26, 14:26].min() > 0.9
    assert found[54:66, 64:86].min() > 0.9
    assert found[40:45].max() < 0.1
    assert found.dtype == np.float32


def test_lighting_has_edges_of_light_and_not_those_of_paint():
    lit = np.full((64, 128, 3), (180, 120, 80), np.float64)
    lit[:, 64:] *= 0.35
    painted = np.full((64, 128, 3), (200, 60, 60), np.float64)
    painted[:, 64:] = (60, 60, 200)
    edge, paint = (lighting_mask(rgb.astype(np.uint8))[16:48, 60:68].max() for rgb in (lit, painted))
    assert edge > 0.5
    assert paint < 0.1


def test_pieces_of_one_thing_are_joined():
    face, eye, other = disc(), disc(center=(36, 30), radius=4), disc(center=(82, 36), radius=8)
    joined = join_pieces([mask.astype(np.float32) for mask in (other, eye, face)])
    assert len(joined) == 2
    assert np.array_equal(joined[0] > 0, face | eye)
    assert np.array_equal(joined[1] > 0, other)


def test_pieces_belong_to_people():
    left, right = np.zeros((40, 80), np.float32), np.zeros((40, 80), np.float32)
    left[:, :40] = right[:, 40:] = 1
    arm, leg, stray = np.zeros_like(left), np.zeros_like(left), np.zeros_like(left)
    arm[5:10, 50:60] = leg[30:38, 60:66] = 1
    owned = by_owner([arm, leg], [left, right])
    assert owned[0] is None
    assert np.array_equal(owned[1], np.maximum(arm, leg))
    assert by_owner([stray], [left, right]) == []


def test_numbers_are_those_of_people():
    masks = masks_by_name({"hair": (None, disc().astype(np.float32)), "face": (disc().astype(np.float32),)})
    assert set(masks) == {"hair", "hair_2", "face"}
