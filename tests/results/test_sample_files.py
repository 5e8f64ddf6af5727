from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from camera_estimation.rendering.renderer import Renderer
from camera_estimation.results.camera_file import read_settings
from camera_estimation.results.entries import pose_entry
from camera_estimation.results.run_places import sample_folder
from camera_estimation.results.sample_files import clear_sample, is_complete, sample_file_names, write_sample
from tests.support.small_samples import estimate_of


@pytest.fixture
def renderer(mesh):
    return Renderer(mesh)


def test_folder_of_a_sample(tmp_path, sample, image, mesh, renderer):
    folder = sample_folder(tmp_path, sample.name)
    estimate = estimate_of(image)
    assert not is_complete(folder)
    write_sample(folder, pose_entry(sample, estimate, mesh), estimate, image, renderer)
    assert is_complete(folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(sample_file_names())
    sizes = {name: Image.open(folder / name) for name in sample_file_names() if name.endswith(".png")}
    for name in ("render.png", "overlay.png", "mask.png"):
        assert sizes[name].size == (image.width, image.height)
    assert (sizes["render.png"].mode, sizes["mask.png"].mode) == ("RGBA", "L")
    assert read_settings(folder)[0]["loss"]["name"] == "silhouette_color"
    assert read_settings(tmp_path / "absent") is None


@pytest.mark.parametrize("pictures", ["overlay", "none"])
def test_fewer_pictures_take_away_those_of_an_earlier_pose(tmp_path, sample, image, mesh, renderer, pictures):
    estimate = estimate_of(image)
    entry = pose_entry(sample, estimate, mesh)
    write_sample(tmp_path / "disc", entry, estimate, image, renderer)
    (tmp_path / "disc" / "evidence.png").write_text("of an earlier run")
    fewer = replace(estimate, config=replace(estimate.config, pictures=pictures))
    written = write_sample(tmp_path / "disc", entry, fewer, image, renderer)
    assert (written.shown is None) == (pictures == "none")
    assert sorted(path.name for path in (tmp_path / "disc").iterdir()) == sorted(sample_file_names(pictures))
    assert is_complete(tmp_path / "disc", pictures)
    assert not is_complete(tmp_path / "disc")


def test_clearing_a_folder_leaves_files_of_others(tmp_path):
    folder = tmp_path / "sample"
    folder.mkdir()
    for name in ("render.png", "notes.txt"):
        (folder / name).write_text("")
    clear_sample(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    clear_sample(tmp_path / "absent")


def test_names_that_mean_something_else_do_not_become_folders(tmp_path):
    assert sample_folder(tmp_path, "poses.json") == tmp_path / "sample_poses.json"
    assert sample_folder(tmp_path, "..") == tmp_path / "sample_.."
    assert sample_folder(tmp_path, "spot") == tmp_path / "spot"
