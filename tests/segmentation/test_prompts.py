"""Categories, the file of prompts, and names of segmenters."""

from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.errors import InputError
from camera_estimation.segmentation.categories import DEFAULT_CATEGORIES, select_categories
from camera_estimation.segmentation.names import SegmenterName, segmenter_name
from camera_estimation.segmentation.prompts import Prompt, load_prompts

FILE = """
[categories.hat]
weight = 0.7
words = ["hat", "cap"]

[categories.hair]
weight = 0

[images."photo.jpg"]
box = [40, 30, 200, 220]
points = [[120, 80]]
background_points = [[10, 10.5]]

[[images."photo.jpg".face]]
box = [1, 2, 3, 4]

[[images."photo.jpg".face]]
points = [[5, 6]]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "prompts.toml"
    path.write_text(text)
    return path


def test_default_weights():
    weights = {name: category.weight for name, category in DEFAULT_CATEGORIES.items()}
    expected = {"face": 1.0, "body": 0.5, "clothing": 0.8, "hair": 0.6, "background": 0.1, "lighting": 0.3}
    assert weights == {"foreground": 1.0, **expected}
    assert DEFAULT_CATEGORIES["hair"].words == ("hair", "bangs")


def test_a_file_adds_and_changes_categories(tmp_path):
    categories = load_prompts(written(tmp_path, FILE)).categories
    assert (categories["hat"].weight, categories["hat"].words) == (0.7, ("hat", "cap"))
    assert (categories["hair"].weight, categories["hair"].words) == (0.0, ("hair", "bangs"))
    assert categories["face"] == DEFAULT_CATEGORIES["face"]
    assert [category.name for category in select_categories(["hat", "face", "hat"], categories)] == ["hat", "face"]


def test_a_category_without_words_is_its_own_word(tmp_path):
    categories = load_prompts(written(tmp_path, "[categories.cap_badge]\nweight = 2")).categories
    assert categories["cap_badge"].words == ("cap badge",)


def test_prompts_of_an_image(tmp_path):
    prompts = load_prompts(written(tmp_path, FILE))
    of_image = prompts.of(Path("somewhere/photo.jpg"))
    assert of_image["foreground"] == (Prompt((40, 30, 200, 220), ((120, 80),), ((10, 10.5),)),)
    assert of_image["face"] == (Prompt((1, 2, 3, 4)), Prompt(points=((5, 6),)))
    assert prompts.of(Path("other.jpg")) == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[images", "not a valid TOML"),
        ("[pictures]", "unknown table 'pictures'"),
        ("[categories.face_2]", "small letters"),
        ("[categories.face]\nweight = -1", "'weight'"),
        ("[categories.face]\nwords = []", "'words'"),
        ("[categories.face]\ncolour = 1", "weight and words"),
        ('[images."a.png"]\nbox = [1, 2, 3]', "is not 4 numbers"),
        ('[images."a.png"]\nbox = [9, 2, 3, 4]', "empty box"),
        ('[images."a.png"]\npoints = [[1, nan]]', "is not 2 numbers"),
        ('[images."a.png".elbow]\nbox = [1, 2, 3, 4]', "[categories.elbow]"),
        ('[images."a.png".background]\nbox = [1, 2, 3, 4]', "no category that can be pointed at"),
        ('[images."a.png".face]\nboxes = [1, 2, 3, 4]', "give box ="),
        ("images = 3", "'images'"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(tmp_path, text, told):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_prompts(path)
    assert told in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_prompts(tmp_path / "absent.toml")


def test_unknown_categories_are_told():
    with pytest.raises(InputError, match=r"did you mean face\?"):
        select_categories(["fase"], DEFAULT_CATEGORIES)


def test_names_of_segmenters():
    assert segmenter_name("plain") == SegmenterName("plain")
    assert segmenter_name("rembg") == SegmenterName("rembg", "u2netp")
    assert str(segmenter_name("rembg:isnet-general-use")) == "rembg:isnet-general-use"
    assert segmenter_name("sam2:/a/folder").model == "/a/folder"
    assert segmenter_name("sam3").model == "facebook/sam3"


@pytest.mark.parametrize(
    ("text", "told"),
    [("grabcat", "did you mean grabcut?"), ("plain:x", "has no models"), ("rembg:u3net", "unknown model")],
)
def test_wrong_names_of_segmenters(text, told):
    with pytest.raises(InputError) as caught:
        segmenter_name(text)
    assert told in str(caught.value)
