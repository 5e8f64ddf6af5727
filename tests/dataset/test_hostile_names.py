"""Names of samples become folders: whatever pictures are called, they lead to one folder of the run each."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given, strategies as st

from camera_estimation.dataset import is_safe_name, safe_sample_name
from camera_estimation.dataset.naming import LONGEST_NAME, unique_names
from camera_estimation.errors import InputError
from camera_estimation.results import read_entries, read_poses, sample_folder

MESH = Path("spot.glb")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("spot", "spot"),
        ("изображение 牛_ü", "изображение 牛_ü"),
        ("a.b", "a.b"),
        ("..", "_"),
        (".", "_"),
        ("", "_"),
        ("../../x", ".._.._x"),
        ("a\nb\x1b[31m", "a_b_[31m"),
        ('<a>:"b"|?*', "_a___b____"),
        ("ends. . ", "ends"),
        ("con", "_con"),
        ("LPT1.front", "_LPT1.front"),
        ("console", "console"),
        ("half \ud800", "half _"),
    ],
)
def test_names_that_are_safe(written, name):
    assert safe_sample_name(written) == name


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_becomes_a_name(written):
    name = safe_sample_name(written)
    assert is_safe_name(name)
    assert len(name.encode()) <= LONGEST_NAME + 1  # an underscore before the name of a device
    assert safe_sample_name(name) == name
    assert not PureWindowsPath(name).is_reserved()
    assert (Path("out") / name).name == name


def test_long_names_differ_by_their_ends():
    first, second = (safe_sample_name("ü" * 300 + end) for end in "ab")
    assert first != second
    assert len(first.encode()) <= LONGEST_NAME


def test_names_of_pictures():
    names = unique_names([(MESH, Path(path)) for path in ("x/..", "x/a", "y/A.png", "y/é.png", "z/e\u0301.png")])
    assert names == ["_", "a__spot", "A__spot_2", "é__spot", "e\u0301__spot_2"]
    assert all(is_safe_name(name) for name in names)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "/etc", "a\\b", "a\nb"])
def test_a_run_that_leads_elsewhere(tmp_path, name):
    assert not is_safe_name(name)
    if name in (".", ".."):
        assert sample_folder(tmp_path, name).name == f"sample_{name}"
    else:
        with pytest.raises(InputError, match="a sample cannot be named"):
            sample_folder(tmp_path, name)
    path = tmp_path / "poses.json"
    entry = f'{{"name": {name!r}, "mesh": "a", "image": "b", "status": "ok"}}'.replace("'", '"').replace("\n", "\\n")
    path.write_text(f'{{"format": "camera-estimation/poses", "version": 1, "poses": [{entry}]}}')
    for read in (read_poses, read_entries):
        with pytest.raises(InputError, match="no sample is named so"):
            read(path)
