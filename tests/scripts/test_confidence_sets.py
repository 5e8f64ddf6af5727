"""Inputs that are made for the sets of the confidence, and the table of its runs."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from PIL import Image

from tests.support.script_files import load_script

made_inputs, sets, run_confidence_sets = (
    load_script(name) for name in ("confidence_fit.made_inputs", "confidence_fit.sets", "run_confidence_sets")
)


@pytest.fixture
def made(tmp_path):
    return made_inputs.MadeInputs(tmp_path / "inputs")


@pytest.fixture
def images(tmp_path):
    """Two pictures of 8 x 8 pixels, whose objects are in opposite corners."""
    paths = [tmp_path / name for name in ("a.png", "b.png")]
    for path, corner in zip(paths, (slice(0, 3), slice(5, 8)), strict=True):
        rgba = np.zeros((8, 8, 4), dtype=np.uint8)
        rgba[..., 0] = 50 if corner.start else 200
        rgba[corner, corner, 3] = 255
        Image.fromarray(rgba).save(path)
    return paths


def test_each_picture_gets_the_mask_of_the_next(made, images):
    first, second = (np.asarray(Image.open(path)) for path in made.swap_masks(images))
    assert (first[0, 0, 0], second[0, 0, 0]) == (200, 50)
    assert first[5:, 5:, 3].all()
    assert first[..., 3].astype(bool).sum() == 9
    assert second[5:, :3, 3].all()  # turned by 90 degrees, too


def test_boxes_are_those_of_the_masks(made, tmp_path):
    mask = np.zeros((8, 8), dtype=np.uint8)
    mask[2:5, 1:7] = 255
    Image.fromarray(mask).save(tmp_path / "a.png")
    path = made.write_boxes("real", [tmp_path / "a.jpg"], tmp_path)
    assert json.loads(path.read_text()) == {"a.jpg": [1, 2, 7, 5]}


def test_inputs_that_are_there_stay(made, images):
    path = made.swap_masks(images)[0]
    path.write_bytes(b"kept")
    assert made.swap_masks(images)[0].read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("mesh", "name"), [("meshes/trellis_chair.glb", "chair"), ("hunyuan_red_car.glb", "red_car"), ("spot.glb", "spot")]
)
def test_objects_are_told_by_their_names(mesh, name):
    assert sets.object_name(mesh) == name


def test_runs_of_earlier_calls_stay_in_the_table(tmp_path):
    path = tmp_path / "sets.csv"
    for name, truth in (("dev", "before.csv"), ("crossed", "wrong"), ("dev", "pairs.csv")):
        run_confidence_sets.write_table(path, [sets.ConfidenceSet(name, [], truth)])
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{"name": "dev", "truth": "pairs.csv"}, {"name": "crossed", "truth": "wrong"}]
