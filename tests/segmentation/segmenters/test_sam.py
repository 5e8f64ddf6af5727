"""SAM 2 and SAM 3 as transformers loads them, with small random weights that the test writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from camera_estimation.errors import InputError, MissingWeightsError
from camera_estimation.segmentation import _pretrained as pretrained
from camera_estimation.segmentation.categories import DEFAULT_CATEGORIES, Category
from camera_estimation.segmentation.loading import create_segmenter, fetch_segmenter_weights
from camera_estimation.segmentation.names import segmenter_name
from camera_estimation.segmentation.picture import Picture
from camera_estimation.segmentation.prompts import Prompt
from camera_estimation.segmentation.regions import masks_by_name
from tests.support.masks import disc, speckled, write_sam2, write_sam3

transformers = pytest.importorskip("transformers", minversion="5")

FOREGROUND = (DEFAULT_CATEGORIES["foreground"],)


@pytest.fixture(scope="module")
def sam2(tmp_path_factory):
    return create_segmenter(f"sam2:{write_sam2(tmp_path_factory.mktemp('sam2'))}", "cpu")


@pytest.fixture(scope="module")
def sam3(tmp_path_factory):
    return create_segmenter(f"sam3:{write_sam3(tmp_path_factory.mktemp('sam3'))}", "cpu")


def picture(**prompts: tuple[Prompt, ...]) -> Picture:
    return Picture(Path("made.png"), speckled(disc()), prompts=prompts)


@pytest.mark.parametrize(
    ("prompt", "given"),
    [
        (Prompt((20, 16, 60, 56)), {"input_boxes": [[[20, 16, 60, 56]]]}),
        (Prompt(points=((40, 36),)), {"input_points": [[[[40, 36]]]], "input_labels": [[[1]]]}),
        (
            Prompt((20, 16, 60, 56), ((40, 36),), ((5, 5),)),
            {
                "input_boxes": [[[20, 16, 60, 56]]],
                "input_points": [[[[40, 36], [5, 5]]]],
                "input_labels": [[[1, 0]]],
            },
        ),
    ],
)
def test_sam2_gives_what_the_library_gives(sam2, prompt, given):
    """As its documentation calls it: picture and prompts together."""
    shown = picture(foreground=(prompt,))
    network, processor = sam2._network, sam2._processor
    inputs = processor(images=Image.fromarray(shown.rgb), return_tensors="pt", **given)
    with torch.no_grad():
        outputs = network(**inputs, multimask_output="input_boxes" not in given)
    sizes = inputs["original_sizes"]
    masks = processor.post_process_masks(outputs.pred_masks, sizes, binarize=False)[0][0]
    expected = masks[outputs.iou_scores[0, 0].argmax()].sigmoid().numpy()
    (found,) = sam2.segment(shown, FOREGROUND)["foreground"]
    assert found.shape == (72, 96)
    assert np.allclose(found, expected, atol=1e-6)


def test_sam2_without_prompts_looks_at_the_whole_picture(sam2):
    (whole,) = sam2.segment(picture(), FOREGROUND)["foreground"]
    margins = (0.04 * 96, 0.04 * 72, 0.96 * 96, 0.96 * 72)
    (boxed,) = sam2.segment(picture(foreground=(Prompt(margins),)), FOREGROUND)["foreground"]
    assert np.array_equal(whole, boxed)


def test_sam2_finds_the_categories_that_are_pointed_at(sam2):
    shown = picture(face=(Prompt((2, 2, 40, 40)), Prompt(points=((70, 30),))))
    found = sam2.segment(shown, tuple(DEFAULT_CATEGORIES.values()))
    assert {name: len(masks) for name, masks in found.items()} == {"foreground": 1, "face": 2}


def test_sam3_gives_what_the_library_gives(sam3, monkeypatch):
    """As its documentation calls it: picture and word together."""
    monkeypatch.setattr("camera_estimation.segmentation.segmenters.sam3.LEAST_SCORE", 0.0)
    shown, processor = picture(), sam3._processor
    inputs = processor(images=Image.fromarray(shown.rgb), text="hat", return_tensors="pt")
    with torch.no_grad():
        outputs = sam3._network(**inputs)
    sizes = inputs["original_sizes"].tolist()
    (result,) = processor.post_process_instance_segmentation(outputs, threshold=0.0, target_sizes=sizes)
    expected = result["masks"][result["scores"].argmax()].numpy()
    (found,) = sam3.segment(shown, (Category("foreground", words=("hat",)),))["foreground"]
    assert np.array_equal(found > 0.5, expected > 0)


def test_sam3_finds_nothing_below_its_least_score(sam3, monkeypatch):
    monkeypatch.setattr("camera_estimation.segmentation.segmenters.sam3.LEAST_SCORE", 1.0)
    assert masks_by_name(sam3.segment(picture(), tuple(DEFAULT_CATEGORIES.values()))) == {}


def test_sam3_numbers_people_and_what_is_theirs(sam3, monkeypatch):
    left, right = disc(center=(24, 36), radius=18), disc(center=(70, 36), radius=18)
    answers = {
        "person": [(right, 0.9), (left, 0.8)],
        "face": [(disc(center=(70, 28), radius=6), 0.9)],
        "hair": [(disc(center=(70, 22), radius=3), 0.9), (disc(center=(24, 22), radius=3), 0.7)],
        "main object": [(right, 0.9), (left, 0.95)],
    }
    monkeypatch.setattr(
        sam3, "_find", lambda word, *_: [(m.astype(np.float32), score) for m, score in answers.get(word, [])]
    )
    masks = masks_by_name(sam3.segment(picture(), tuple(DEFAULT_CATEGORIES.values())))
    assert set(masks) == {"person", "person_1", "person_2", "face", "face_2", "hair", "hair_1", "hair_2", "foreground"}
    assert np.array_equal(masks["person_1"] > 0, left)
    assert masks["hair_1"][:, :48].any()
    assert not masks["hair_1"][:, 48:].any()
    assert np.array_equal(masks["foreground"] > 0, left)  # the surest
    boxed = sam3.segment(picture(foreground=(Prompt((52, 18, 88, 54)),)), FOREGROUND)
    assert np.array_equal(masks_by_name(boxed)["foreground"] > 0, right)


def test_sam3_takes_boxes_but_no_points(sam3):
    sam3.segment(picture(foreground=(Prompt((20, 16, 60, 56)),)), FOREGROUND)
    with pytest.raises(InputError, match="--segmenter sam2"):
        sam3.segment(picture(foreground=(Prompt(points=((4, 4),)),)), FOREGROUND)


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))


@pytest.mark.usefixtures("no_cache")
def test_missing_weights():
    with pytest.raises(MissingWeightsError, match=r"camera-masks --segmenter sam2:.* --fetch_weights") as caught:
        create_segmenter("sam2", "cpu")
    assert "gated" not in str(caught.value)


@pytest.mark.usefixtures("no_cache")
def test_missing_gated_weights():
    with pytest.raises(
        MissingWeightsError, match=r"gated: accept the licence on https://huggingface\.co/facebook/sam3"
    ):
        create_segmenter("sam3", "cpu")


def test_a_folder_without_a_network(tmp_path):
    with pytest.raises(InputError, match="cannot be loaded") as caught:
        create_segmenter(f"sam2:{tmp_path}", "cpu")
    assert "\n" not in str(caught.value)


def test_transformers_is_not_installed(monkeypatch):
    monkeypatch.setattr(pretrained, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'camera-estimation\[sam\]'"):
        create_segmenter("sam2", "cpu")


def test_a_download_that_fails_is_one_line(monkeypatch):
    def refuse(*_, **__):
        raise ConnectionError("no\nroute")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(InputError, match=r"cannot be downloaded \(ConnectionError: no route\); they are gated"):
        fetch_segmenter_weights(segmenter_name("sam3"))
