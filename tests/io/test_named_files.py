"""Files that may have one of several names."""

from __future__ import annotations

from pathlib import Path

from camera_estimation.io import find_named_files, input_path


def test_files_are_found_in_the_order_of_their_names(tmp_path, monkeypatch):
    for name in ("b.png", "a.png"):
        (tmp_path / name).touch()
    (tmp_path / "c.png").mkdir()
    names = ["a.png", "c.png", "d.png", "b.png"]
    assert list(find_named_files(tmp_path, names)) == [tmp_path / "a.png", tmp_path / "b.png"]
    monkeypatch.chdir(tmp_path)
    assert list(find_named_files(Path(), names)) == [Path("a.png"), Path("b.png")]


def test_folders_that_are_not_there_and_impossible_names_have_none(tmp_path):
    assert not list(find_named_files(tmp_path / "none", ["a.png"]))
    assert not list(find_named_files(tmp_path, ["a" * 5000, "a\0.png"]))


def test_names_in_cloud_storage_are_asked_for_at_once(monkeypatch):
    asked = []
    monkeypatch.setattr("camera_estimation.io.named_files.look_up_objects", lambda paths: asked.append(list(paths)))
    monkeypatch.setattr("camera_estimation.io.named_files.names_file", lambda path: path.name == "b.png")
    folder = input_path("s3://bucket/images")
    assert list(find_named_files(folder, ["a.png", "b.png"])) == [folder / "b.png"]
    assert asked == [[folder / "a.png", folder / "b.png"]]
