from __future__ import annotations

import json
from pathlib import Path

import pytest

from camera_estimation.dataset.intrinsics import intrinsics_of, load_intrinsics
from camera_estimation.errors import InputError

ENTRY = {"width": 64, "fx": 100, "fy": 101.5, "cx": 32.0, "cy": -3.5}


def write(tmp_path: Path, tree: object) -> Path:
    path = tmp_path / "intrinsics.json"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    return path


def test_values_by_image_name(tmp_path):
    assert load_intrinsics(write(tmp_path, {"a.png": ENTRY})) == {"a.png": (100.0, 101.5, 32.0, -3.5)}


def test_lookup_by_file_name_then_by_stem():
    first, second, third = (1.0, 1.0, 0.0, 0.0), (2.0, 2.0, 0.0, 0.0), (3.0, 3.0, 0.0, 0.0)
    intrinsics = {"a.png": first, "a.jpg": second, "folder/b.png": third, "c.001": first}
    assert intrinsics_of(intrinsics, Path("x/a.jpg")) == second
    assert intrinsics_of(intrinsics, Path("b.webp")) == third
    assert intrinsics_of(intrinsics, Path("c.001.png")) == first
    assert intrinsics_of(intrinsics, Path("a.webp")) is None  # two images have that stem
    assert intrinsics_of(intrinsics, Path("d.png")) is None


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ("{", "not valid JSON"),
        ([], "names no images"),
        ({}, "names no images"),
        ({"a.png": 3}, "image 'a.png' has no object"),
        ({"a.png": {"fx": 1, "fy": 1, "cx": 1}}, "no usable number cy"),
        ({"a.png": {**ENTRY, "cx": "3"}}, "no usable number cx"),
        ({"a.png": {**ENTRY, "cx": True}}, "no usable number cx"),
        ({"a.png": {**ENTRY, "fy": float("nan")}}, "no usable number fy"),
        ({"a.png": {**ENTRY, "fy": 10**400}}, "no usable number fy"),
        ({"a.png": {**ENTRY, "fx": 0}}, "focal length is positive"),
    ],
)
def test_unusable_files_are_one_line_with_the_path(tmp_path, tree, reason):
    path = write(tmp_path, tree)
    with pytest.raises(InputError, match=reason) as caught:
        load_intrinsics(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_intrinsics(tmp_path / "none.json")
