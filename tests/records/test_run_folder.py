from __future__ import annotations

from datetime import datetime

import pytest

from camera_estimation.errors import InputError
from camera_estimation.records.run_folder import new_run_folder, run_name

STARTED = datetime(2026, 3, 4, 5, 6, 7)


def test_run_name():
    assert run_name("meshes", "silhouette_color", "fast", STARTED) == "meshes_silhouette_color_fast_20260304-050607"


@pytest.mark.parametrize(
    ("data", "expected"),
    [("my chairs/ü", "my-chairs"), ("..", "data"), ("", "data"), ("a" * 100, "a" * 60), ("v1.2_b", "v1.2_b")],
)
def test_names_are_safe(data, expected):
    assert run_name(data, "l1", "fast", STARTED) == f"{expected}_l1_fast_20260304-050607"


def test_runs_of_one_second_get_numbers(tmp_path):
    folders = [new_run_folder(tmp_path / "out", "run") for _ in range(3)]
    assert [folder.name for folder in folders] == ["run", "run-2", "run-3"]
    assert all(folder.is_dir() for folder in folders)


def test_output_folder_that_is_a_file(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="out"):
        new_run_folder(tmp_path / "out", "run")
