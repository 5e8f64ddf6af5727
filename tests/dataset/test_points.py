"""Points on objects, from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from camera_estimation.dataset import load_points
from camera_estimation.dataset.naming import entry_of
from camera_estimation.errors import InputError


def test_json_and_csv_say_the_same(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"x.jpg": [12, 8.5], "y": [[1, 2], [3, 4]]}))
    (tmp_path / "a.csv").write_text("image, x, y\nx.jpg, 12, 8.5\ny, 1, 2\ny, 3, 4\n")
    expected = {"x.jpg": ((12.0, 8.5),), "y": ((1.0, 2.0), (3.0, 4.0))}
    assert load_points(tmp_path / "a.json") == load_points(tmp_path / "a.csv") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "not an object"),
        ("{}", "names no images"),
        ('{"a": []}', "has no point"),
        ('{"a": [1]}', "two numbers"),
        ('{"a": [1, "b"]}', "two numbers"),
        ('{"a": [1, NaN]}', "finite"),
        ('{"a": 3}', "has no point"),
    ],
)
def test_other_things_are_told_in_one_line(tmp_path, content, message):
    file = tmp_path / "points.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"points\.json") as caught:
        load_points(file)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_columns_that_lack_are_named(tmp_path):
    (tmp_path / "p.csv").write_text("image,x\na,1\n")
    with pytest.raises(InputError, match="no column y"):
        load_points(tmp_path / "p.csv")


def test_names_are_those_of_files_or_stems():
    assert entry_of({"folder/a.jpg": 1, "b": 2}, Path("x/a.jpg")) == 1
    assert entry_of({"folder/a.jpg": 1, "b": 2}, Path("x/b.png")) == 2
    assert entry_of({"c/a.jpg": 1, "d/a.jpg": 2}, Path("a.jpg")) is None
    assert entry_of({"a.jpg": 1, "a": 2}, Path("a.jpg")) == 1
