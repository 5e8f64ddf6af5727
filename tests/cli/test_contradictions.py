from __future__ import annotations

from dataclasses import replace

import pytest

from camera_estimation.cli.contradictions import (
    check_focal_flags,
    check_initialization_flags,
    check_input_flags,
    check_mask_flags,
    check_picture_flags,
)
from camera_estimation.configuration import Configuration
from camera_estimation.configuration.conversion import merge_settings
from camera_estimation.errors import InputError

INPUTS = {"input_dir": None, "source_images_dir": None, "pairs": None, "demo": False}
MASKS = {"boxes": None, "keypoints_dir": None, "depth_dir": None, "joint": False}
UNMASKED = replace(Configuration(), mask="none")


@pytest.fixture
def starts(tmp_path):
    flags = {"random_init": None, "init": None, "resume_from": None, "sequence": False, "joint": False}
    return {**flags, "joint_focal": None, "overwrite": False, "record": False, "output_dir": tmp_path}


@pytest.mark.parametrize("flags", [{"demo": True}, {"pairs": "pairs.csv"}, {"input_dir": "in"}])
def test_one_way_to_name_samples(flags):
    check_input_flags({**INPUTS, **flags})


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({}, "give --input_dir"),
        ({"source_images_dir": "images"}, "give --input_dir"),
        ({"demo": True, "source_images_dir": "images"}, "--demo brings its own"),
        ({"demo": True, "pairs": "pairs.csv"}, "--demo brings its own"),
        ({"pairs": "pairs.csv", "input_dir": "in"}, "--pairs names its own files"),
    ],
)
def test_two_ways_or_none(flags, message):
    with pytest.raises(InputError, match=message):
        check_input_flags({**INPUTS, **flags})


@pytest.mark.parametrize("pictures", [None, "none"])
def test_no_pictures_may_be_said_twice(pictures):
    check_picture_flags({"no_pictures": True, "pictures": pictures})


def test_pictures_are_wanted_or_not():
    with pytest.raises(InputError, match="--no_pictures is --pictures none, not overlay: give one of them"):
        check_picture_flags({"no_pictures": True, "pictures": "overlay"})


def test_the_focal_length_is_estimated_or_not():
    check_focal_flags({"optimize_fov": True, "fix_fov": False})
    with pytest.raises(InputError, match="--optimize_fov estimates the focal length, --fix_fov does not"):
        check_focal_flags({"optimize_fov": True, "fix_fov": True})


@pytest.mark.parametrize(
    ("flags", "settings", "message"),
    [
        ({}, {"mask": "none", "evidence": {"matches": "alike"}}, "--matches is for images with masks"),
        ({"joint": True}, {"evidence": {"matches": "alike"}}, "--matches refines each image for itself"),
        ({"depth_dir": "depth"}, {"mask": "none"}, "--depth_dir is for images with masks"),
        ({}, {"mask": "none", "evidence": {"region_weights": {"hair": 0.5}}}, "--region_weights is for images with"),
        ({}, {"mask": "none", "segmenter": "grabcut"}, "--segmenter makes masks"),
    ],
)
def test_masks_that_are_needed_or_not(flags, settings, message):
    with pytest.raises(InputError, match=message):
        check_mask_flags({**MASKS, **flags}, merge_settings(Configuration(), settings))


def test_boxes_are_for_images_without_masks_or_a_segmenter():
    check_mask_flags({**MASKS, "boxes": "boxes.json"}, UNMASKED)
    check_mask_flags({**MASKS, "boxes": "boxes.json"}, replace(Configuration(), segmenter="grabcut"))


@pytest.mark.parametrize(
    ("flags", "unmasked", "message"),
    [
        ({"random_init": 3, "init": "poses.json"}, False, "--random_init and --init both say"),
        ({"random_init": 3, "sequence": True}, False, "--random_init and --sequence both say"),
        ({"init": "poses.json"}, True, "--init judges poses by the mask"),
        ({"sequence": True}, True, "--sequence judges poses by the mask"),
        ({"joint": True}, True, "--joint judges poses by the mask"),
        ({"joint": True, "sequence": True}, False, "--joint .* leave --sequence away"),
        ({"joint": True, "init": "poses.json"}, False, "--joint .* leave --init away"),
        ({"joint_focal": "own"}, False, "--joint_focal .* add --joint"),
    ],
)
def test_where_estimates_start(starts, flags, unmasked, message):
    with pytest.raises(InputError, match=message):
        check_initialization_flags({**starts, **flags}, unmasked, refined=True)


def test_a_run_is_not_gone_on_from_into_its_own_folder(starts, tmp_path):
    for place in (tmp_path, tmp_path / "poses.json"):
        with pytest.raises(InputError, match="choose another --output_dir"):
            check_initialization_flags({**starts, "resume_from": place}, unmasked=False, refined=False)
    check_initialization_flags({**starts, "resume_from": tmp_path, "overwrite": True}, unmasked=False, refined=False)
    check_initialization_flags({**starts, "resume_from": tmp_path, "record": True}, unmasked=False, refined=False)
    check_initialization_flags(
        {**starts, "resume_from": tmp_path / "other" / "poses.json"}, unmasked=False, refined=False
    )


def test_frames_that_are_followed_need_no_masks(starts):
    check_initialization_flags({**starts, "sequence": True}, unmasked=True, refined=False)
