from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from camera_estimation.errors import InputError
from camera_estimation.images._run_length import decode_run_lengths
from camera_estimation.images.instance_mask import read_instance_mask
from camera_estimation.images.marked_image import load_marked_image

IMAGE = Path("photo.jpg")
NUMBERS = np.zeros((6, 9), dtype=np.uint8)
NUMBERS[1:5, 2:7] = 3
NUMBERS[5, 8] = 7
# What pycocotools gives for this mask.
CODED = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 1, 1, 1, 0, 0],
        [0, 0, 1, 0, 1, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 1],
    ]
)
CODE = {"size": [6, 9], "counts": "=42MO1120000:M"}


def save(tmp_path: Path, picture: Image.Image) -> Path:
    path = tmp_path / "ids.png"
    picture.save(path)
    return path


def palette() -> Image.Image:
    picture = Image.fromarray(NUMBERS).convert("P")
    picture.putdata(NUMBERS.ravel().tolist())
    picture.putpalette([index * 37 % 256 for index in range(768)])
    return picture


def panoptic() -> Image.Image:
    numbers = NUMBERS.astype(np.int64) + np.where(NUMBERS == 3, 256 * 5 + 65536, 0)
    return Image.fromarray(np.stack([numbers % 256, numbers // 256 % 256, numbers // 65536], -1).astype(np.uint8))


@pytest.mark.parametrize(
    ("picture", "instance"),
    [
        (Image.fromarray(NUMBERS), "3"),
        (Image.fromarray(NUMBERS.astype(np.uint16) * 1000), "3000"),
        (Image.fromarray(np.repeat(NUMBERS[..., None], 3, -1)), "3"),
        (palette(), "3"),
        (panoptic(), str(3 + 256 * 5 + 65536)),
    ],
)
def test_numbers_of_objects(tmp_path, picture, instance):
    mask = read_instance_mask(save(tmp_path, picture), instance, IMAGE, 9, 6)
    assert mask.dtype == np.uint8
    assert ((mask == 255) == (NUMBERS == 3)).all()


def test_numbers_that_cannot_be_used(tmp_path):
    path = save(tmp_path, Image.fromarray(NUMBERS))
    with pytest.raises(InputError, match=r"has no object 4 for photo.jpg; it has 3, 7$"):
        read_instance_mask(path, "4", IMAGE, 9, 6)
    with pytest.raises(InputError, match="has no object cup"):
        read_instance_mask(path, "cup", IMAGE, 9, 6)
    with pytest.raises(InputError, match=r"has 9x6 pixels and photo.jpg 10x6"):
        read_instance_mask(path, "3", IMAGE, 10, 6)
    with pytest.raises(InputError, match="no such file"):
        read_instance_mask(tmp_path / "none.png", "3", IMAGE, 9, 6)
    path.write_text("no picture")
    with pytest.raises(InputError, match="cannot be read as numbers of objects"):
        read_instance_mask(path, "3", IMAGE, 9, 6)


def write_coco(tmp_path: Path, *segmentations: object) -> Path:
    images = [{"id": 1, "file_name": "dir/photo.jpg"}, {"id": 2, "file_name": "other.jpg"}]
    annotations = [
        {"id": number, "image_id": 1, "segmentation": segmentation}
        for number, segmentation in enumerate(segmentations, start=11)
    ]
    path = tmp_path / f"coco_{len(segmentations)}_{abs(hash(str(segmentations)))}.json"
    tree = {"images": images, "annotations": [*annotations, {"id": 99, "image_id": 2, "segmentation": []}]}
    path.write_text(json.dumps(tree))
    return path


def test_run_length_codes():
    assert (decode_run_lengths(CODE, "here") == CODED).all()
    columns = CODED.T.ravel()
    changes = [0, *(np.flatnonzero(np.diff(columns)) + 1).tolist(), len(columns)]
    counts = np.diff(changes).tolist()
    assert (decode_run_lengths({"size": [6, 9], "counts": counts}, "here") == CODED).all()


@pytest.mark.parametrize(
    "code",
    [{}, {"size": [6, 9]}, {"size": [6, 9], "counts": [3]}, {"size": [6, 9], "counts": "=4"}, {**CODE, "size": 5}],
)
def test_run_length_codes_that_are_none(code):
    with pytest.raises(InputError, match=r"^here has a run-length code"):
        decode_run_lengths(code, "here")


def test_annotations_of_coco(tmp_path):
    square = [[2.0, 1.0, 7.0, 1.0, 7.0, 5.0, 2.0, 5.0]]
    path = write_coco(tmp_path, square, CODE)
    assert ((read_instance_mask(path, "11", IMAGE, 9, 6) == 255) == (NUMBERS == 3)).all()
    assert ((read_instance_mask(path, "12", IMAGE, 9, 6) == 255) == CODED).all()
    only = write_coco(tmp_path, square)
    assert (read_instance_mask(only, "", IMAGE, 9, 6) > 0).any()


def test_polygons_cover_parts_of_pixels(tmp_path):
    triangle = [[1.0, 1.0, 7.0, 1.0, 1.0, 5.0]]
    mask = read_instance_mask(write_coco(tmp_path, triangle), "11", IMAGE, 9, 6)
    assert mask.sum() / 255 == pytest.approx(12, rel=0.08)  # half of six by four
    assert ((mask > 0) & (mask < 255)).any()


@pytest.mark.parametrize(
    ("segmentation", "instance", "reason"),
    [
        ([], "11", "annotation 11 has no segmentation"),
        ([[1, 2, 3]], "11", "polygon that is no list"),
        ([[1, 2, 3, 4]], "11", "fewer than 3 points"),
        ({"size": [6, 8], "counts": [48]}, "11", "is of 8x6 pixels, its image has 9x6"),
        (CODE, "99", "annotation 99 is of other.jpg, not of photo.jpg"),
        (CODE, "5", "has no annotation 5; photo.jpg asks for it"),
    ],
)
def test_annotations_that_cannot_be_used(tmp_path, segmentation, instance, reason):
    path = write_coco(tmp_path, segmentation)
    with pytest.raises(InputError, match=reason) as caught:
        read_instance_mask(path, instance, IMAGE, 9, 6)
    assert str(caught.value).startswith(f"{path}: ")


def test_which_of_several_annotations_is_asked(tmp_path):
    path = write_coco(tmp_path, CODE, CODE)
    with pytest.raises(
        InputError, match=r"has 2 annotations of photo.jpg \(11, 12\); photo.jpg needs one: name its id"
    ):
        read_instance_mask(path, "", IMAGE, 9, 6)
    with pytest.raises(InputError, match=r"has no annotation of it; c.jpg needs one"):
        read_instance_mask(path, "", Path("c.jpg"), 9, 6)
    other = tmp_path / "list.json"
    other.write_text("[]")
    with pytest.raises(InputError, match="has no images and annotations with ids"):
        read_instance_mask(other, "", IMAGE, 9, 6)


def test_an_image_with_the_mask_of_one_object(tmp_path):
    numbers = np.kron(NUMBERS, np.ones((4, 4), dtype=np.uint8))
    Image.fromarray(numbers).save(tmp_path / "ids.png")
    picture = np.full((*numbers.shape, 3), 90, dtype=np.uint8)
    Image.fromarray(picture).save(tmp_path / "photo.png")
    image = load_marked_image(tmp_path / "photo.png", tmp_path / "ids.png", "3")
    assert (image.mask_source, image.mask.shape) == ("file", (1, 24, 36))
    assert ((image.mask[0].numpy() == 255) == (numbers == 3)).all()
    whole = load_marked_image(tmp_path / "photo.png", save(tmp_path, Image.fromarray(np.uint8(255 * (numbers == 3)))))
    assert (whole.mask == image.mask).all()
    clear = np.dstack([picture, np.uint8(255 * (numbers == 3))])
    Image.fromarray(clear).save(tmp_path / "clear.png")
    with pytest.raises(InputError, match="has alpha, which is its mask"):
        load_marked_image(tmp_path / "clear.png", tmp_path / "ids.png")
    Image.fromarray(np.uint8(numbers == 7) * 0).save(tmp_path / "none.png")
    with pytest.raises(InputError, match="has no object 3"):
        load_marked_image(tmp_path / "photo.png", tmp_path / "none.png", "3")
