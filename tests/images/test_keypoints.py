"""Files of keypoints."""

from __future__ import annotations

import json

import pytest
import torch

from camera_estimation.errors import InputError
from camera_estimation.images.evidence_files import keypoints_file
from camera_estimation.images.keypoints import load_keypoints

POINT = '{"xyz": [1, 2, 3], "uv": [4, 5]}'


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_json_and_csv_say_the_same(tmp_path):
    entries = [
        {"xyz": [1, 2.5, -3], "uv": [40.5, 7], "confidence": 0.25, "name": "left eye"},
        {"xyz": [0, 0, 1e6], "uv": [-3, 9]},
    ]
    json_file = written(tmp_path, "a.json", json.dumps(entries))
    csv_file = written(
        tmp_path, "a.csv", "X, Y, Z, U, V, Confidence, Name\n1,2.5,-3,40.5,7,0.25, left eye\n0,0,1e6,-3,9,,\n"
    )
    for points in map(load_keypoints, (json_file, csv_file)):
        assert len(points) == 2
        assert points.names == ("left eye", "2")
        assert points.xyz.dtype == points.uv.dtype == points.confidence.dtype == torch.float64
        assert points.xyz.tolist() == [[1, 2.5, -3], [0, 0, 1e6]]
        assert points.uv.tolist() == [[40.5, 7], [-3, 9]]
        assert points.confidence.tolist() == [0.25, 1]


def test_columns_in_any_order_without_the_optional_ones(tmp_path):
    points = load_keypoints(written(tmp_path, "a.csv", "\ufeffv,u,z,y,x\n5,4,3,2,1\n"))
    assert points.xyz.tolist() == [[1, 2, 3]]
    assert points.uv.tolist() == [[4, 5]]


def test_the_file_of_an_image(tmp_path):
    for name in ("a.json", "a.csv", "b.1.csv"):
        written(tmp_path, name, "")
    assert keypoints_file(tmp_path, "images/a.png") == tmp_path / "a.json"
    assert keypoints_file(tmp_path, "images/b.1.jpg") == tmp_path / "b.1.csv"
    assert keypoints_file(tmp_path, "images/b.jpg") is None
    assert keypoints_file(tmp_path / "none", "a.png") is None


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.json", "[", "not valid JSON"),
        ("a.json", "{}", "not a list"),
        ("a.json", "[]", "no keypoints"),
        ("a.json", f"[{POINT}, 3]", "entry 2 is not an object"),
        ("a.json", f'[{POINT}, {{"xyz": [1, 2], "uv": [4, 5]}}]', "entry 2: xyz is not a list of 3"),
        ("a.json", '[{"xyz": [1, 2, 3]}]', "entry 1: uv is not a list of 2"),
        ("a.json", '[{"xyz": [1, 2, "c"], "uv": [4, 5]}]', "entry 1: xyz is not 3 numbers"),
        ("a.json", '[{"xyz": [1, 2, true], "uv": [4, 5]}]', "entry 1: xyz is not 3 numbers"),
        ("a.json", '[{"xyz": [1, 2, null], "uv": [4, 5]}]', "entry 1: xyz is not 3 numbers"),
        ("a.json", '[{"xyz": [1, 2, 3], "uv": [4, NaN]}]', "entry 1: uv has a number that is not finite"),
        ("a.json", '[{"xyz": [1, 2, 1e999], "uv": [4, 5]}]', "entry 1: xyz has a number that is not finite"),
        ("a.json", '[{"xyz": [1, 2, 3], "uv": [4, 5], "confidence": -1}]', "entry 1 has confidence -1"),
        ("a.json", '[{"xyz": [1, 2, 3], "uv": [4, 5], "confidence": "x"}]', "entry 1: confidence is not 1 number"),
        ("a.json", '[{"xyz": [1, 2, 3], "uv": [4, 5], "confidence": 0}]', "every keypoint has confidence 0"),
        ("a.json", '[{"xyz": [1, 2, 3], "uv": [4, 5], "name": 7}]', "entry 1 has a name that is no text"),
        ("a.json", '[{"xyz": [1, 2, 3], "uv": [4, 5], "conf": 1}]', "entry 1 has an unknown key 'conf'"),
        ("a.csv", "", "no keypoints"),
        ("a.csv", "x,y,z,u,v\n", "no keypoints"),
        ("a.csv", "x,y,z,u\n1,2,3,4\n", "no column v"),
        ("a.csv", "x,y,z,u,v,w\n1,2,3,4,5,6\n", "unknown column 'w'"),
        ("a.csv", "x,y,z,u,v,X\n1,2,3,4,5,6\n", "a column twice"),
        ("a.csv", "x,y,z,u,v\n1,2,3,4,5\n1,2,3,4\n", "entry 2: uv is not 2 numbers"),
        ("a.csv", "x,y,z,u,v\n1,2,3,4,5,6\n", "entry 1 has more cells"),
        ("a.csv", "x,y,z,u,v\n1,2,3,inf,5\n", "entry 1: uv has a number that is not finite"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path, name, text, reason):
    path = written(tmp_path, name, text)
    with pytest.raises(InputError, match=reason) as caught:
        load_keypoints(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert ";" in message  # what to do follows


def test_missing_folders_and_binary_files(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_keypoints(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        load_keypoints(tmp_path)
    binary = tmp_path / "a.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(InputError, match="not a text file"):
        load_keypoints(binary)
