from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.dataset.pairing import Sample
from camera_estimation.dataset.sequences import place_in_time, sequence_keys


def sample(image: str, mesh: str = "cat.glb") -> Sample:
    return Sample(Path(image).stem, Path(mesh), Path(image))


def groups(*samples: Sample) -> list[list[str]]:
    found: dict = {}
    for name, key in sequence_keys(samples).items():
        found.setdefault(key, []).append(name)
    return list(found.values())


def test_images_of_one_mesh_are_one_sequence():
    assert groups(sample("f_1.png"), sample("f_2.png"), sample("f_10.png")) == [["f_1", "f_2", "f_10"]]
    assert groups(sample("front.png"), sample("side.png")) == [["front", "side"]]


def test_other_names_and_other_meshes_are_other_sequences():
    cat = [sample("left_1.png"), sample("right_1.png"), sample("left_2.png")]
    dog = [sample("left_1 dog.png", "dog.glb"), sample("left_2 dog.png", "dog.glb")]
    assert groups(*cat, *dog) == [["left_1", "left_2"], ["right_1"], ["left_1 dog", "left_2 dog"]]


def test_frames_with_a_mesh_each_are_a_sequence():
    samples = [sample(f"{name}.png", f"{name}.glb") for name in ("cat_1", "dog_1", "cat_2", "cat_3")]
    assert groups(*samples) == [["cat_1", "cat_2", "cat_3"], ["dog_1"]]


@pytest.mark.parametrize(
    ("image", "number"), [("f_007.png", 7), ("12.png", 12), ("v2_0033_rgba.jpg", 33), ("front.png", None)]
)
def test_place_in_time_is_the_last_number(image, number):
    assert place_in_time(sample(image)) == number
