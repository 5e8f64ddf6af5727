from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from camera_estimation.configuration import Configuration
from camera_estimation.dataset.image_sources import ImageSources
from camera_estimation.dataset.known_intrinsics import KnownCamera, KnownIntrinsics
from camera_estimation.dataset.object_mark import ObjectMark
from camera_estimation.dataset.sample_image import load_sample_image
from camera_estimation.errors import InputError
from camera_estimation.geometry import FISHEYE, OPENCV, Distortion

CONFIG = Configuration()
SOURCES = ImageSources()
PINHOLE = KnownCamera((90.0, 91.0, 48.0, 40.0), size=(96, 80))
BARREL = replace(PINHOLE, distortion=Distortion.of(OPENCV, {"k1": -0.3}))


@pytest.fixture
def photo(sample):
    """An opaque picture of two squares, 1 and 2 in their numbers."""
    numbers = np.zeros((40, 48), dtype=np.uint8)
    numbers[8:20, 4:20], numbers[15:35, 28:44] = 1, 2
    folder = sample.image_path.parent
    Image.fromarray(numbers).save(folder / "ids.png")
    Image.fromarray(np.repeat(numbers[..., None] * np.uint8(90), 3, -1)).save(folder / "photo.png")
    return replace(sample, image_path=folder / "photo.png", mark=ObjectMark(folder / "ids.png", "2"))


def test_a_pinhole_is_the_picture_itself(sample):
    known = KnownIntrinsics(for_all=replace(PINHOLE, size=None))
    loaded = load_sample_image(sample, SOURCES, known, CONFIG)
    assert loaded.image is loaded.source
    assert (loaded.intrinsics, loaded.remarks) == (PINHOLE.intrinsics, ())
    assert load_sample_image(sample, SOURCES, KnownIntrinsics(), CONFIG).intrinsics is None


def test_intrinsics_of_another_size_are_scaled_and_told(sample):
    loaded = load_sample_image(sample, SOURCES, KnownIntrinsics(for_all=PINHOLE), CONFIG)
    assert loaded.intrinsics == (45.0, 45.5, 24.0, 20.0)
    assert loaded.remarks == ("intrinsics of 96 x 80 pixels are scaled to 48 x 40",)
    cropped = KnownIntrinsics(for_all=replace(PINHOLE, size=(96, 60)))
    with pytest.raises(InputError, match="is for pictures of 96 x 60 pixels"):
        load_sample_image(sample, SOURCES, cropped, CONFIG)


def test_intrinsics_of_the_pair_come_first(sample):
    own = replace(sample, intrinsics=(50.0, 51.0, 24.0, 20.0))
    loaded = load_sample_image(own, SOURCES, KnownIntrinsics(for_all=BARREL), CONFIG)
    assert (loaded.intrinsics, loaded.image.window) == (own.intrinsics, None)


def test_a_distorted_picture_is_seen_through_a_window(sample):
    loaded = load_sample_image(sample, SOURCES, KnownIntrinsics(for_all=BARREL), CONFIG)
    window = loaded.image.window
    assert loaded.source.window is None
    assert loaded.intrinsics == window.intrinsics
    assert window.lens.intrinsics == (45.0, 45.5, 24.0, 20.0)


def test_what_a_lens_changes_is_told(sample):
    config = replace(CONFIG, camera=replace(CONFIG.camera, optimize_fov="on"))
    wide = KnownCamera((10.0, 10.0, 24.0, 20.0), Distortion.of(FISHEYE, {}))
    remarks = load_sample_image(sample, SOURCES, KnownIntrinsics(for_all=wide), config).remarks
    assert [line.split(",")[0].split(":")[0] for line in remarks] == [
        "its lens distorts",
        "its lens sees more than is looked at",
    ]


def test_one_object_of_several(photo):
    loaded = load_sample_image(photo, SOURCES, KnownIntrinsics(), CONFIG)
    assert loaded.source.mask_source == "file"
    assert int((loaded.source.mask > 0).sum()) == 20 * 16


def test_what_is_known_of_a_picture_goes_along(photo):
    known = np.full((40, 48), 255, dtype=np.uint8)
    known[:, 40:] = 0
    for intrinsics in (KnownIntrinsics(), KnownIntrinsics(for_all=BARREL)):
        image = load_sample_image(photo, SOURCES, intrinsics, CONFIG, known).image
        hidden = image.known[0] == 0
        assert hidden[image.height // 2, -1]
        assert not hidden[image.height // 2, 2]


def test_annotations_in_place_of_a_folder_of_masks(photo):
    path = photo.image_path.with_name("coco.json")
    square = [[28, 15, 44, 15, 44, 35, 28, 35]]
    tree = {
        "images": [{"id": 1, "file_name": "photo.png"}],
        "annotations": [{"id": 7, "image_id": 1, "segmentation": square}],
    }
    path.write_text(json.dumps(tree))
    images = ImageSources(masks_dir=path)
    plain = replace(photo, mark=ObjectMark())
    assert images.check([plain]) == []
    mask = load_sample_image(plain, images, KnownIntrinsics(), CONFIG).source.mask
    assert int((mask > 127).sum()) == 20 * 16
    path.write_text("[]")
    with pytest.raises(InputError, match="has no images and annotations"):
        ImageSources(masks_dir=path.rename(path.with_name("other.json"))).check([plain])


def test_an_object_without_a_mask_is_told(photo):
    unmasked = replace(photo, mark=ObjectMark(instance="3"))
    with pytest.raises(InputError, match=r"--pairs asks for its object 3 and names no mask"):
        load_sample_image(unmasked, SOURCES, KnownIntrinsics(), CONFIG)


def test_an_object_is_looked_for_in_its_box(photo):
    boxed = replace(photo, mark=ObjectMark(box=(28.0, 15.0, 44.0, 35.0)))
    image = load_sample_image(boxed, SOURCES, KnownIntrinsics(), replace(CONFIG, mask="none")).image
    assert image.box == boxed.mark.box
    assert image.mask_source == "none"


@pytest.mark.parametrize("needs_masks", [False, True])
def test_images_without_a_mask_are_refused_where_one_is_needed(photo, monkeypatch, needs_masks):
    monkeypatch.setattr("camera_estimation.images.loading.find_segmenter", lambda device: None)
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(photo.image_path)
    sample, images = replace(photo, mark=ObjectMark()), ImageSources(needs_masks=needs_masks)
    if needs_masks:
        with pytest.raises(InputError, match="no mask file and no plain background"):
            load_sample_image(sample, images, KnownIntrinsics(), CONFIG)
    else:
        assert load_sample_image(sample, images, KnownIntrinsics(), CONFIG).image.mask_source == "none"


def test_samples_that_name_their_mask_need_none_in_the_folder(sample, tmp_path):
    (tmp_path / "masks").mkdir()
    marked = replace(sample, mark=ObjectMark(tmp_path / "own.png"))
    sources = ImageSources(tmp_path / "masks")
    assert sources.check([marked]) == []
    (line,) = sources.check([marked, sample])
    assert line.startswith("--masks_dir: a mask for 0 of 1 images; looked for")


def test_a_label_is_of_a_mask_that_a_table_names(photo):
    image = SOURCES.load(replace(photo, mark=ObjectMark(photo.mark.mask_path)), replace(CONFIG, mask_label="2"))
    assert (image.mask[0, 15:35, 28:44] == 255).all()
    assert int((image.mask > 0).sum()) == 20 * 16
