"""Camera files that the fuzzer broke so that something else than one line came out."""

from __future__ import annotations

import json

import pytest

from camera_estimation.dataset import load_intrinsics
from camera_estimation.errors import InputError
from camera_estimation.results import load_initial_poses

CAMERAS = "1 PINHOLE 64 48 60 60 32 24\n"


def test_a_name_with_a_zero_in_it(tmp_path):
    (tmp_path / "cameras.txt").write_text(CAMERAS)
    (tmp_path / "images.txt").write_text("1 1 0 0 0 0 0 3 1 a\0b.png\n\n")
    assert len(load_initial_poses(tmp_path / "images.txt").index) == 1


def test_a_size_beyond_floating_point(tmp_path):
    path = tmp_path / "cameras.txt"
    path.write_text(CAMERAS.replace("64", "9" * 400))
    with pytest.raises(InputError, match="as its size; give width and height"):
        load_intrinsics(path)


def test_a_pose_of_three_rows(tmp_path):
    rows = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 3.0]]
    camera = {"width": 64, "height": 48, "fx": 60.0, "fy": 60.0, "cx": 32.0, "cy": 24.0, "world_to_camera": rows}
    (tmp_path / "init.json").write_text(json.dumps({"a": camera}))
    with pytest.raises(InputError, match="not 4x4 finite numbers"):
        load_initial_poses(tmp_path / "init.json")
