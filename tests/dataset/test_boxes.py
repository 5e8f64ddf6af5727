"""Files of rough boxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from camera_estimation.dataset.boxes import box_of, load_boxes
from camera_estimation.errors import InputError


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_json_and_csv_say_the_same(tmp_path):
    json_file = written(tmp_path, "boxes.json", '{"photos/a.jpg": [1, 2.5, 30, 40], "b": [0, 0, 9, 9]}')
    csv_file = written(tmp_path, "boxes.csv", "image, left, top, right, bottom\nphotos/a.jpg,1,2.5,30,40\nb,0,0,9,9\n")
    boxes = load_boxes(json_file)
    assert boxes == load_boxes(csv_file)
    assert box_of(boxes, Path("elsewhere/a.jpg")) == (1, 2.5, 30, 40)
    assert box_of(boxes, Path("b.png")) == (0, 0, 9, 9)
    assert box_of(boxes, Path("c.png")) is None


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[]", "not an object"),
        ("a.json", "{}", "names no images"),
        ("a.json", '{"x": [1, 2, 3]}', "no four numbers"),
        ("a.json", '{"x": [1, 2, 3, "d"]}', "something else"),
        ("a.json", '{"x": [1, 2, 3, true]}', "something else"),
        ("a.json", '{"x": [1, 2, 3, NaN]}', "not finite"),
        ("a.json", '{"x": [5, 2, 3, 4]}', "empty box"),
        ("a.csv", "image,left,top\nx,1,2\n", "no column right, bottom"),
        ("a.csv", "image,left,top,right,bottom\nx,1,2,3\n", "something else"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path, name, text, reason):
    path = written(tmp_path, name, text)
    with pytest.raises(InputError, match=reason) as caught:
        load_boxes(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_boxes(tmp_path / "none.json")
    binary = tmp_path / "a.json"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not a text file"):
        load_boxes(binary)
