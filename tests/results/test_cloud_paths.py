"""Files of results name inputs in cloud storage by their URLs, wherever they lie."""

from __future__ import annotations

import pytest

from camera_estimation.export import path_between
from camera_estimation.io import ObjectPath, input_path
from camera_estimation.results.entry_paths import entry_from_file, entry_in_file

ENTRY = {
    "mesh": "s3://bucket/meshes/a.glb",
    "image": "s3://bucket/clip.mp4/clip_000003",
    "object": {"mask": "s3://bucket/ids.png", "instance": "3"},
}


def test_urls_stay_urls(tmp_path):
    written = entry_in_file(ENTRY, tmp_path)
    assert {key: written[key] for key in ENTRY} == ENTRY
    assert written["absolute_paths"] == {
        **{key: ENTRY[key] for key in ("mesh", "image")},
        "mask": "s3://bucket/ids.png",
    }
    assert entry_from_file(written, tmp_path / "moved") == ENTRY


def test_a_file_in_storage_names_what_is_beside_it():
    folder = input_path("s3://bucket/out")
    entry = {"mesh": "../meshes/a.glb", "image": "a.png", "absolute_paths": {}}
    assert entry_from_file(entry, folder) == {"mesh": "s3://bucket/meshes/a.glb", "image": "s3://bucket/out/a.png"}


@pytest.mark.parametrize("folder", ["out", "/data/out"])
def test_a_path_from_a_folder(folder, tmp_path):
    assert path_between(ObjectPath("s3://bucket/a.png"), tmp_path / folder) == "s3://bucket/a.png"
